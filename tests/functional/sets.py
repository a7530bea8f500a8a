#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=900 needs=skopeo,umoci,runc,docker-registry,openssl
"""The six sets on two platforms, by other people's tools: skopeo copies and inspects, umoci unpacks, runc runs
them read-only, as their own user, without a capability. arm64 runs where qemu is."""
import hashlib
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
import time

from harness.checks import check, directory, main, need, same, say, skip, write
from harness.containers import QEMU, Bundle, exec_works, runc_works
from harness.fleets import SETS, built_sets
from harness.program import RELEASE, Program, run
from harness.registry import Registry

PLATFORMS = ("amd64", "arm64")
NAMES = sorted(SETS)


def store_ref(store, name):
    return "oci:%s:registry.example.org/sets/%s:bookworm" % (store, name)


def inspect(ref, arch, *more):
    return json.loads(run("skopeo", "--override-arch", arch, "inspect", *more, ref).out)


def judge_metadata(ref, more, built, arch):
    """Platform, labels and history by skopeo; what it says agrees with what the build said."""
    platform = next(p for p in built["platforms"] if p["platform"] == "linux/" + arch)
    text = inspect(ref, arch, *more)
    same(text["Digest"], built["digest"], "%s: skopeo sees the index that was built" % ref)
    same((text["Os"], text["Architecture"]), ("linux", arch), "%s: the platform" % ref)
    same(text["Layers"], [x["digest"] for x in platform["layers"]], "%s: the layers" % ref)
    config = inspect(ref, arch, "--config", *more)
    same((config["os"], config["architecture"]), ("linux", arch), "%s: the config's platform" % ref)
    same(config["rootfs"]["diff_ids"], [x["diff_id"] for x in platform["layers"]], "%s: the diff_ids" % ref)
    filled = [h for h in config["history"] if not h.get("empty_layer")]
    same(len(filled), len(config["rootfs"]["diff_ids"]), "%s: history entries and layers" % ref)
    check(all(h.get("created") and h.get("created_by") for h in filled), "%s: each entry says who made it" % ref, filled)
    labels = config["config"].get("Labels", {})
    described = [k for k in labels if k.startswith("org.opencontainers.image.")]
    same(described, [], "%s: what describes this image is no label, which others would inherit" % ref)
    wanted = re.search(r"org\.example\.set: (\w+)", SETS[built["id"]])
    same(labels.get("org.example.set"), wanted and wanted[1], "%s: the label of the definition" % ref)
    same(config["config"]["User"], "65532:65532", "%s: user" % ref)
    return platform


def judge_copies(store, registry, built, digests, out):
    """From the layout and from the registry the same image arrives, and skopeo lists all platforms. Manifests are
    of the place where they lie: beside their annotations they say the same."""
    for name in NAMES:
        pushed = "docker://%s/sets/%s:bookworm" % (registry.host, name)
        for arch in PLATFORMS:
            p = judge_metadata(store_ref(store, name), (), built[name], arch)
            judge_metadata(pushed, ("--tls-verify=false",), dict(built[name], digest=digests[name]), arch)
            for kind, ref, more in (("layout", store_ref(store, name), ()),
                                    ("registry", pushed, ("--src-tls-verify=false",))):
                tag = "%s-%s" % (name, arch)
                run("skopeo", "--override-arch", arch, "copy", "--quiet", *more, ref, "oci:%s/%s:%s" % (out, kind, tag))
                raw = run("skopeo", "inspect", "--raw", "oci:%s/%s:%s" % (out, kind, tag)).out.encode()
                if kind == "layout":
                    same("sha256:" + hashlib.sha256(raw).hexdigest(), p["digest"], "%s: the manifest's bytes" % tag)
                    here = json.loads(raw)
                there = json.loads(raw)
                same([there["config"], there["layers"]], [here["config"], here["layers"]],
                     "%s from the %s: config and layers" % (tag, kind))
    raw = json.loads(run("skopeo", "inspect", "--raw", store_ref(store, "base")).out)
    same([(m["platform"]["os"], m["platform"]["architecture"]) for m in raw["manifests"]],
         [("linux", "amd64"), ("linux", "arm64")], "the index's platforms")
    for kind in ("registry",):
        with open("%s/%s/index.json" % (out, kind)) as f:
            same(len(json.load(f)["manifests"]), 2 * len(NAMES), "images copied from the " + kind)


