#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""Images without base-passwd and base-files: the numbers that every Debian system knows have their names, passwords
are for root and shadow, what a package ships below /var/run stays there, and nothing says which Debian it is."""
import io
import json
import tarfile

from harness.archive import Archive, Package
from harness.checks import check, directory, main, need, same, write
from harness.debs import Dir, File
from harness.program import Program

POSTINST = """#!/bin/sh
set -e
if [ "$1" = configure ]; then
	chgrp shadow /etc/pid.secret
	chgrp staff /usr/local/share/pid
	adduser --system --group --no-create-home --quiet pidder
fi
"""
FILES = {"var/run/pid": Dir(), "var/run/pid/list": File("x"), "var/lock/pid": Dir(), "usr/bin/pid": File("#!/x", 0o755),
         "etc/pid.secret": File("x", 0o640), "usr/local/share/pid": Dir(0o2775)}


def tree_of(p, image):
    """path -> tar entry, and the texts of files below /etc, of an image without whiteouts."""
    path = directory("export-") + "/image.tar"
    p.run("export", image, "docker-archive:" + path, "--platform", "linux/amd64")
    entries, texts = {}, {}
    with tarfile.open(path) as outer:
        for layer in json.load(outer.extractfile("manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=io.BytesIO(outer.extractfile(layer).read())) as inner:
                for e in inner:
                    entries[e.name.rstrip("/")] = e
                    if e.isfile() and e.name.startswith("etc/"):
                        texts[e.name] = inner.extractfile(e).read().decode()
    return entries, texts


def lines(text):
    return {line.split(":")[0]: line.split(":")[2] for line in text.splitlines()}


def test():
    archive = Archive()
    archive.publish("stable", [Package("pid", "1", "adduser", files=FILES, scripts={"postinst": POSTINST}),
                               Package("adduser", "3", files={"usr/sbin/adduser": File("#!/usr/bin/perl", 0o755)})])
    fleet = directory("fleet-")
    write(fleet + "/fleet.yaml", archive.fleet_yaml("registry.example.org/bare", ["stable"]))
    write(fleet + "/images/bare.yaml", "image: bare\ndistro: judge\npackages: [pid]\n"
                                       "accounts: [{user: app, uid: 10000}]\n")
    p = Program(fleet)
    p.lock()
    built = p.json("build")
    same([w["kind"] for w in built["warnings"] if w["platform"] == "linux/amd64" and w["kind"] == "no-os-release"],
         ["no-os-release"], "an image that does not say what it is")
    entries, texts = tree_of(p, "bare")
    groups, users = lines(texts["etc/group"]), lines(texts["etc/passwd"])
    same((groups["shadow"], groups["staff"], groups["root"]), ("42", "50", "0"), "numbers of every Debian system")
    same((users["root"], users["www-data"], users["app"]), ("0", "33", "10000"), "users of every Debian system")
    check("pidder" in users and "pidder" in groups, "the package's account", texts)
    for name in ("etc/shadow", "etc/gshadow", "etc/pid.secret"):
        e = entries[name]
        same((e.mode, e.uid, e.gid), (0o640, 0, 42), name)
    same(entries["usr/local/share/pid"].gid, 50, "a directory of staff")
    named = set(groups.values()), set(users.values())
    for e in entries.values():
        check(str(e.gid) in named[0] and str(e.uid) in named[1], "an owner that no file names", e.name, e.uid, e.gid)
    check(entries["var/run"].isdir() and "var/run/pid/list" in entries and "var/lock/pid" in entries,
          "what is shipped below /var/run", sorted(entries))
    check("etc/os-release" not in entries and "usr/lib/os-release" not in entries, "nothing is made up", sorted(entries))


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
