#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""A registry that refuses, fails, lies or hangs, at push and at scan through the command line."""
import random

from harness.lab import *
from harness.quirk_registry import QuirkRegistry

lab = Lab()
Q = ("--progress", "none")
lab.works("lock", lab.run("lock", *Q))
good = lab.digests()


def login(q, password=None):
    import base64
    os.makedirs(lab.path(".docker"), exist_ok=True)
    secret = "%s:%s" % (q.user, password or q.password)
    with open(lab.path(".docker", "config.json"), "w") as f:
        json.dump({"auths": {q.host: {"auth": base64.b64encode(secret.encode()).decode()}}}, f)


def push(q, **kw):
    return lab.run("push", *Q, "--registry", q.host + "/team", timeout=100, **kw)


def tags(q):
    return {r: dict(t) for r, t in q.tags.items() if t}


# --- push -------------------------------------------------------------------------------------------
secrets = []
for name, auth, faults, status in (
        ("401 for good", "bearer", {"unauthorized_always": True}, 7),
        ("403", None, {"forbidden": True}, 7),
        ("a token server that fails", "bearer", {"token_error": True}, (7, 8)),
        ("a token of garbage", "bearer", {"token_garbage": True}, (1, 7, 8)),
        ("a realm that is a file", "bearer", {"realm": "file:///etc/passwd"}, (1, 7, 8)),
        ("a realm on the metadata address", "bearer", {"realm": "http://169.254.169.254/token"}, (1, 7, 8)),
        ("an echo of the credentials", "basic", {"echo_credentials": True}, (1, 8)),
        ("500 for good", None, {"server_error": True}, 8),
        ("garbage", None, {"garbage": True}, (1, 5, 8)),
        ("wrong digests", None, {"put_wrong_digest": True}, (1, 5, 8)),
        ("uploads without a place", None, {"no_location": True}, (1, 8)),
        ("uploads to a file", None, {"upload_host": "file:///tmp"}, (1, 6, 8)),
        ("uploads that fail", None, {"put_error": True}, 8),
        ("too large", None, {"put_too_large": True}, (1, 8)),
        ("immutable tags", None, {"immutable": True}, None)):
    q = QuirkRegistry(auth=auth)
    q.faults.update(faults)
    login(q)
    r = push(q)
    if status is None:
        lab.works("push: " + name, r)
    else:
        lab.fails("push: " + name, r, status, q.host)
        lab.check("push: %s: no tag was set" % name, not tags(q) or "put_wrong_digest" in faults, tags(q))
    lab.check("push: %s: no secret is shown" % name, q.password.encode() not in r.err + r.out and
              b"bWFyeT" not in r.err + r.out, r)
    lab.check("push: %s: bounded" % name, r.seconds < 60, r)
    q.faults.clear()
    lab.works("push: after %s" % name, push(q))
    lab.check("push: after %s: the right images" % name, q.tags["team/base"]["1"] == good["base"] and
              len(q.tags["team/hello"]) == 2, tags(q))
    q.close()
q = QuirkRegistry(auth="bearer")
login(q, "wrong-secret-1")
r = lab.fails("push: a wrong password", push(q), 7, q.host)
lab.check("push: a wrong password is not shown", b"wrong-secret-1" not in r.err + r.out, r)
login(q)
for name, faults in (("429 twice", {"rate_limit": 2}), ("500 once", {"server_error": 1}), ("cold sessions", {"session_stale": 1}),
                     ("lost answers", {"put_answer_lost": 1}), ("one 503", {"put_error": 1})):
    q.faults.update(faults)
    q.blobs.clear(), q.manifests.clear(), q.tags.clear()
    lab.works("push: goes on after " + name, push(q))
    lab.check("push: %s: the right images" % name, q.tags["team/base"]["1"] == good["base"], tags(q))
q.close()
r = push(q)
lab.fails("push: nobody there", r, 8, q.host)
with open(lab.path(".docker", "config.json"), "wb") as f:
    f.write(b"{" * 100000)
q = QuirkRegistry(auth="bearer")
lab.fails("push: a credential file of garbage", push(q), (1, 7), "config.json")
login(q)

