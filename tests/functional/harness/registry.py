# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-registry on the loopback. One in memory with switchable faults is in quirk_registry.py."""
import contextlib
import glob
import http.client
import json
import os
import socket
import subprocess
import time

from harness.checks import at_end, directory, write
from harness.layouts import INDEX, MANIFEST


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Registry:
    """On a free port, with an access log. htpasswd: the path of a file of users; without one everybody may."""

    def __init__(self, path=None, htpasswd=None):
        self.dir = path or directory("registry-")
        self.port = free_port()
        self.host = "127.0.0.1:%d" % self.port
        settings = {"version": 0.1, "log": {"level": "warn", "accesslog": {"disabled": False}},
                    "storage": {"filesystem": {"rootdirectory": self.dir + "/data"}},
                    "http": {"addr": self.host, "secret": "plimsoll"}}
        if htpasswd:
            settings["auth"] = {"htpasswd": {"realm": "test", "path": htpasswd}}
        write(self.dir + "/config.yml", json.dumps(settings))
        with open(self.dir + "/log", "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", self.dir + "/config.yml"], stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        at_end(self.stop)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        self.stop()
        raise AssertionError("docker-registry does not start: " + self.log())

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def log(self):
        with open(self.dir + "/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def writes(self):
        """The requests that change something: (method, path)."""
        found = []
        for line in self.log().splitlines():
            for method in ("PUT", "POST", "PATCH", "DELETE"):
                at = line.find('"%s /v2/' % method)
                if at >= 0:
                    found.append((method, line[at + len(method) + 2:].split(" ")[0]))
        return found

    def get(self, path, method="GET"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            c.request(method, path, headers={"Accept": MANIFEST + ", " + INDEX})
            r = c.getresponse()
            return r.status, r.getheader("Docker-Content-Digest"), r.read()
        finally:
            c.close()

    def tags(self, repository):
        status, _, body = self.get("/v2/%s/tags/list" % repository)
        return sorted(json.loads(body).get("tags") or []) if status == 200 else []

    def digest(self, repository, tag):
        return self.get("/v2/%s/manifests/%s" % (repository, tag), "HEAD")[1]

    def blobs(self):
        """Digest (without sha256:) to size: each blob once, as it is kept."""
        found = glob.glob(self.dir + "/data/docker/registry/v2/blobs/sha256/*/*/data")
        return {os.path.basename(os.path.dirname(f)): os.path.getsize(f) for f in found}
