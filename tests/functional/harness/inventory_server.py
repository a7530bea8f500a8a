# SPDX-License-Identifier: Apache-2.0
"""The inventory's server over real HTTP: the test program of inventory_server.c."""
import atexit
import http.client
import json
import signal
import subprocess
import tempfile

JSON = {"Content-Type": "application/json"}


class Server:
    def __init__(self, program, db, tokens=None, listen="127.0.0.1:0"):
        self.err = tempfile.TemporaryFile()
        args = [program, listen, db] + ([tokens] if tokens else [])
        self.p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=self.err)
        atexit.register(self.p.kill)
        line = self.p.stdout.readline().decode().strip()
        if not line:
            self.p.wait()
            raise RuntimeError(self.log())
        self.bound = line
        self.host, self.port = line.rsplit(":", 1)
        self.c = None

    def log(self):
        self.err.seek(0)
        return self.err.read().decode()

    def ask(self, method, path, body=None, headers=None):
        """status, decoded body, headers"""
        for again in (True, False):
            try:
                if self.c is None:
                    self.c = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=30)
                h = dict(headers or {})
                if isinstance(body, dict):
                    body = json.dumps(body)
                    h = {**JSON, **h}
                self.c.request(method, path, body, h)
                r = self.c.getresponse()
                data = r.read()
                break
            except (http.client.HTTPException, OSError):
                self.c = None
                if not again:
                    raise
        kind = r.getheader("Content-Type") or ""
        if r.status >= 400 and method != "HEAD":
            assert kind == "application/problem+json", (path, r.status, kind)
            problem = json.loads(data)
            assert problem["status"] == r.status and problem["detail"] and problem["title"]
            return r.status, problem, r.headers
        return r.status, json.loads(data) if "json" in kind and data else data, r.headers

    def stop(self):
        self.p.send_signal(signal.SIGTERM)
        assert self.p.wait(20) == 0, self.log()
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()