# --- scan: what a registry serves is not what it says --------------------------------------------------
lab.works("push", push(q))
ref = q.host + "/team/hello:2"
lab.works("scan", lab.run("scan", ref, *Q))
for name, faults, status in (
        ("garbage", {"garbage": True}, (1, 5, 8)), ("500", {"server_error": True}, 8), ("403", {"forbidden": True}, 7),
        ("401", {"unauthorized_always": True}, 7), ("blobs that are other ones", {"blob_wrong": True}, (1, 5)),
        ("blobs cut short", {"blob_short": True}, (1, 5, 8)), ("blobs too long", {"blob_long": True}, (1, 5, 8)),
        ("broken connections", {"blob_cut": True}, (5, 8)), ("another manifest", {"manifest_wrong": True}, 5),
        ("a redirect to a file", {"blob_redirect": "file:///etc"}, (1, 8))):
    q.faults.clear()
    q.faults.update(faults)
    r = lab.run("scan", ref, *Q, "--register", "x/y:1", timeout=100)
    lab.fails("scan: " + name, r, status)
    lab.check("scan: %s: nothing is listed or registered" % name, b"hello" not in r.out and
              b"x/y:1" not in lab.run("images").out, r)
q.faults.clear()
lab.fails("scan: no such tag", lab.run("scan", q.host + "/team/hello:none", *Q), 6, "none")
lab.fails("scan: no such repository", lab.run("scan", q.host + "/team/none:1", *Q), 6)
lab.works("scan: well again", lab.run("scan", ref, *Q))


# --- manifests and configs ------------------------------------------------------------------------------
def put(kind, text):
    d = "sha256:" + hashlib.sha256(text).hexdigest()
    q.manifests.setdefault("team/evil", {})[d] = (kind, text)
    q.tags.setdefault("team/evil", {})["1"] = d
    return d


def blob(data):
    d = "sha256:" + hashlib.sha256(data).hexdigest()
    q.blobs.setdefault("team/evil", {})[d] = data
    return d


M, X = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
C = "application/vnd.oci.image.config.v1+json"
conf = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).encode()


def manifest(**kw):
    m = {"schemaVersion": 2, "mediaType": M, "config": {"mediaType": C, "digest": blob(conf), "size": len(conf)}, "layers": []}
    m.update(kw)
    return json.dumps(m).encode()