def push_all(fleet, store, registry):
    """Everything arrives once; again, no byte and no request that writes. The digests by image."""
    p = Program(fleet, store)
    first = p.json("push", "--registry", registry.host + "/sets")
    check(all(i["uploaded"] and i["registered"] for i in first["images"]), "all are pushed and registered", first)
    check(first["bytes_uploaded"] > 100e6, "the bytes went over the wire", first["bytes_uploaded"])
    check(first["blobs_mounted"] > 0, "the base's layers are mounted, not sent again", first)
    before = len(registry.writes())
    check(before > 100, "the access log shows the writes", before)
    again = p.json("push", "--registry", registry.host + "/sets")
    same((again["bytes_uploaded"], again["blobs_uploaded"], again["blobs_mounted"]), (0, 0, 0), "pushed again")
    same([i["uploaded"] or i["registered"] for i in again["images"]], [False] * len(NAMES), "nothing written again")
    same(registry.writes()[before:], [], "requests that write when pushing again")
    return {i["name"].rsplit("/", 1)[1].split(":")[0]: i["digest"] for i in first["images"]}


# --- what runs ---------------------------------------------------------------------------------

def run_base(b):
    for path in ("/etc/os-release", "/etc/passwd", "/etc/debian_version"):
        check(os.path.exists(os.path.realpath(b.rootfs) + path) or os.path.islink(b.rootfs + path), "base has " + path)
    same(os.listdir(b.rootfs + "/tmp"), [], "base's /tmp is empty")
    check(not os.path.exists(b.rootfs + "/etc/machine-id"), "no machine id")


def run_nginx(b):
    a = b.run(["/usr/sbin/nginx", "-t", "-e", "stderr", "-c", "/etc/plimsoll/nginx.conf"])
    check("syntax is ok" in a.err and "test is successful" in a.err, "nginx -t", a.err)


def run_flask(b):
    program = ("import flask, ssl, sqlite3, os, json\n"
               "assert sqlite3.connect(':memory:').execute('select 6*7').fetchone() == (42,)\n"
               "app = flask.Flask('x')\n"
               "app.add_url_rule('/', view_func=lambda: 'pong')\n"
               "status = {l.split(':')[0]: l.split(':')[1].strip() for l in open('/proc/self/status')}\n"
               "try:\n open('/forbidden', 'w'); written = True\n"
               "except OSError as e:\n written = e.errno\n"
               "print(json.dumps([app.test_client().get('/').text, ssl.OPENSSL_VERSION, os.uname().machine, os.getuid(),\n"
               " os.getgid(), status['CapBnd'], status['CapEff'], status['NoNewPrivs'], written]))\n")
    a = b.run(["/usr/bin/python3", "-c", program])
    text, openssl, machine, uid, gid, bounding, effective, nnp, written = json.loads(a.out)
    same(text, "pong", "flask answers")
    check(openssl.startswith("OpenSSL 3."), "ssl", openssl)
    same(machine, {"amd64": "x86_64", "arm64": "aarch64"}[b.arch], "the machine it sees")
    same((uid, gid), (65532, 65532), "the image's user")
    if not b.emulated:  # qemu shows its own /proc/self/status all the same, but let the real one count
        same((int(bounding, 16), int(effective, 16), nnp), (0, 0, "1"), "no capability, no new privilege")
    check(written in (13, 30), "the root is read-only", written)


def run_java(b):
    a = b.run(["/usr/bin/java", "-version"])
    check(re.search(r'openjdk version "17\.', a.err), "java -version", a.err)
    with open(b.rootfs + "/etc/ssl/certs/java/cacerts", "rb") as f:
        head = f.read(4)
    check(head in (b"\xfe\xed\xfe\xed",) or head[0] == 0x30, "the Java keystore is a keystore", head)
    if not b.emulated:
        keytool = "/usr/lib/jvm/java-17-openjdk-amd64/bin/keytool"
        a = b.run([keytool, "-list", "-cacerts", "-storepass", "changeit"])
        count = int(re.search(r"contains (\d+) entries", a.out)[1])
        same(count, len(re.findall("BEGIN CERTIFICATE", bundle_text(b))), "certificates in Java's keystore")


def bundle_text(b):
    with open(b.rootfs + "/etc/ssl/certs/ca-certificates.crt", encoding="ascii") as f:
        return f.read()


def run_postgres(b):
    a = b.run(["/usr/lib/postgresql/15/bin/postgres", "--version"])
    check(re.match(r"postgres \(PostgreSQL\) 15\.\d+", a.out), "postgres --version", a.out)
    same(os.path.exists(b.rootfs + "/var/lib/postgresql/15/main"), False, "no cluster is baked in")
    check(not os.path.exists(b.rootfs + "/etc/ssl/private/ssl-cert-snakeoil.key"), "no private key is baked in")


def run_redis(b):
    if not exec_works():
        say("redis %s: only its version, for runc exec reaches no container from a chroot" % b.arch)
        a = b.run(["/usr/bin/redis-server", "--version"])
        check("Redis server v=7" in a.out, "redis-server --version", a.out, a.err)
        return
    with b.background(["/usr/bin/redis-server", "--port", "0", "--unixsocket", "/tmp/r.sock", "--save", "",
                       "--daemonize", "no"]) as inside:
        for _ in range(60):
            a = inside("/usr/bin/redis-cli", "-s", "/tmp/r.sock", "PING")
            if a.out.strip() == "PONG":
                break
            time.sleep(0.25)
        same(a.out.strip(), "PONG", "redis PING: " + a.err)
        same(inside("/usr/bin/redis-cli", "-s", "/tmp/r.sock", "INCRBY", "n", "41").out.strip(), "41", "redis counts")


