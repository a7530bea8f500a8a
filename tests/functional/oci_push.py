# SPDX-License-Identifier: Apache-2.0
"""The registry client without authentication: what is sent, and faults while sending."""
import os
import shutil
import subprocess
import time

from harness.oci_case import Case, make_layout
from harness.quirk_registry import digest_of


class Push(Case):
    def test_push_then_pull(self):
        q = self.quirk()
        out = self.push(q.host)
        self.assertIn("uploaded=3", out)
        self.assertIn("manifests=1", out)
        self.assertEqual(q.tags["team/app"], {"v1": self.digest})
        self.assertEqual(q.count("POST", "uploads"), 3)
        self.assertEqual(q.count("PUT", "uploads"), 3)
        self.assertIn(self.digest, self.ok("pull", q.host + "/team/app:v1"))
        self.assertIn(self.digest, self.ok("head", q.host + "/team/app:v1"))
        self.ok("pull", "%s/team/app@%s" % (q.host, self.digest))

    def test_push_again_moves_no_byte(self):
        q = self.quirk()
        self.push(q.host)
        del q.log[:]
        out = self.push(q.host)
        self.assertIn("uploaded=0 bytes=0 present=3 mounted=0 manifests=0", out)
        self.assertEqual([m for m, _, _ in q.log if m not in ("HEAD", "GET")], [])

    def test_parallel_threads_share_handles(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        path = os.path.join(self.dir, "blob")
        with open(path, "wb") as f:
            f.write(b"b" * 300000)
        self.ok("blob", q.host + "/a", path)
        self.assertIn(digest_of(b"b" * 300000), q.blobs["a"])
        # Four threads need tokens for one scope: they wait for one another and share it.
        self.assertEqual(q.count("GET", "^/token"), 1)

    def test_mount(self):
        q = self.quirk()
        self.push(q.host, "base")
        del q.log[:]
        out = self.push(q.host, "team/app", "v1", "--from", "base")
        self.assertIn("uploaded=0 bytes=0 present=0 mounted=3", out)
        self.assertEqual(q.count("PUT", "uploads"), 0)

    def test_mount_refused_goes_on_in_the_same_session(self):
        q = self.quirk()
        self.push(q.host, "base")
        posts = q.count("POST", "uploads")
        q.faults["mount_202"] = True
        out = self.push(q.host, "team/app", "v1", "--from", "base")
        self.assertIn("uploaded=3", out)
        self.assertEqual(q.count("POST", "uploads") - posts, 3)
        self.assertEqual(q.sessions, {})

    def test_mount_from_the_second_repository(self):
        q = self.quirk()
        self.push(q.host, "base")
        out = self.push(q.host, "team/app", "v1", "--from", "none", "--from", "base")
        self.assertIn("mounted=3", out)
        self.assertEqual(q.sessions, {})  # those that the first attempts opened are cancelled
        self.assertEqual(q.cancelled, 3)

    def test_relative_location(self):
        q = self.quirk()
        q.faults["location_relative"] = True
        self.assertIn("uploaded=3", self.push(q.host))

    def test_stale_session_begins_anew(self):
        q = self.quirk()
        q.faults["session_stale"] = 1
        self.assertIn("uploaded=3", self.push(q.host))
        self.assertEqual(q.count("POST", "uploads"), 4)

    def test_session_always_stale_ends(self):
        q = self.quirk()
        q.faults["session_stale"] = True
        self.fails(6, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1",
                   says="BLOB_UPLOAD_UNKNOWN")
        self.assertLessEqual(q.count("PUT", "uploads"), 3)

    def test_upload_answer_lost(self):
        q = self.quirk()
        q.faults["put_answer_lost"] = 1
        self.push(q.host)
        self.assertEqual(len(q.blobs["team/app"]), 3)
        self.assertEqual(q.count("PUT", "uploads"), 3)  # found by HEAD, not sent twice

    def test_put_error_twice_is_retried_and_cancelled(self):
        q = self.quirk()
        q.faults["put_error"] = 2
        self.assertIn("uploaded=3", self.push(q.host))
        self.assertEqual(q.cancelled, 2)
        self.assertEqual(q.sessions, {})

    def test_put_too_large(self):
        q = self.quirk()
        q.faults["put_too_large"] = True
        self.fails(1, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1",
                   says=["limit exceeded", "answered 413", "limits the size"])
        self.assertEqual(q.cancelled, 1)
        self.assertEqual(q.tags.get("a", {}), {})

    def test_no_location(self):
        q = self.quirk()
        q.faults["no_location"] = True
        self.fails(8, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1", says="without saying where")

    def test_upload_sent_to_forbidden_place(self):
        for place in ("http://169.254.169.254", "http://example.org"):
            q = self.quirk()
            q.faults["upload_host"] = place
            self.fails(8, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1", says="refused")

    def test_upload_to_another_host_without_credentials(self):
        q, other = self.quirk(auth="basic"), self.quirk()
        other.sessions = q.sessions
        other.blobs = q.blobs
        self.login(q.host)
        q.faults["upload_host"] = "http://" + other.host
        self.assertIn("uploaded=3", self.push(q.host))
        puts = [h for m, p, h in other.log if m == "PUT"]
        self.assertEqual(len(puts), 3)
        for headers in puts:
            self.assertNotIn("Authorization", headers)

    def test_registry_stores_something_else(self):
        q = self.quirk()
        q.faults["put_wrong_digest"] = True
        self.fails(5, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1", says="stored it as")

    def test_immutable_tag(self):
        q = self.quirk()
        self.push(q.host)
        q.faults["immutable"] = True
        self.assertIn("manifests=0", self.push(q.host))  # the same image: fine
        shutil.rmtree(self.layout)
        make_layout(self.layout, seed=b"y")
        self.fails(1, "copy", "oci:%s:v1" % self.layout, q.host + "/team/app:v1",
                   says=["conflict", "immutable"])
        self.assertEqual(q.tags["team/app"]["v1"], self.digest)

    def test_interrupted_upload_is_cancelled(self):
        q = self.quirk()
        handler = q.server.RequestHandlerClass
        upload = handler.upload

        def slow(self, repo, session):
            if self.command == "PUT":
                time.sleep(3)
            return upload(self, repo, session)

        handler.upload = slow
        self.fails(130, "--stop-after", "800", "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1")
        self.assertEqual(q.cancelled, 1)

    def test_layout_shared_by_processes(self):
        shared = os.path.join(self.dir, "shared")
        tags = ["t%d" % i for i in range(8)]
        running = [subprocess.Popen([self.tool, "copy", "oci:%s:v1" % self.layout,
                                     "oci:%s:%s" % (shared, t)], env=self.env,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for t in tags]
        for p in running:
            out = p.communicate()[0].decode()
            self.assertEqual(p.returncode, 0, out)
        self.assertEqual(self.ok("tags", "oci:" + shared), "".join(t + "\n" for t in tags))
        for t in tags:
            self.ok("pull", "oci:%s:%s" % (shared, t))
        left = os.listdir(os.path.join(shared, "blobs", "sha256"))
        self.assertEqual(len(left), 4, left)