itself = {"schemaVersion": 2, "mediaType": X, "manifests": []}
for name, kind, text in (
        ("empty", M, b""), ("not JSON", M, b"\x1f\x8b"), ("a list", M, b"[]"), ("NULs", M, manifest().replace(b":", b":\0")),
        ("deep", M, b"[" * 500000), ("no config", M, json.dumps({"schemaVersion": 2}).encode()),
        ("10 MB", M, manifest(annotations={"x": "y" * (10 << 20)})), ("schema 1", "application/vnd.docker.distribution.manifest.v1+json", b"{}"),
        ("digest of letters", M, manifest(config={"mediaType": C, "digest": "sha256:xyz", "size": 1})),
        ("digest upwards", M, manifest(config={"mediaType": C, "digest": "sha256:../../../etc/passwd", "size": 1})),
        ("size negative", M, manifest(config={"mediaType": C, "digest": blob(conf), "size": -5})),
        ("size 2^63", M, manifest(config={"mediaType": C, "digest": blob(conf), "size": 1 << 63})),
        ("size that lies", M, manifest(config={"mediaType": C, "digest": blob(conf), "size": len(conf) - 1})),
        ("config that is missing", M, manifest(config={"mediaType": C, "digest": "sha256:" + "1" * 64, "size": 7})),
        ("layers of numbers", M, manifest(layers=[1, 2, 3])), ("layers without diff_ids", M, manifest(layers=[
            {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": blob(b"x"), "size": 1}])),
        ("Layers beside layers", M, manifest(Layers=[])), ("Digest beside digest", M, manifest(config={
            "mediaType": C, "digest": blob(conf), "Digest": blob(b"x"), "size": len(conf)})),
        ("an encrypted layer", M, manifest(layers=[{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
                                                    "digest": blob(b"x"), "size": 1}])),
        ("a key twice", M, manifest().replace(b'"config"', b'"config": {}, "config"')),
        ("an index of nothing", X, json.dumps(itself).encode()), ("an index of strings", X, json.dumps(dict(itself, manifests=["a"])).encode()),
        ("a hundred thousand layers", M, manifest(layers=[{"mediaType": "x", "digest": blob(b"x"), "size": 1}] * 30000)),
        ("escapes", M, manifest(layers=[{"mediaType": "\x1b[2J", "digest": "sha256:\x1b[2J", "size": 1}]))):
    put(kind, text)
    r = lab.run("scan", q.host + "/team/evil:1", *Q)
    lab.fails("scan: manifest: " + name, r, (1, 5, 6, 8), "127.0.0.1")

# --- layers ---------------------------------------------------------------------------------------------
import gzip
import zlib


def scan_layers(name, layers, status, diff_ids=None, kinds=None, **kw):
    """layers: (bytes as served, bytes unpacked or None)"""
    ids = diff_ids or ["sha256:" + hashlib.sha256(u if u is not None else b"").hexdigest() for _, u in layers]
    c = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ids}}).encode()
    put(M, json.dumps({"schemaVersion": 2, "mediaType": M, "config": {"mediaType": C, "digest": blob(c), "size": len(c)},
                       "layers": [{"mediaType": (kinds or "application/vnd.oci.image.layer.v1.tar+gzip"),
                                   "digest": blob(p), "size": len(p)} for p, _ in layers]}).encode())
    r = lab.run("scan", q.host + "/team/evil:1", *Q, timeout=60)
    if status is None:
        lab.sane("scan: layer: " + name, r)
    else:
        lab.fails("scan: layer: " + name, r, status, "" if status == 0 else q.host)
    lab.check("scan: layer: %s: bounded" % name, r.seconds < 40, r)
    return r


def z(data):
    return gzip.compress(data, mtime=0)


status_file = b"Package: hello\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
fine = tar(dir_entry("var/"), dir_entry("var/lib/"), dir_entry("var/lib/dpkg/"), entry("var/lib/dpkg/status", status_file))
r = scan_layers("a good one", [(z(fine), fine)], 0)
lab.check("scan: a good layer is read", b"hello" in r.out, r)
scan_layers("another diff_id", [(z(fine), fine)], 5, diff_ids=["sha256:" + "0" * 64])
scan_layers("not gzip", [(b"garbage", b"")], (1, 5))
scan_layers("gzip cut", [(z(fine)[:-20], fine)], (1, 5))
scan_layers("gzip flipped", [(z(fine)[:-8] + b"\0" * 8, fine)], (1, 5))
# Each layer alone is within the ratio; the image is not worth more than its bytes.
one = tar(entry("zero", b"\0" * (60 << 20)))
scan_layers("twenty layers of 60 MB of zeros", [(z(one), one)] * 20, (1, 5))
many = tar(entry("var/lib/dpkg/status", b"Package: a\nVersion: 1\nStatus: install ok installed\n\n" * 400000))
scan_layers("four hundred thousand packages", [(z(many), many)], (1, 5))
del one, many
scan_layers("zstd of garbage", [(b"\x28\xb5\x2f\xfd" + b"\xff" * 40, b"")], (1, 5), kinds="application/vnd.oci.image.layer.v1.tar+zstd")
short = fine[:-1536]
scan_layers("tar cut", [(z(short[:700]), short[:700])], (1, 5))
for name, t in {"upwards": tar(entry("../../var/lib/dpkg/status", status_file)),
                "absolute": tar(entry("/var/lib/dpkg/status", status_file)),
                "absolute link": tar(dir_entry("var/"), dir_entry("var/lib/"), entry("var/lib/dpkg", type=tarfile.SYMTYPE, link="/etc")),
                "link to itself": tar(dir_entry("var/"), entry("var/lib", type=tarfile.SYMTYPE, link="lib")),
                "status is a directory": tar(dir_entry("var/lib/dpkg/status")),
                "status is a link to itself": tar(entry("var/lib/dpkg/status", type=tarfile.SYMTYPE, link="status")),
                "hard link to nothing": tar(entry("var/lib/dpkg/status", type=tarfile.LNKTYPE, link="etc/shadow")),
                "status of garbage": tar(entry("var/lib/dpkg/status", b"\0\xff\n: : :\n" * 1000)),
                "escapes": tar(entry("var/lib/dpkg/status", status_file.replace(b"hello", b"he\x1b[2Jllo"))),
                "whiteouts": tar(entry(".wh."), entry(".wh..wh..opq"), entry("var/.wh..wh.x"), entry("var/.wh.")),
                "status.d of odd names": tar(entry("var/lib/dpkg/status.d/\x1b[2J", status_file), entry("var/lib/dpkg/status.d/../x", b"x"))}.items():
    r = scan_layers(name, [(z(t), t)], None)
    lab.check("scan: layer: %s: no escape gets out" % name, b"\x1b" not in r.out + r.err, r)
huge = entry("var/lib/dpkg/status", b"", size=200 << 20)[:512] + b"Package: x\n\n" * (200 << 17)
scan_layers("a dpkg status of 200 MB", [(z(huge), huge)], (1, 5))
del huge
bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
packed = bomb.compress(entry("zero", size=64 << 30)[:512]) + b"".join(bomb.compress(b"\0" * (4 << 20)) for _ in range(75)) + bomb.flush()
for _ in range(3):  # gzip in gzip costs nothing more than its outer shell
    scan_layers("a bomb", [(packed, None)], (1, 5))
    packed = packed + packed
q.close()

# --- docker-archives and layouts --------------------------------------------------------------------------
path = lab.path("image.tar")


def archive(*entries, end=True):
    with open(path, "wb") as f:
        f.write(b"".join(entries) + (b"\0" * 1024 if end else b""))


c = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [
    "sha256:" + hashlib.sha256(fine).hexdigest()]}}).encode()
