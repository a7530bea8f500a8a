# SPDX-License-Identifier: Apache-2.0
"""One test of the registry client: oci-tool, an image in a layout, registries with faults."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.layouts import Layout, layer
from harness.quirk_registry import QuirkRegistry


def make_layout(path, tag="v1", layers=2, size=70000, seed=b"x"):
    """An image of a few layers with content of its own; returns the manifest's digest."""
    layout = Layout(path)
    tars = []
    for i in range(layers):
        body = (hashlib.sha256(seed + bytes([i])).digest() * (size // 32 + 1))[:size]
        tars.append(layer({"file%d" % i: body}))
    made = layout.manifest(tars, "amd64", packed=False)
    del made["platform"]
    layout.add(made, tag)
    return made["digest"]


class Case(unittest.TestCase):
    tool = "oci_tool"  # test_oci.py says where it is

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="oci-test-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = {"PATH": os.environ["PATH"], "HOME": self.dir, "LC_ALL": "C"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.layout = os.path.join(self.dir, "layout")
        self.digest = make_layout(self.layout)

    def quirk(self, **kw):
        q = QuirkRegistry(**kw)
        self.addCleanup(q.close)
        return q

    def run_tool(self, *args, timeout=120):
        p = subprocess.run([self.tool, *args], env=self.env, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=timeout)
        out = p.stdout.decode("utf-8", "strict")
        self.assertEqual(p.stderr.decode(), "", "sanitizers speak on standard error")
        self.assertNotIn(p.returncode, (-6, -11), out)
        return p.returncode, out

    def ok(self, *args):
        status, out = self.run_tool(*args)
        self.assertEqual(status, 0, out)
        return out

    def fails(self, status, *args, says=()):
        got, out = self.run_tool(*args)
        self.assertEqual(got, status, out)
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, out)
        for secret in ("s3:cret", "cret-w0rd", "identity-secret", "-abcdef", "bWFyeTp"):
            self.assertNotIn(secret, out)
        return out

    def login(self, host, entry=None, where=".docker/config.json"):
        path = os.path.join(self.dir, where)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if entry is None:
            entry = {"auth": base64.b64encode(b"mary:s3:cret-w0rd").decode()}
        with open(path, "w") as f:
            json.dump({"auths": {host: entry}}, f)
        return path

    def push(self, host, repo="team/app", tag="v1", *options):
        return self.ok(*options, "copy", "oci:%s:v1" % self.layout, "%s/%s:%s" % (host, repo, tag))
