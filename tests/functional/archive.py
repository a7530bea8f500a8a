# SPDX-License-Identifier: Apache-2.0
"""A small signed Debian archive of our own making: what is in which suite is then known beforehand,
whatever Debian releases today."""
import functools
import hashlib
import http.server
import lzma
import os
import subprocess
import threading
import time

import plib

ARCHES = ("amd64", "arm64")


class Package:
    """One binary package; architecture "any" makes one of it for each of ARCHES."""

    def __init__(self, name, version, depends="", source=None, architecture="any", files=None):
        self.name, self.version, self.depends, self.source = name, version, depends, source or name
        self.architecture, self.files = architecture, files or {}


class Archive:
    """Served over HTTP on loopback; add suites with publish()."""

    def __init__(self):
        self.dir = plib.folder("archive-")
        self.root = self.dir + "/root"
        self.home = self.dir + "/gpg"
        self.key = self.dir + "/key.gpg"
        self.date = int(time.time()) - 86400
        self.index_fetches = []
        os.makedirs(self.root)
        os.makedirs(self.home, 0o700)
        self.gpg("--quick-gen-key", "Judge <judge@example.org>", "ed25519", "sign", "never")
        with open(self.key, "wb") as f:
            f.write(self.gpg("--export"))
        outer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                outer.index_fetches.append(self.path)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=self.root))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def gpg(self, *args, stdin=b""):
        p = subprocess.run(["gpg", "--homedir", self.home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase",
                            "", *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        plib.check(p.returncode == 0, "gpg works", p.stderr.decode())
        return p.stdout

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "gpg-agent"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def build(self, p, arch):
        """A .deb of Debian's own dpkg-deb, and its stanza."""
        where = self.dir + "/deb"
        subprocess.run(["rm", "-rf", where], check=True)
        control = {"Package": p.name, "Version": p.version, "Architecture": arch, "Maintainer": "Judge <judge@example.org>",
                   "Source": p.source, "Depends": p.depends, "Description": "made for a test"}
        if p.source == p.name:
            del control["Source"]
        text = "".join("%s: %s\n" % kv for kv in control.items() if kv[1])
        plib.write(where + "/DEBIAN/control", text)
        os.chmod(where + "/DEBIAN", 0o755)
        for path, body in p.files.items() or [("usr/share/%s/version" % p.name, "%s %s\n" % (p.version, arch))]:
            plib.write(where + "/" + path, body)
        name = "pool/%s_%s_%s.deb" % (p.name, p.version.split(":")[-1], arch)
        os.makedirs(self.root + "/pool", exist_ok=True)
        env = dict(os.environ, SOURCE_DATE_EPOCH=str(self.date // 86400 * 86400))
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", where, self.root + "/" + name], check=True,
                       env=env, stdout=subprocess.DEVNULL)
        with open(self.root + "/" + name, "rb") as f:
            body = f.read()
        return text + "Filename: %s\nSize: %d\nSHA256: %s\n\n" % (name, len(body), hashlib.sha256(body).hexdigest())

    def publish(self, suite, packages):
        """The suite's indexes, signed. A suite published again gets a later date."""
        self.date += 60
        texts = {a: "" for a in ARCHES}
        for p in packages:
            if p.architecture == "all":
                stanza = self.build(p, "all")
                for a in ARCHES:
                    texts[a] += stanza
                continue
            for a in ARCHES:
                texts[a] += self.build(p, a)
        sums = ""
        for a in ARCHES:
            for suffix, body in (("", texts[a].encode()), (".xz", lzma.compress(texts[a].encode()))):
                path = "main/binary-%s/Packages%s" % (a, suffix)
                to = "%s/dists/%s/%s" % (self.root, suite, path)
                os.makedirs(os.path.dirname(to), exist_ok=True)
                with open(to, "wb") as f:
                    f.write(body)
                sums += " %s %d %s\n" % (hashlib.sha256(body).hexdigest(), len(body), path)
        date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(self.date))
        release = ("Origin: Judge\nSuite: %s\nCodename: %s\nDate: %s\nArchitectures: %s\nComponents: main\nSHA256:\n%s"
                   % (suite, suite, date, " ".join(ARCHES), sums))
        signed = self.gpg("--clearsign", stdin=release.encode())
        with open("%s/dists/%s/InRelease" % (self.root, suite), "wb") as f:
            f.write(signed)

    def fleet_yaml(self, registry, suites):
        return ("registry: %s\nplatforms: [linux/amd64, linux/arm64]\ndistros:\n  judge:\n    suites: [%s]\n"
                "    components: [main]\n    mirror: %s\n    signed_by: %s\n"
                % (registry, ", ".join(suites), self.url, self.key))