m = json.dumps([{"Config": "c.json", "RepoTags": ["x:1"], "Layers": ["l.tar"]}]).encode()
whole = [entry("l.tar", fine), entry("c.json", c), entry("manifest.json", m)]
archive(*whole)
r = lab.run("scan", "docker-archive:" + path, *Q)
lab.works("docker-archive: a good one", r)
for name, entries in {"empty": [], "no manifest": whole[:2], "no layer": whole[1:], "no config": [whole[0], whole[2]],
                      "manifest of garbage": whole[:2] + [entry("manifest.json", b"{")],
                      "manifest of nothing": whole[:2] + [entry("manifest.json", b"[]")],
                      "layer upwards": whole[:2] + [entry("manifest.json", m.replace(b"l.tar", b"../../etc/passwd"))],
                      "layer is a link upwards": [entry("l.tar", type=tarfile.SYMTYPE, link="/etc/passwd")] + whole[1:],
                      "layer is a link to itself": [entry("l.tar", type=tarfile.SYMTYPE, link="l.tar")] + whole[1:],
                      "layer twice": [whole[0], entry("l.tar", b"x" * 100)] + whole[1:],
                      "another layer": [entry("l.tar", fine.replace(b"hello", b"jello"))] + whole[1:],
                      "size 2^63": [entry("l.tar", fine)[:124] + b"\x80\0\0\0\x80" + b"\0" * 7 + entry("l.tar", fine)[136:]] + whole[1:],
                      "cut": [b"".join(whole)[:-2000]]}.items():
    archive(*entries, end=name != "cut")
    lab.fails("docker-archive: " + name, lab.run("scan", "docker-archive:" + path, *Q), (1, 5, 6), "image.tar")
with open(path, "wb") as f:
    f.write(b"\0" * 5000)
lab.fails("docker-archive: NULs", lab.run("scan", "docker-archive:" + path, *Q), (1, 6), "image.tar")
lab.fails("docker-archive: a directory", lab.run("scan", "docker-archive:" + lab.dir, *Q), 1)
lab.fails("docker-archive: not there", lab.run("scan", "docker-archive:" + path + ".none", *Q), 6)

lab.works("push to a layout", lab.run("push", *Q))
rng = random.Random(7)
blobs = [os.path.join(d, f) for d, _, fs in os.walk(lab.path("out", "hello")) for f in fs]
shutil.copytree(lab.path("out"), lab.path("out.good"))
for p in blobs:
    if p.endswith("lock"):
        continue
    for how in ("flip", "cut", "remove"):
        shutil.rmtree(lab.path("out"))
        shutil.copytree(lab.path("out.good"), lab.path("out"))
        if how == "flip":
            lab.flip(p)
        elif how == "cut":
            os.truncate(p, os.path.getsize(p) // 2)
        else:
            os.remove(p)
        r = lab.run("scan", "oci:%s/hello:2" % lab.path("out"), *Q)
        lab.sane("layout: %s %s" % (os.path.relpath(p, lab.path("out")), how), r)
        s = open(p, "rb").read() if how == "flip" else b""
        lab.check("layout: %s %s is seen" % (os.path.relpath(p, lab.path("out")), how),
                  r.status in (1, 5, 6) or p.endswith("index.json") and r.status == 0, r)
lab.done()