class TlsServer:
    """https://localhost with a certificate of a CA made for this run."""

    def __init__(self):
        d = self.dir = directory("tls-")
        os.chmod(d, 0o755)
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        run(*new, "-subj", "/CN=judge CA", "-keyout", d + "/ca.key", "-out", d + "/ca.pem",
            "-addext", "basicConstraints=critical,CA:TRUE")
        run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", d + "/s.key",
            "-out", d + "/s.csr")
        write(d + "/ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", d + "/s.csr", "-CA", d + "/ca.pem", "-CAkey", d + "/ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", d + "/ext", "-out", d + "/s.pem")
        os.chmod(d + "/ca.pem", 0o644)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"aboard")

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(d + "/s.pem", d + "/s.key")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a client that refuses our certificate is what we want
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = "https://localhost:%d/" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


TLS = None


def run_curl(b):
    global TLS
    TLS = TLS or TlsServer()
    a = b.run(["/usr/bin/curl", "--version"])
    check("https" in re.search(r"^Protocols: (.*)$", a.out, re.M)[1].split(), "curl speaks https", a.out)
    hosts = TLS.dir + "/hosts"
    write(hosts, "127.0.0.1 localhost\n")
    os.chmod(hosts, 0o644)
    where = dict(binds=[(TLS.dir + "/ca.pem", "/ca.pem"), (hosts, "/etc/hosts")], network=True)
    a = b.run(["/usr/bin/curl", "-sS", "--max-time", "60", "--cacert", "/ca.pem", TLS.url], **where)
    same(a.out, "aboard", "an HTTPS answer")
    a = b.run(["/usr/bin/curl", "-sSv", "--max-time", "60", TLS.url], status=60, **where)
    check("CAfile: /etc/ssl/certs/ca-certificates.crt" in a.err, "the bundle is what curl believes by default", a.err)
    # The bundle holds what the package ships, each a certificate, and a hash link for each.
    text = bundle_text(b)
    count = text.count("BEGIN CERTIFICATE")
    shipped = sum(len([f for f in files if f.endswith(".crt")])
                  for _, _, files in os.walk(b.rootfs + "/usr/share/ca-certificates"))
    check(count > 100, "certificates in the bundle", count)
    same(count, shipped, "certificates in the bundle, and shipped")
    a = run("openssl", "storeutl", "-certs", "-noout", b.rootfs + "/etc/ssl/certs/ca-certificates.crt")
    check("Total found: %d" % count in a.out, "openssl reads each", a.out)
    hashes = [n for n in os.listdir(b.rootfs + "/etc/ssl/certs") if re.fullmatch(r"[0-9a-f]{8}\.\d", n)]
    same(len(hashes), count, "hash links")


RUN = {"base": run_base, "nginx": run_nginx, "flask": run_flask, "java": run_java, "postgres": run_postgres,
       "redis": run_redis, "curl": run_curl}


def test():
    why = runc_works()
    if why:
        skip(why)
    fleet, store = built_sets()
    result = Program(fleet, store, binary=RELEASE).json("build", "--offline")
    same([i["made"] for i in result["images"]], [False] * len(NAMES), "a second build makes nothing")
    built = {i["id"]: i for i in result["images"]}
    same(sorted(built), NAMES, "images of the fleet")
    for name, image in built.items():
        same([p["platform"] for p in image["platforms"]], ["linux/amd64", "linux/arm64"], name + ": platforms")
    registry = Registry()
    pushed = push_all(fleet, store, registry)
    say("pushed, and again without a byte")
    out = directory("copies-")
    judge_copies(store, registry, built, pushed, out)
    say("skopeo: %d images inspected and copied from the layout and the registry" % (2 * len(NAMES)))
    # The registry's images are the layout's bytes: one of each is enough to unpack.
    for arch in PLATFORMS:
        if arch != "amd64" and not os.path.exists(QEMU):
            say("%s does not run here: there is no %s" % (arch, QEMU))
            continue
        for name in NAMES:
            start = time.time()
            bundle = Bundle(out + ("/layout" if arch == "amd64" else "/registry"), "%s-%s" % (name, arch), arch)
            RUN[name](bundle)
            say("%s %s: runs (%.1f s)" % (name, arch, time.time() - start))
            subprocess.run(["rm", "-rf", bundle.dir], check=True)


if __name__ == "__main__":
    need("skopeo", "umoci", "runc", "docker-registry", "openssl")
    main(test)
