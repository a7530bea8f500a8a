#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=180 needs=gpg,gpgv
"""Edits of a fleet's own files and definitions: built and pushed as they are, refused by --locked and by an upgrade,
and what lock says of them; also while somebody writes."""
import gzip
import io
import tarfile
import threading

from harness.lab import *

lab = Lab()
Q = ("--progress", "none")
A, B = b"A" * (3 << 20), b"B" * (3 << 20)


def put(name, data, mode=0o644):
    path = lab.path("fleet", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.chmod(path + ".new", mode)
    os.rename(path + ".new", path)


def web(more="", packages="hello"):
    lab.write_fleet({"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n",
                     "web": "image: web\nbase: base\nversion: 2\npackages: [%s]\nfiles:\n  - {from: www, to: /srv}\n%s"
                            % (packages, more)}, platforms)


def built(*args):
    r = lab.run("build", "--output", "json", *args, *Q)
    lab.works("build %s" % (args,), r)
    return {i["id"]: i for i in json.loads(r.out)["images"]} if r.status == 0 else {}


def bodies(image, path):
    """What a file holds, on each platform."""
    found = []
    for p in image["platforms"]:
        for l in p["layers"]:
            with open(lab.path("store", "blobs/sha256", l["digest"][7:]), "rb") as f:
                packed = f.read()
            lab.check("a layer is what its name says", hashlib.sha256(packed).hexdigest() == l["digest"][7:])
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as t:
                found += [t.extractfile(e).read() for e in t if e.name == path]
    return found


def lock_bytes():
    with open(lab.path("fleet", "plimsoll.lock"), "rb") as f:
        return f.read()


platforms = "registry: oci:%s\nplatforms: [linux/amd64, linux/arm64]\ndistros:\n  test: {suites: [test], mirror: \"file:%s\"," \
            " signed_by: %s}\n" % (lab.path("out"), lab.archive, lab.keyring)
lab.debs = [Deb("base-files", architecture="all"), Deb("hello", depends="base-files", architecture="all"),
            Deb("other", architecture="all")]
lab.publish()
web()
put("www/index.html", b"one\n")
put("www/a/b.css", b"p{}\n")
lab.works("lock", lab.run("lock", *Q))
locked, first = lock_bytes(), built()
lab.works("push", lab.run("push", *Q))

# A file: edit, build, push.
for n in range(3):
    put("www/index.html", b"edit %d\n" % n)
    now = built()
    lab.check("the image changed, its base did not", now["web"]["digest"] != first["web"]["digest"] and
              now["base"]["digest"] == first["base"]["digest"] and not now["base"]["made"])
    lab.check("its file is the edited one", bodies(now["web"], "srv/index.html") == [b"edit %d\n" % n] * 2)
    r = lab.run("push", "--output", "json", *Q)
    lab.works("push of an edit", r)
    pushed = {i["name"].split("/")[-1]: i for i in json.loads(r.out)["images"]}
    lab.check("pushed and registered", pushed["web:2"]["digest"] == now["web"]["digest"] and
              pushed["web:2"]["uploaded"] and pushed["web:2"]["registered"] and not pushed["base:1"]["uploaded"], r)
    lab.check("once more: as before", not built()["web"]["made"])
put("www/index.html", b"one\n")
lab.check("taken back", built()["web"]["digest"] == first["web"]["digest"])
lab.works("--locked", lab.run("build", "--locked", *Q))

# --locked names each file: changed, new, gone, of another mode.
put("www/index.html", b"two\n")
put("www/new.js", b"x\n")
os.remove(lab.path("fleet", "www/a/b.css"))
before = lab.store_files("blobs")
for command in ("build", "push"):
    r = lab.fails(command + " --locked", lab.run(command, "--locked", *Q), 5, "not what was locked", "run plimsoll lock",
                  "www/index.html (changed)", "www/new.js (new)", "www/a/b.css (gone)")
    lab.check("nothing on standard output", r.out == b"", r)
lab.check("nothing was made", lab.store_files("blobs") == before)
lab.works("of an image that is as it was", lab.run("build", "--locked", "base", *Q))
lab.works("without it", lab.run("build", *Q))
r = lab.run("lock", "--output", "json", *Q)
lab.works("lock", r)
lab.check("lock says which", sorted((e["image"], e["file"], e["change"]) for e in json.loads(r.out)["edits"]) ==
          [("web", "www/a/b.css", "gone"), ("web", "www/index.html", "changed"), ("web", "www/new.js", "new")], r)
lab.works("--locked", lab.run("build", "--locked", *Q))
os.chmod(lab.path("fleet", "www/new.js"), 0o755)
lab.fails("--locked, a mode", lab.run("build", "--locked", *Q), 5, "www/new.js (changed)")
os.chmod(lab.path("fleet", "www/new.js"), 0o644)

# A definition: what needs nothing from outside needs no lock.
web("env: {A: b}\ncmd: [x]\nuser: 1:1\nlabels: {l: m}\nports: [80]\nread_only: true\ndescription: d\n")
now = built()["web"]
lab.check("the image changed", now["made"])
lab.works("push of an edited definition", lab.run("push", *Q))
lab.fails("--locked, a definition", lab.run("build", "--locked", *Q), 5, "web: its definition (changed)")
for more, packages in (("exclude: [docs]\n", "hello"), ("", "hello, other"),
                       ("acknowledge: [{package: hello, script: postinst, sha256: \"%s\", reason: r}]\n" % ("0" * 64), "hello")):
    web(more, packages)
    lab.fails("a lock is needed: %s%s" % (more, packages), lab.run("build", *Q), 1, "run plimsoll lock", "images/web.yaml")
    lab.fails("--locked: %s%s" % (more, packages), lab.run("build", "--locked", *Q), 5, "run plimsoll lock")
lab.works("the base alone", lab.run("build", "base", *Q))

# An upgrade deploys packages, and nothing that somebody is at work on.
web()
lab.works("lock", lab.run("lock", *Q))
lab.works("push", lab.run("push", *Q))
lab.debs[1] = Deb("hello", "1.0-2", depends="base-files", architecture="all")
lab.publish(Date="Sat, 21 Nov 2026 10:00:00 UTC")
put("www/index.html", b"not finished\n")
locked, places = lock_bytes(), {p: os.stat(p).st_mtime_ns for p in lab.store_files("../out")}
r = lab.run("upgrade", "--all", *Q)
lab.check("the plan tells of it", r.status == 4 and b"www/index.html (changed)" in r.out, r)
lab.fails("upgrade --apply", lab.run("upgrade", "--all", "--apply", *Q), 5, "www/index.html (changed)", "run plimsoll lock")
lab.check("nothing changed", lock_bytes() == locked and
          {p: os.stat(p).st_mtime_ns for p in lab.store_files("../out")} == places)
put("www/index.html", b"two\n")
lab.works("without the edit", lab.run("upgrade", "--all", "--apply", *Q))
lab.check("what was locked is deployed", bodies(built()["web"], "srv/index.html") == [b"two\n"] * 2)

# Somebody saves again and again: each image has one of the contents, whole, on all platforms.
stop = threading.Event()


def save():
    while not stop.is_set():
        for data in (A, B):
            put("www/big", data)


put("www/big", A)
t = threading.Thread(target=save)
t.start()
for n in range(6):
    r = lab.run("build", "--output", "json", *Q)
    if r.status == 0:
        image = [i for i in json.loads(r.out)["images"] if i["id"] == "web"][0]
        lab.check("one whole content", bodies(image, "srv/big") in ([A, A], [B, B]))
    else:  # listed, and gone when it was to be read
        lab.fails("while it is replaced", r, 1, "www/big")
stop.set()
t.join()
put("www/big", A)
lab.check("then as it is", bodies(built()["web"], "srv/big") == [A, A])

# Somebody writes in place, without an end: that is said, or what the file held at one moment is on all platforms.
stop.clear()


def scribble():
    with open(lab.path("fleet", "www/big"), "r+b", buffering=0) as f:
        while not stop.is_set():
            for c in b"AB":
                f.seek(0)
                for _ in range(48):
                    f.write(bytes([c]) * 65536)


t = threading.Thread(target=scribble)
t.start()
for n in range(4):
    r = lab.run("build", "--output", "json", *Q)
    if r.status == 0:
        image = [i for i in json.loads(r.out)["images"] if i["id"] == "web"][0]
        found = bodies(image, "srv/big")
        lab.check("the same on all platforms", len(found) == 2 and found[0] == found[1])
    else:
        lab.fails("while it is written", r, 1, "www/big: somebody writes to it", "run this again")
stop.set()
t.join()
put("www/big", B)
lab.check("then as it is", bodies(built()["web"], "srv/big") == [B, B])
lab.done()
