# SPDX-License-Identifier: Apache-2.0
"""The registry client's credentials: basic, bearer, files, helpers, and servers that ask too much; TLS."""
import base64
import json
import os
import shutil
import subprocess
import time
import unittest

from harness.oci_case import Case, make_layout


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

    def test_challenge_of_a_redirects_host(self):
        """Whoever the registry leads to gets nothing, whatever it asks for and wherever it sends."""
        entries = ({"auth": base64.b64encode(b"mary:s3:cret-w0rd").decode()},
                   {"identitytoken": "identity-secret-42",
                    "auth": base64.b64encode(b"mary:s3:cret-w0rd").decode()})
        for auth, entry in (("basic", entries[0]), ("bearer", entries[0]), ("bearer", entries[1])):
            q, storage, third = self.quirk(auth=auth), self.quirk(), self.quirk()
            self.login(q.host, entry)
            self.push(q.host)
            other = make_layout(os.path.join(self.dir, "other"), seed=b"other")
            for wants in ('Basic realm="storage"',
                          'Bearer realm="http://%s/token",service="s"' % storage.host,
                          'Bearer realm="http://%s/token",service="s"' % third.host):
                storage.faults["wants_login"] = wants
                at = "http://" + storage.host
                for faults, what in (
                        ({"blob_redirect": at}, ("pull", q.host + "/team/app:v1")),
                        ({"redirect_all": at}, ("pull", q.host + "/team/app:v1")),
                        ({"redirect_all": at}, ("head", q.host + "/team/app:v1")),
                        ({"redirect_all": at}, ("tags", q.host + "/team/app")),
                        ({"redirect_all": at}, ("copy", "oci:%s:v1" % self.layout, q.host + "/new:v1")),
                        ({"upload_host": at}, ("copy", "oci:%s/other:v1" % self.dir, q.host + "/team/app:v2"))):
                    q.faults = faults
                    self.fails(7, *what, says=["answered 401", storage.host, "no credentials go there"])
                q.faults = {"put_redirect": at}
                self.fails(8, "copy", "oci:%s/other:v1" % self.dir, q.host + "/team/app:v2",
                           says="answered 307")
                q.faults = {}
                self.ok("pull", q.host + "/team/app:v1")  # its own challenge still counts
            self.assertNotIn(other, q.tags["team/app"].values())
            self.assertGreater(len(storage.log), 0)
            self.assertEqual(third.log, [])
            self.assertFalse([p for _, p, _ in storage.log if p.startswith("/token")])
            for body, (_, _, headers) in zip(storage.bodies, storage.log):
                self.assertNotIn("Authorization", headers)
                self.assertNotIn(b"secret", body)
            # The registry's own challenge may name a third host, and what that one asks for does not count.
            if auth == "bearer":
                third.faults["wants_login"] = 'Bearer realm="http://%s/token"' % storage.host
                q.faults = {"realm": "http://%s/token" % third.host}
                seen = len(storage.log)
                self.fails(7, "pull", q.host + "/team/app:v1", says="token server")
                self.assertEqual(len(storage.log), seen)

    def test_token_server_that_redirects(self):
        for entry in (None, {"identitytoken": "identity-secret-42"}):
            q, third = self.quirk(auth="bearer"), self.quirk()
            self.login(q.host, entry)
            for wants in (None, 'Basic realm="third"', 'Bearer realm="http://%s/token"' % third.host):
                q.faults["token_redirect"] = "http://" + third.host
                third.faults["wants_login"] = wants
                self.run_tool("pull", q.host + "/team/app:v1")
            for body, (_, _, headers) in zip(third.bodies, third.log):
                self.assertNotIn("Authorization", headers)
                self.assertNotIn(b"secret", body)
            self.assertEqual(len(third.log), 0 if entry else 3)

    def test_token_server_that_never_answers(self):
        """One time for an operation with all its retries, for all threads that wait for one token."""
        blob = os.path.join(self.dir, "blob")
        with open(blob, "wb") as f:
            f.write(b"b" * 300000)
        for entry in (None, {"identitytoken": "identity-secret-42"}):
            q = self.quirk(auth="bearer")
            self.login(q.host, entry)
            for what in (("pull", q.host + "/a:v1"), ("tags", q.host + "/a"),
                         ("copy", "oci:%s:v1" % self.layout, q.host + "/a:v1"), ("blob", q.host + "/a", blob)):
                for faults in [{"token_hang": True}] if entry else (
                        {"token_hang": True}, {"token_error": True}, {"hang": True}, {"rate_limit": True}):
                    if "hang" in faults:  # past the tokens
                        q.auth, faults = None, {"hang": True}
                    q.faults = faults
                    begun = time.monotonic()
                    says = "answered" if "token_error" in faults or "rate_limit" in faults else "in time"
                    self.fails(8, "--budget", "1", *what, says=says)
                    self.assertLess(time.monotonic() - begun, 4, (what, faults))
                    q.auth = "bearer"

    def test_content_takes_longer_than_the_budget(self):
        q = self.quirk(auth="bearer")
        self.login(q.host)
        self.push(q.host)
        q.faults["blob_slow"] = True  # 2 seconds each
        self.ok("--budget", "1", "pull", q.host + "/team/app:v1")

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
