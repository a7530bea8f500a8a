# SPDX-License-Identifier: Apache-2.0
"""The registry client against Debian's docker-registry, with skopeo as judge."""
import json
import os
import shutil
import subprocess
import unittest
import warnings

from harness.oci_case import Case
from harness.registry import Registry


@unittest.skipUnless(shutil.which("docker-registry"), "docker-registry is not installed")
class Real(Case):
    """Debian's docker-registry, and skopeo as judge."""

    def start(self, password=False):
        htpasswd = None
        if password:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    import crypt
                except ImportError:
                    self.skipTest("this python3 has no crypt module")
            htpasswd = os.path.join(self.dir, "htpasswd")
            with open(htpasswd, "w") as f:
                f.write("mary:" + crypt.crypt("s3:cret-w0rd", "$2y$05$" + "abcdefghijklmnopqrstuu") + "\n")
        registry = Registry(os.path.join(self.dir, "registry"), htpasswd)
        self.addCleanup(registry.stop)
        return registry.host

    def skopeo(self, *args):
        if not shutil.which("skopeo"):
            self.skipTest("skopeo is not installed")
        p = subprocess.run(["skopeo", "--insecure-policy", *args], env=self.env,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(p.returncode, 0, p.stderr.decode())
        return p.stdout.decode()

    def test_push_mount_pull_tags(self):
        host = self.start()
        self.assertIn("uploaded=3", self.push(host))
        self.assertIn("uploaded=0 bytes=0 present=3 mounted=0 manifests=0", self.push(host))
        self.assertIn("mounted=3", self.push(host, "other", "v1", "--from", "team/app"))
        self.assertIn("manifests=1", self.push(host, tag="v2"))
        self.assertEqual(self.ok("tags", host + "/team/app"), "v1\nv2\n")
        self.assertEqual(self.ok("tags", host + "/none"), "")
        self.assertEqual(self.ok("head", host + "/none:v1"), "absent\n")
        self.assertIn(self.digest, self.ok("pull", host + "/other:v1"))
        found = json.loads(self.skopeo("inspect", "--tls-verify=false",
                                       "docker://%s/other:v1" % host))
        self.assertEqual(found["Digest"], self.digest)
        self.assertEqual(len(found["Layers"]), 2)

    def test_password(self):
        host = self.start(password=True)
        self.fails(7, "copy", "oci:%s:v1" % self.layout, host + "/a:v1", says="no credentials")
        self.login(host)
        self.assertIn("uploaded=3", self.push(host))
        self.ok("pull", host + "/team/app:v1")

    def test_layouts_and_archives_with_skopeo(self):
        host = self.start()
        self.push(host)
        copy = os.path.join(self.dir, "copy")
        self.ok("copy", host + "/team/app:v1", "oci:%s:v1" % copy)
        self.ok("copy", host + "/team/app:v1", "oci:%s:other" % copy)
        for where in ("oci:%s:v1" % copy, "oci:%s:other" % copy):
            self.assertEqual(json.loads(self.skopeo("inspect", where))["Digest"], self.digest)
        self.assertEqual(self.ok("tags", "oci:" + copy), "other\nv1\n")
        theirs = os.path.join(self.dir, "theirs")
        self.skopeo("copy", "oci:%s:v1" % self.layout, "oci:%s:x" % theirs)
        self.ok("pull", "oci:%s:x" % theirs)
        self.ok("pull", "oci:%s" % theirs)
        archive = os.path.join(self.dir, "a.tar")
        self.skopeo("copy", "oci:%s:v1" % self.layout, "docker-archive:%s:app:v1" % archive)
        self.ok("pull", "docker-archive:" + archive)
        self.ok("pull", "docker-archive:%s:app:v1" % archive)
        self.assertEqual(self.ok("tags", "docker-archive:" + archive), "docker.io/library/app:v1\n")
        self.fails(6, "pull", "docker-archive:%s:app:v2" % archive)
        self.assertIn("uploaded=3", self.ok("copy", "docker-archive:" + archive, host + "/b:v1"))
        found = json.loads(self.skopeo("inspect", "--tls-verify=false", "docker://%s/b:v1" % host))
        self.assertEqual(len(found["Layers"]), 2)
