# SPDX-License-Identifier: Apache-2.0
"""A registry in memory with switchable faults, for testing a client.

q = QuirkRegistry(); q.faults["blob_get_500"] = 2; ... q.log holds (method, path, headers).
Faults that are numbers count down; others hold until removed.
"""
import base64
import email.utils
import hashlib
import json
import re
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    connections = 0

    def process_request(self, request, client_address):
        self.connections += 1  # of the accepting thread alone
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        pass  # a client that goes away is part of the tests


class QuirkRegistry:
    def __init__(self, auth=None, tls=None):
        self.auth = auth  # None, "basic", "bearer"
        self.user, self.password = "mary", "s3:cret-w0rd"
        self.identity = "identity-secret-42"
        self.faults = {}
        self.log = []
        self.bodies = []  # of the requests in log
        self.blobs = {}  # repo -> {digest: bytes}
        self.manifests = {}  # repo -> {digest: (type, bytes)}
        self.replaced = []  # tags of somebody else that a PUT moved
        self.tags = {}  # repo -> {tag: digest}
        self.sessions = {}
        self.cancelled = 0
        self.tokens = {}
        self.serial = 0
        self.lock = threading.RLock()
        registry = self

        class Handler(QuirkHandler):
            q = registry

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.host = "127.0.0.1:%d" % self.port
        self.scheme = "https" if tls else "http"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def connections(self):
        return self.server.connections

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def fault(self, name):
        """True while the fault is on; a number counts down."""
        with self.lock:
            v = self.faults.get(name)
            if isinstance(v, bool) or not isinstance(v, int):
                return v
            if v <= 0:
                return None
            self.faults[name] = v - 1
            return True

    def count(self, method, pattern):
        return sum(1 for m, p, _ in self.log if m == method and re.search(pattern, p))


class QuirkHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer of two writes waits 40 ms for an ACK
    q = None

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=(), kind=None):
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code, message="", headers=()):
        text = json.dumps({"errors": [{"code": code, "message": message}]})
        self.reply(status, text, headers, "application/json")

    def handle_any(self):
        q = self.q
        length = int(self.headers.get("Content-Length") or 0)
        self.data = self.rfile.read(length)
        with q.lock:
            q.log.append((self.command, self.path, dict(self.headers)))
            q.bodies.append(self.data)
        wants = q.faults.get("wants_login")  # whatever is asked: the value of WWW-Authenticate
        if wants:
            return self.error(401, "UNAUTHORIZED", "log in", [("WWW-Authenticate", wants)])
        path, _, query = self.path.partition("?")
        self.query = urllib.parse.parse_qs(query)
        if path == "/token":
            return self.token()
        if path == "/elsewhere":
            return self.elsewhere()
        if not path.startswith("/v2/"):
            return self.error(404, "NOT_FOUND")
        if path == "/v2/":
            return self.reply(200, "{}", kind="application/json")
        if not self.authorized(path):
            return None
        if q.fault("hang"):
            time.sleep(20)
            self.close_connection = True
            return None
        if q.fault("garbage"):
            return self.reply(200, "<html>\x1b[31mnot a registry</html>", kind="text/html")
        if q.fault("echo_credentials"):
            return self.reply(400, "you sent " + self.headers.get("Authorization", "nothing"))
        if q.fault("forbidden"):
            return self.error(403, "DENIED", "requested access to the resource is denied")
        limit = q.fault("rate_limit")
        if limit:
            when = "1" if not q.fault("retry_date") else email.utils.formatdate(
                time.time() + 1, usegmt=True)
            return self.error(429, "TOOMANYREQUESTS", "slow down", [("Retry-After", when)])
        if q.fault("server_error"):
            return self.error(500, "UNKNOWN", "it broke")
        for pattern, what in (
            (r"^/v2/(.+)/tags/list$", self.list_tags),
            (r"^/v2/(.+)/manifests/([^/]+)$", self.manifest),
            (r"^/v2/(.+)/blobs/uploads/$", self.start_upload),
            (r"^/v2/(.+)/blobs/uploads/([^/]+)$", self.upload),
            (r"^/v2/(.+)/blobs/(sha256:[0-9a-f]{64})$", self.blob),
        ):
            m = re.match(pattern, path)
            if m:
                return what(*m.groups())
        return self.error(404, "NOT_FOUND")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    # ---- authentication ----

    def challenge(self, scope=""):
        q = self.q
        if q.auth == "basic":
            return self.error(401, "UNAUTHORIZED", "log in", [("WWW-Authenticate", 'Basic realm="q"')])
        realm = q.fault("realm") or "%s://%s/token" % (q.scheme, q.host)
        value = 'Negotiate, Bearer realm="%s",service="quirk, registry",scope="%s"' % (realm, scope)
        return self.error(401, "UNAUTHORIZED", "log in", [("WWW-Authenticate", value)])

    def authorized(self, path):
        q = self.q
        if not q.auth:
            return True
        given = self.headers.get("Authorization", "")
        repo = re.match(r"^/v2/(.+?)/(tags|manifests|blobs)/", path).group(1)
        action = "pull" if self.command in ("GET", "HEAD") else "push"
        if q.auth == "basic":
            want = "Basic " + base64.b64encode(("%s:%s" % (q.user, q.password)).encode()).decode()
            if given == want:
                return True
            self.challenge()
            return False
        if q.fault("unauthorized_always"):
            self.challenge("repository:%s:%s" % (repo, action))
            return False
        if q.fault("unauthorized_put") if self.command == "PUT" else None:
            q.tokens.clear()
        scopes = q.tokens.get(given[7:] if given.startswith("Bearer ") else "", None)
        for s in scopes or ():
            kind, name, actions = s.split(":", 2)
            if kind == "repository" and name == repo and action in actions.split(","):
                return True
        self.challenge("repository:%s:%s" % (repo, "pull" if action == "pull" else "pull,push"))
        return False

    def token(self):
        q = self.q
        if q.fault("token_hang"):
            time.sleep(60)
            self.close_connection = True
            return None
        to = q.fault("token_redirect")
        if to:
            return self.reply(307, headers=[("Location", to + self.path)])
        basic = "Basic " + base64.b64encode(("%s:%s" % (q.user, q.password)).encode()).decode()
        if self.command == "POST":
            if q.fault("token_post_404"):
                return self.error(404, "NOT_FOUND")
            form = urllib.parse.parse_qs(self.data.decode())
            if form.get("refresh_token") != [q.identity] or form.get("grant_type") != ["refresh_token"]:
                return self.error(401, "UNAUTHORIZED", "wrong " + str(form.get("refresh_token")))
            scopes = form["scope"][0].split(" ")
            known = True
        else:
            scopes = self.query.get("scope", [])
            given = self.headers.get("Authorization")
            if given is not None and given != basic:
                return self.error(401, "UNAUTHORIZED", "wrong " + given)
            known = given is not None
        if q.fault("token_error"):
            return self.error(503, "UNAVAILABLE")
        if q.fault("token_garbage"):
            return self.reply(200, "no json")
        if self.query.get("service", ["quirk, registry"]) != ["quirk, registry"]:
            return self.error(400, "service")
        if not known or q.fault("smaller_scope"):
            scopes = [s.replace(",push", "") for s in scopes]
        with q.lock:
            q.serial += 1
            t = "token-%d-abcdef" % q.serial
            q.tokens[t] = scopes
        self.reply(200, json.dumps({"access_token": t, "expires_in": 300}))

    # ---- content ----

    def blob(self, repo, digest):
        q = self.q
        data = q.blobs.get(repo, {}).get(digest)
        everything = q.fault("redirect_all")
        if everything:
            return self.reply(307, headers=[("Location", everything + self.path)])
        if data is None:
            return self.error(404, "BLOB_UNKNOWN")
        if self.command == "HEAD":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            return None
        to = q.fault("blob_redirect")
        if to:
            return self.reply(307, headers=[("Location", to + "/elsewhere?d=" + digest + "&r=" + repo)])
        if q.fault("blob_slow"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for at in (0, len(data) // 2):
                self.wfile.write(data[at:at + (len(data) // 2 if at == 0 else len(data))])
                time.sleep(1)
            return None
        if q.fault("blob_wrong"):
            data = bytes([data[0] ^ 1]) + data[1:]
        if q.fault("blob_short"):  # a complete answer with too little in it
            data = data[: len(data) // 2]
        if q.fault("blob_long"):
            data += b"more"
        if q.fault("blob_cut"):  # the connection breaks
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return None
        return self.reply(200, data, kind="application/octet-stream")

    def elsewhere(self):
        """Another server that holds the blobs, as a CDN does."""
        origin = self.q.faults.get("cdn_of", self.q)
        self.reply(200, origin.blobs[self.query["r"][0]][self.query["d"][0]])

    def start_upload(self, repo):
        q = self.q
        if "mount" in self.query:
            source = q.blobs.get(self.query.get("from", [""])[0], {})
            digest = self.query["mount"][0]
            if digest in source and not q.fault("mount_202"):
                q.blobs.setdefault(repo, {})[digest] = source[digest]
                return self.reply(201, headers=[("Location", "/v2/%s/blobs/%s" % (repo, digest))])
        with q.lock:
            q.serial += 1
            session = "s%d" % q.serial
            q.sessions[session] = repo
        at = "/v2/%s/blobs/uploads/%s?_state=a%%2Fb%%3D" % (repo, session)
        to = q.fault("upload_host")
        if to:
            at = to + at
        elif not q.fault("location_relative"):
            at = "%s://%s%s" % (q.scheme, q.host, at)
        if q.fault("no_location"):
            return self.reply(202)
        return self.reply(202, headers=[("Location", at), ("Range", "0-0")])

    def upload(self, repo, session):
        q = self.q
        if self.command == "DELETE":
            q.sessions.pop(session, None)
            q.cancelled += 1
            return self.reply(204)
        if q.fault("put_redirect"):
            return self.reply(307, headers=[("Location", q.faults["put_redirect"] + self.path)])
        if q.fault("session_stale"):
            q.sessions.pop(session, None)
        if q.sessions.get(session) != repo or self.query.get("_state") != ["a/b="]:
            return self.error(404, "BLOB_UPLOAD_UNKNOWN")
        if q.fault("put_error"):
            return self.error(503, "UNAVAILABLE", "try later")
        if q.fault("put_too_large"):
            return self.reply(413, "<html>nginx: too large</html>", kind="text/html")
        digest = self.query["digest"][0]
        if digest_of(self.data) != digest:
            return self.error(400, "DIGEST_INVALID", "provided digest did not match")
        q.blobs.setdefault(repo, {})[digest] = self.data
        del q.sessions[session]
        if q.fault("put_answer_lost"):
            self.close_connection = True
            return None
        return self.reply(201, headers=[("Docker-Content-Digest", digest)])

    def manifest(self, repo, reference):
        q = self.q
        tags = q.tags.setdefault(repo, {})
        store = q.manifests.setdefault(repo, {})
        everything = q.fault("redirect_all")
        if everything and self.command != "PUT":
            return self.reply(307, headers=[("Location", everything + self.path)])
        other = q.faults.get("taken_by")  # the digest of somebody else's image in this repository
        other = other if other in store else None
        immutable = other and re.search(r"-[0-9]{8}\.[0-9]+$", reference)  # a tag that never moves
        if self.command == "PUT":
            digest = digest_of(self.data)
            if reference.startswith("sha256:") and reference != digest:
                return self.error(400, "DIGEST_INVALID")
            if not reference.startswith("sha256:"):
                if immutable and q.fault("tag_taken_before"):
                    tags[reference] = other
                if q.fault("if_none_match") and self.headers.get("If-None-Match") == "*" and reference in tags:
                    return self.error(412, "PRECONDITION", "there is one")
                if other and tags.get(reference) == other:
                    q.replaced.append(reference)
                if q.fault("immutable") and reference in tags:
                    return self.error(400, "TAG_INVALID", "The image tag is immutable")
                tags[reference] = digest
            store[digest] = (self.headers["Content-Type"], self.data)
            if immutable and q.fault("tag_taken_after"):
                tags[reference] = other
            said = "sha256:" + "0" * 64 if q.fault("put_wrong_digest") else digest
            return self.reply(201, headers=[("Docker-Content-Digest", said)])
        if immutable and reference not in tags and q.fault("tag_taken_unseen"):
            tags[reference] = other
        digest = reference if reference.startswith("sha256:") else tags.get(reference)
        if digest not in store:
            if q.fault("html_404"):
                return self.reply(404, "<html>", kind="text/html; charset=utf-8")
            return self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        kind, data = store[digest]
        if kind not in self.headers.get("Accept", ""):
            return self.error(404, "MANIFEST_UNKNOWN", "OCI manifest found, but not accepted")
        if q.fault("manifest_wrong"):
            data = data + b" "
        headers = [("Docker-Content-Digest", digest)]
        if q.fault("no_digest_header"):
            headers = []
        if q.fault("type_confusion"):
            kind = "application/vnd.docker.distribution.manifest.list.v2+json"
        if self.command == "HEAD":
            self.send_response(200)
            self.send_header("Content-Type", kind)
            for k, v in headers:
                self.send_header(k, v)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            return None
        return self.reply(200, data, headers, kind + "; charset=utf-8")

    def list_tags(self, repo):
        q = self.q
        everything = q.fault("redirect_all")
        if everything:
            return self.reply(307, headers=[("Location", everything + self.path)])
        if repo not in q.tags:
            return self.error(404, "NAME_UNKNOWN", "repository name not known to registry")
        tags = sorted(q.tags[repo], reverse=True)
        if q.fault("tags_null"):
            tags = None
        if q.fault("tags_bad"):
            tags = ["ok", "../\x1b"]
        headers = []
        page = q.faults.get("tags_page")
        if page and tags:
            last = self.query.get("last", [None])[0]
            rest = tags[tags.index(last) + 1:] if last else tags
            tags = rest[:page]
            if len(rest) > page:
                url = "/v2/%s/tags/list?last=%s&n=%d" % (repo, tags[-1], page)
                if q.faults.get("tags_absolute"):
                    url = "%s://%s%s" % (q.scheme, q.host, url)
                if q.faults.get("tags_elsewhere"):
                    url = "https://example.org" + url
                if q.faults.get("tags_loop"):
                    url = self.path
                headers = [("Link", '<%s>; rel="next"' % url)]
        return self.reply(200, json.dumps({"name": repo, "tags": tags}), headers, "application/json")
