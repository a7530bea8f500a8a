# SPDX-License-Identifier: Apache-2.0
"""The registry client without authentication: what comes back, and faults while receiving."""
import json
import time

from harness.oci_case import Case, make_layout
from harness.registry import free_port


class Pull(Case):
    def test_500_twice_then_fine(self):
        q = self.quirk()
        self.push(q.host)
        q.faults["server_error"] = 2
        self.assertIn(self.digest, self.ok("pull", q.host + "/team/app:v1"))

    def test_500_forever(self):
        q = self.quirk()
        q.faults["server_error"] = True
        self.fails(8, "pull", q.host + "/a:v1", says=["answered 500", "UNKNOWN: it broke"])
        self.assertEqual(q.count("GET", "manifests"), 5)

    def test_429_waits_as_long_as_asked(self):
        for date in (False, True):
            q = self.quirk()
            self.push(q.host)
            q.faults["rate_limit"] = 1
            q.faults["retry_date"] = date
            before = time.monotonic()
            self.ok("pull", q.host + "/team/app:v1")
            self.assertGreater(time.monotonic() - before, 0.9 if not date else 0.2)

    def test_404(self):
        q = self.quirk()
        self.fails(6, "pull", q.host + "/a:v1", says="no such image")
        self.assertEqual(self.ok("head", q.host + "/a:v1"), "absent\n")

    def test_404_of_a_web_server_is_unknown(self):
        q = self.quirk()
        q.faults["html_404"] = True
        self.fails(8, "head", q.host + "/a:v1", says="web page")
        self.fails(8, "pull", q.host + "/a:v1", says="web page")

    def test_garbage(self):
        q = self.quirk()
        q.faults["garbage"] = True
        out = self.fails(8, "pull", q.host + "/a:v1", says=["answered 200 with", "\\x1b[31m"])
        self.assertNotIn("\x1b", out)
        self.fails(8, "tags", q.host + "/a", says="not valid JSON")

    def test_hang_is_interruptible(self):
        q = self.quirk()
        q.faults["hang"] = True
        before = time.monotonic()
        self.fails(130, "--stop-after", "700", "pull", q.host + "/a:v1", says="interrupted")
        self.assertLess(time.monotonic() - before, 10)

    def test_hang_of_a_blob_is_interruptible(self):
        q = self.quirk()
        self.push(q.host)
        config = json.loads(q.manifests["team/app"][self.digest][1])["config"]["digest"]
        handler = q.server.RequestHandlerClass
        blob = handler.blob

        def slow(self, repo, digest):
            if digest == config:
                time.sleep(20)
            return blob(self, repo, digest)

        handler.blob = slow
        before = time.monotonic()
        self.fails(130, "--stop-after", "1500", "pull", q.host + "/team/app:v1")
        self.assertLess(time.monotonic() - before, 10)

    def test_nobody_listens(self):
        self.fails(8, "pull", "127.0.0.1:%d/a:v1" % free_port(), says="127.0.0.1")

    def test_wrong_and_short_and_long_blobs(self):
        for fault in ("blob_wrong", "blob_short", "blob_long"):
            q = self.quirk()
            self.push(q.host)
            q.faults[fault] = True
            self.fails(5, "pull", q.host + "/team/app:v1", says="blob sha256:")

    def test_blob_cut_off_is_taken_up_again(self):
        q = self.quirk()
        self.push(q.host)
        q.faults["blob_cut"] = 2
        self.assertIn(self.digest, self.ok("pull", q.host + "/team/app:v1"))
        self.assertEqual(q.count("GET", "/blobs/"), 5)

    def test_early_close(self):
        self.digest = make_layout(self.layout, size=30000000, layers=1)
        q = self.quirk()
        self.push(q.host)
        before = time.monotonic()
        self.ok("peek", q.host + "/team/app:v1")
        self.assertLess(time.monotonic() - before, 5)

    def test_manifest_that_changed_under_way(self):
        q = self.quirk()
        self.push(q.host)
        q.faults["manifest_wrong"] = True
        self.fails(5, "pull", "%s/team/app@%s" % (q.host, self.digest), says="digest")
        self.fails(5, "pull", q.host + "/team/app:v1", says="not the announced one")

    def test_type_confusion(self):
        q = self.quirk()
        self.push(q.host)
        q.faults["type_confusion"] = True
        self.fails(1, "pull", q.host + "/team/app:v1", says="announced as")

    def test_head_without_digest_falls_back_to_get(self):
        q = self.quirk()
        self.push(q.host)
        q.faults["no_digest_header"] = True
        self.assertIn(self.digest, self.ok("head", q.host + "/team/app:v1"))
        self.assertEqual(q.count("GET", "manifests"), 1)

    def test_redirected_blobs_see_no_credentials(self):
        q, cdn = self.quirk(auth="basic"), self.quirk()
        self.login(q.host)
        self.push(q.host)
        cdn.faults["cdn_of"] = q
        q.faults["blob_redirect"] = "http://" + cdn.host
        self.assertIn(self.digest, self.ok("pull", q.host + "/team/app:v1"))
        self.assertEqual(cdn.count("GET", "elsewhere"), 3)
        for _, _, headers in cdn.log:
            self.assertNotIn("Authorization", headers)

    def test_tags(self):
        q = self.quirk()
        self.assertEqual(self.ok("tags", q.host + "/team/app"), "")
        for tag in ("b", "a", "c", "v1.0"):
            self.push(q.host, tag=tag)
        want = "a\nb\nc\nv1.0\n"
        self.assertEqual(self.ok("tags", q.host + "/team/app"), want)
        q.faults["tags_page"] = 1
        self.assertEqual(self.ok("tags", q.host + "/team/app"), want)
        q.faults["tags_absolute"] = True
        self.assertEqual(self.ok("tags", q.host + "/team/app"), want)
        for fault in ("tags_elsewhere", "tags_loop"):
            q.faults[fault] = True
            self.fails(8, "tags", q.host + "/team/app", says="next page")
            del q.faults[fault]
        del q.faults["tags_page"]
        q.faults["tags_null"] = True
        self.assertEqual(self.ok("tags", q.host + "/team/app"), "")
        q.faults = {"tags_bad": True}
        self.fails(8, "tags", q.host + "/team/app", says="no tag")
