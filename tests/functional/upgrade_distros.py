#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""upgrade in a fleet of two distros: each image is held against its own archive, never the other's version."""
from harness.lab import *

lab = Lab()
Q = ("--progress", "none")
one, two = lab.path("one"), lab.path("two")


def publish(archive, version, day):
    lab.archive = archive
    lab.publish([Deb("base-files"), Deb("hello", version, depends="base-files")],
                Date="Sat, %02d Aug 2026 10:00:00 UTC" % day)


publish(one, "1.0-1", 1)
publish(two, "9.0-1", 1)
distro = "  %s: {suites: [test], mirror: \"file:%s\", signed_by: %s}\n"
lab.write_fleet({n: "image: %s\ndistro: %s\nversion: 1\npackages: [hello]\n" % (n, n) for n in ("one", "two")},
                "registry: oci:%s\nplatforms: [linux/amd64]\ndistros:\n" % lab.path("out") +
                distro % ("one", one, lab.keyring) + distro % ("two", two, lab.keyring))
lab.works("lock", lab.run("lock", *Q))
lab.works("push", lab.run("push", *Q))
r = lab.run("upgrade", "--package", "hello", *Q)
lab.check("nothing is older than its own archive", r.status == 0 and b"none" in r.out, r)
publish(one, "1.0-2", 8)
for ask in (("--package", "hello"), ("--package", "hello", "--fixed", "1.0-2")):
    r = lab.run("upgrade", *ask, *Q)
    lab.check("only the image of that distro is planned: %s" % (ask,), r.status == 4 and b"/one:1" in r.out
              and b"/two:1" not in r.out, r)
r = lab.run("upgrade", "--package", "hello", "--fixed", "9.0-2", *Q)
lab.fails("a fix that no archive has", r, 6, "9.0-1", "9.0-2")
lab.works("apply", lab.run("upgrade", "--package", "hello", "--apply", *Q))
for ask in (("--package", "hello"), ("--package", "hello", "--fixed", "1.0-2"), ("--package", "hello", "--fixed", "9.0-1")):
    r = lab.run("upgrade", *ask, *Q)
    lab.check("then none: %s" % (ask,), r.status == 0 and b"none" in r.out, r)

# A package that only an image of somebody else holds: said, and nothing else.
fine = tar(dir_entry("var/"), dir_entry("var/lib/"), dir_entry("var/lib/dpkg/"), entry("var/lib/dpkg/status",
           b"Package: foreign\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"))
conf = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [
    "sha256:" + hashlib.sha256(fine).hexdigest()]}}).encode()
with open(lab.path("image.tar"), "wb") as f:
    f.write(tar(entry("l.tar", fine), entry("c.json", conf), entry("manifest.json", json.dumps(
        [{"Config": "c.json", "RepoTags": ["x:1"], "Layers": ["l.tar"]}]).encode())))
lab.works("scan", lab.run("scan", "docker-archive:" + lab.path("image.tar"), "--register", "their/x:1", *Q))
r = lab.run("upgrade", "--package", "foreign", *Q)
lab.check("somebody else's package", r.status == 0 and b"none" in r.out, r)
r = lab.run("upgrade", "--package", "foreign", "--fixed", "2", *Q)
lab.check("somebody else's package, with its fix", r.status == 0 and b"their/x:1" in r.out, r)
lab.fails("nobody's package", lab.run("upgrade", "--package", "nobodys", *Q), 6, "nobodys")
lab.done()
