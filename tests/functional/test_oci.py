# SPDX-License-Identifier: Apache-2.0
"""The registry client against faulty and real registries: test_oci.py OCI_TOOL [unittest options].

The faulty one is quirk_registry.py; the real ones are Debian's docker-registry, with and without
passwords; skopeo judges what arrived. What is not installed is skipped by name.
"""
import base64
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from quirk_registry import QuirkRegistry, digest_of  # noqa: E402

TOOL = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "oci_tool"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def make_layout(folder, tag="v1", layers=2, size=70000, seed=b"x"):
    """An image of a few layers with content of its own; returns the manifest's digest."""
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs, exist_ok=True)

    def put(data, kind):
        d = digest_of(data)
        with open(os.path.join(blobs, d[7:]), "wb") as f:
            f.write(data)
        return {"mediaType": kind, "digest": d, "size": len(data)}

    made = []
    for i in range(layers):
        path = os.path.join(folder, "layer")
        with tarfile.open(path, "w") as t:
            info = tarfile.TarInfo("file%d" % i)
            info.size = size
            body = (hashlib.sha256(seed + bytes([i])).digest() * (size // 32 + 1))[:size]
            name = os.path.join(folder, "body")
            with open(name, "wb") as f:
                f.write(body)
            with open(name, "rb") as f:
                t.addfile(info, f)
            os.unlink(name)
        with open(path, "rb") as f:
            made.append(put(f.read(), LAYER))
        os.unlink(path)
    config = put(json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [m["digest"] for m in made]},
        "history": [{"created": "1970-01-01T00:00:00Z"}] * layers}).encode(), CONFIG)
    m = put(json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                        "layers": made}).encode(), MANIFEST)
    m["annotations"] = {"org.opencontainers.image.ref.name": tag}
    with open(os.path.join(folder, "oci-layout"), "w") as f:
        f.write('{"imageLayoutVersion":"1.0.0"}')
    with open(os.path.join(folder, "index.json"), "w") as f:
        json.dump({"schemaVersion": 2, "manifests": [m]}, f)
    return m["digest"]


class Case(unittest.TestCase):
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
        p = subprocess.run([TOOL, *args], env=self.env, stdout=subprocess.PIPE,
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


class Plain(Case):
    """No authentication: what is sent and what comes back."""

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
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.fails(8, "pull", "127.0.0.1:%d/a:v1" % port, says="127.0.0.1")

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
        running = [subprocess.Popen([TOOL, "copy", "oci:%s:v1" % self.layout,
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


class Auth(Case):
    def test_basic(self):
        q = self.quirk(auth="basic")
        self.fails(7, "pull", q.host + "/a:v1", says=["answered 401", "no credentials", "log in"])
        self.login(q.host)
        self.push(q.host)
        q.password = "changed"
        self.fails(7, "pull", q.host + "/team/app:v1", says="stored credentials")

    def test_bearer(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        self.push(q.host)
        self.assertLessEqual(q.count("GET", "^/token"), 2)
        shutil.rmtree(os.path.join(self.dir, ".docker"))
        self.ok("pull", q.host + "/team/app:v1")  # anonymous may pull
        self.fails(7, "copy", "oci:%s:v1" % self.layout, q.host + "/b:v1", says="no credentials")

    def test_mount_asks_for_both_repositories(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        self.push(q.host, "base")
        self.assertIn("mounted=3", self.push(q.host, "team/app", "v1", "--from", "base"))
        asked = [p for m, p, _ in q.log if p.startswith("/token") and p.count("scope=") == 2]
        self.assertTrue(asked)

    def test_401_loop_ends(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        q.faults["unauthorized_always"] = True
        self.fails(7, "pull", q.host + "/a:v1", says="answered 401")
        self.assertEqual(q.count("GET", "manifests"), 2)
        self.assertEqual(q.count("GET", "^/token"), 1)

    def test_smaller_scope_is_no_loop(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        q.faults["smaller_scope"] = True
        self.fails(7, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1",
                   says="stored credentials")
        self.assertLess(len(q.log), 12)

    def test_token_lost_in_the_middle(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        q.faults["unauthorized_put"] = 1
        self.assertIn("uploaded=3", self.push(q.host))

    def test_identity_token(self):
        q = self.quirk(auth="bearer")
        self.login(q.host, {"identitytoken": "identity-secret-42"})
        self.push(q.host)
        self.assertGreater(q.count("POST", "^/token"), 0)
        self.assertEqual(q.count("GET", "^/token"), 0)
        self.login(q.host, {"identitytoken": "identity-secret-41"})
        self.fails(7, "pull", q.host + "/team/app:v1", says="answered 401")

    def test_identity_token_falls_back(self):
        q = self.quirk(auth="bearer")
        self.login(q.host, {"identitytoken": "identity-secret-42",
                            "auth": base64.b64encode(b"mary:s3:cret-w0rd").decode()})
        q.faults["token_post_404"] = True
        self.push(q.host)
        self.assertGreater(q.count("GET", "^/token"), 0)

    def test_realm_elsewhere(self):
        for realm in ("http://example.org/token", "http://169.254.169.254/token",
                      "https://[fe80::1]/token", "file:///etc/passwd"):
            q = self.quirk(auth="bearer")
            self.login(q.host)
            q.faults["realm"] = realm
            self.fails(7, "pull", q.host + "/a:v1", says="refused")

    def test_token_server_faults(self):
        q = self.quirk(auth="bearer")
        q.faults["token_garbage"] = True
        self.fails(8, "pull", q.host + "/a:v1", says="token server")
        q.faults = {"token_error": 2}
        self.fails(6, "pull", q.host + "/a:v1", says="no such image")

    def test_error_that_repeats_a_credential(self):
        q = self.quirk(auth="basic")
        self.login(q.host)
        q.faults["echo_credentials"] = True
        self.fails(8, "pull", q.host + "/a:v1", says="repeats a credential")

    def test_forbidden(self):
        q = self.quirk()
        q.faults["forbidden"] = True
        self.fails(7, "pull", q.host + "/a:v1", says=["answered 403", "DENIED: requested access"])

    def test_files_and_helpers(self):
        q = self.quirk(auth="basic")
        path = self.login(q.host + "/team", where="run/auth.json")
        self.env["REGISTRY_AUTH_FILE"] = path
        self.push(q.host)
        self.fails(7, "pull", q.host + "/other/app:v1")  # the entry is for /team
        del self.env["REGISTRY_AUTH_FILE"]
        self.login(q.host, where="xdg/containers/auth.json")
        self.env["XDG_RUNTIME_DIR"] = os.path.join(self.dir, "xdg")
        self.ok("pull", q.host + "/team/app:v1")
        del self.env["XDG_RUNTIME_DIR"]
        self.login(q.host, where="cfg/config.json")
        self.env["DOCKER_CONFIG"] = os.path.join(self.dir, "cfg")
        self.ok("pull", q.host + "/team/app:v1")

        helper = os.path.join(self.dir, "docker-credential-test")
        with open(os.path.join(self.dir, "cfg", "config.json"), "w") as f:
            json.dump({"credHelpers": {q.host: "test"}}, f)
        self.fails(6, "pull", q.host + "/team/app:v1", says="docker-credential-test")

        def script(text):
            with open(helper, "w") as f:
                f.write("#!/bin/sh\n" + text)
            os.chmod(helper, 0o755)

        self.env["PATH"] = self.dir + ":" + self.env["PATH"]
        script('[ "$1" = get ] && [ "$(cat)" = "%s" ] || exit 1\n'
               'echo \'{"Username":"mary","Secret":"s3:cret-w0rd"}\'\n' % q.host)
        self.ok("pull", q.host + "/team/app:v1")
        script('cat >/dev/null; echo "credentials not found in native keychain"; exit 1\n')
        self.fails(7, "pull", q.host + "/team/app:v1", says="no credentials")
        script('cat >/dev/null; echo "s3:cret-w0rd"; exit 3\n')
        self.fails(7, "pull", q.host + "/team/app:v1", says="status 3")

    def test_broken_file_shows_nothing(self):
        q = self.quirk(auth="basic")
        path = self.login(q.host)
        with open(path, "w") as f:
            f.write('{"auths": {"x": {"auth": "s3:cret-w0rd" oops')
        self.fails(1, "pull", q.host + "/a:v1", says=[path, "not valid JSON"])


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(Case):
    def test_own_authority(self):
        key, cert = (os.path.join(self.dir, n) for n in ("key.pem", "cert.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                        "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)
        q = self.quirk(tls=(cert, key))
        self.fails(5, "copy", "oci:%s:v1" % self.layout, q.host + "/a:v1", says="certificate")
        self.assertEqual(q.log, [])  # nothing was sent to a server that is not known
        self.env["SSL_CERT_FILE"] = cert
        self.push(q.host)
        self.assertEqual(q.tags["team/app"], {"v1": self.digest})


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@unittest.skipUnless(shutil.which("docker-registry"), "docker-registry is not installed")
class Real(Case):
    """Debian's docker-registry, and skopeo as judge."""

    def start(self, password=False):
        port = free_port()
        config = ("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
                  "storage: {filesystem: {rootdirectory: %s/registry}}\n"
                  "http: {addr: 127.0.0.1:%d}\n" % (self.dir, port))
        if password:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    import crypt
                except ImportError:
                    self.skipTest("this python3 has no crypt module")
            with open(os.path.join(self.dir, "htpasswd"), "w") as f:
                f.write("mary:" + crypt.crypt("s3:cret-w0rd", "$2y$05$" + "abcdefghijklmnopqrstuu") + "\n")
            config += "auth: {htpasswd: {realm: test, path: %s/htpasswd}}\n" % self.dir
        path = os.path.join(self.dir, "config.yml")
        with open(path, "w") as f:
            f.write(config)
        p = subprocess.Popen(["docker-registry", "serve", path], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)

        def end():
            p.send_signal(signal.SIGTERM)
            p.wait()

        self.addCleanup(end)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return "127.0.0.1:%d" % port
            except OSError:
                time.sleep(0.05)
        self.fail("docker-registry does not start")

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


if __name__ == "__main__":
    unittest.main()
