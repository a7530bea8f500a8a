#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""`lock --check`: a lock as somebody sent it, held against signed indexes, packages and definitions, on the machine
that locked and on one that knows nothing; and the last InRelease seen, below which no new lock goes. Against an
archive made and signed here, read from its directory: nothing else is asked."""
import copy
import json
import os
import shutil

from harness.archive import Archive, Package
from harness.checks import directory, main, need, same, write
from harness.program import Program

ODD = "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then\n\tfrobnicate --all\nfi\n"
REMOVED = "#!/bin/sh\nset -e\nfrobnicate --none\n"


def odd(version, postinst=ODD):
    return Package("odd", version, "plain", architecture="all", scripts={"postinst": postinst, "prerm": REMOVED})


class Fleet:
    def __init__(self, archive):
        self.archive = archive
        self.warm = Program(directory("fleet-"))
        self.path = self.warm.fleet + "/plimsoll.lock"
        write(self.warm.fleet + "/fleet.yaml", archive.fleet_yaml("oci:registry", ["stable"]))

    def define(self, name, *more):
        write("%s/images/%s.yaml" % (self.warm.fleet, name), "image: %s\n%s" % (name, "".join(x + "\n" for x in more)))

    def lock(self, *args):
        self.warm.run("lock", *args)
        with open(self.path) as f:
            self.now = json.load(f)
        return self.now

    def check(self, status, *words, cold=None, also=()):
        """By the store that locked, and by an empty one; the lock stays as it is."""
        with open(self.path) as f:
            before = f.read()
        for p, wanted in ((self.warm, status), (Program(self.warm.fleet), status if cold is None else cold)):
            a = p.run("lock", "--check", "--offline", *also, status=wanted)
            if wanted == status:
                for word in words:
                    assert word in a.out + a.err, (word, a.out, a.err)
        with open(self.path) as f:
            same(f.read(), before, "the lock after a check")

    def edited(self, change):
        other = copy.deepcopy(self.now)
        change({p["name"]: p for p in other["distros"]["judge"]["packages"]}, other)
        write(self.path, json.dumps(other))


def forge(archive, fleet):
    """A .deb that says what the true one says, in the pool; only no signed index names it."""
    forged = archive.build(Package("plain", "2.0", architecture="all", files={"usr/bin/evil": "evil\n"}), "all")
    fields = dict(line.split(": ", 1) for line in forged.splitlines() if ": " in line)

    def change(packages, _):
        packages["plain"]["sha256"] = "sha256:" + fields["SHA256"]
        packages["plain"]["size"] = int(fields["Size"])
    return change


def entries(archive, fleet):
    fleet.check(0, "1 image on 2 platforms, 2 packages: as signed, and as defined")
    true = archive.root + "/pool/plain_2.0_all.deb"
    shutil.copy(true, archive.dir + "/kept.deb")
    fleet.edited(forge(archive, fleet))
    # The forged package says that it is the true one: only the index tells.
    assert "web" in fleet.warm.run("build").out
    fleet.check(5, "wrong: web: plain 2.0 all: the signed index of stable has it with another sha256", "do not build from it")
    shutil.copy(archive.dir + "/kept.deb", true)
    answer = fleet.warm.run("lock", "--check", "--output", "json", "--offline", status=5)
    found = json.loads(answer.out)["findings"]
    same([(f["kind"], f["images"], f["package"], f["script"]) for f in found], [("wrong", ["web"], "plain", None)], "findings")

    def size(packages, _):
        packages["plain"]["size"] += 1
    fleet.edited(size)
    fleet.check(5, "wrong: web: plain 2.0 all: ", "bytes, not")

    def version(packages, whole):
        packages["plain"]["version"] = packages["plain"]["source_version"] = "1.9"
        for i in whole["images"]:
            i["packages"] = [r.replace("2.0", "1.9") for r in i["packages"]]
    fleet.edited(version)
    fleet.check(5, "wrong: web: plain 1.9 all: no signed index names it", "version 2.0")

    def source(packages, _):
        packages["plain"]["source"] = "other"
    fleet.edited(source)
    fleet.check(5, "wrong: web: plain 2.0 all: ", "from source plain 2.0, not other 2.0")

    def suite(packages, _):
        packages["plain"]["suite"] = "unstable"
    fleet.edited(suite)
    fleet.check(5, "wrong: web: plain 2.0 all: its suite unstable is none of the distro judge")

    def date(_, whole):
        whole["distros"]["judge"]["suites"][0]["date"] -= 1000
    fleet.edited(date)
    fleet.check(5, "wrong: suite stable: the lock has its InRelease of ")

    # The word of the lock about InRelease is not needed where the index of now names all.
    def release(_, whole):
        whole["distros"]["judge"]["suites"][0]["sha256"] = "sha256:" + "0" * 64
    fleet.edited(release)
    fleet.check(0)


def says(script, verdict):
    def change(packages, _):
        for s in packages["odd"]["scripts"]:
            if s["name"] == script:
                s["verdict"] = verdict
    return change


def refused(fleet):
    """A script that nobody accounts for, whatever the lock says of it."""
    fleet.check(0)
    for word in ("none", "interpreted", "covered", "ignorable", "deferred"):
        fleet.edited(says("postinst", word))
        fleet.check(5, "wrong: web: odd 1.0 all, its postinst: the lock says %s of it, this program unknown: package odd: "
                    "postinst ends with status 127: /var/lib/dpkg/info/odd.postinst: 4: frobnicate: not found" % word)
    write(fleet.path, json.dumps(fleet.now))


def scripts(fleet):
    fleet.edited(says("postinst", "covered"))
    fleet.check(4, "outdated: web: odd 1.0 all, its postinst: the lock says covered of it, this program ignorable: not run: "
                "the definition answers for it")
    fleet.edited(says("prerm", "deferred"))
    fleet.check(4, "outdated: web: odd 1.0 all, its prerm: the lock says deferred of it, this program ignorable")

    def none(packages, _):
        del packages["odd"]["scripts"]
    fleet.edited(none)
    fleet.check(5, "its postinst: the package has it, the lock does not")


def definitions(fleet):
    write(fleet.path, json.dumps(fleet.now))
    fleet.define("more", "distro: judge", "packages: [plain]")
    fleet.check(4, "outdated: more: ", "more for linux/amd64 is not in the lock; run plimsoll lock")
    os.remove(fleet.warm.fleet + "/images/more.yaml")
    fleet.define("web", "distro: judge", "packages: [odd, plain]")
    fleet.check(4, "outdated: web: images/web.yaml:1: web has changed since it was locked")
    fleet.define("web", "distro: judge", "packages: [odd]")
    fleet.check(0)


def moved_on(archive, fleet):
    """The archive has newer versions only: the store that locked knows, another one says that it does not."""
    archive.publish("stable", [odd("1.1"), Package("plain", "2.0", architecture="all")])
    os.remove(archive.root + "/pool/odd_1.0_all.deb")
    fleet.check(0, cold=9)
    cold = Program(fleet.warm.fleet).run("lock", "--check", "--offline", status=9)
    assert "not checked: web: odd 1.0 all: no index of stable that names it is to be had" in cold.out, cold.out
    assert "plain" not in cold.out, cold.out
    fleet.edited(forge(archive, fleet))
    fleet.check(5, "wrong: web: plain 2.0 all: ")
    write(fleet.path, json.dumps(fleet.now))
    # A mirror that lies is no reason to say that all is well, or that it could not be asked.
    path = archive.root + "/dists/stable/InRelease"
    with open(path, "rb") as f:
        good = f.read()
    with open(path, "wb") as f:
        f.write(good.replace(b"Origin: Judge", b"Origin: Fudge"))
    fleet.check(0, cold=5)
    with open(path, "wb") as f:
        f.write(good)


def floor(archive, fleet):
    """An InRelease older than the last one seen is refused without any lock; on purpose it may be."""
    newest = [odd("1.1"), Package("plain", "2.0", architecture="all")]
    fleet.lock("--update")
    archive.date -= 10000
    archive.publish("stable", [odd("1.0"), Package("plain", "2.0", architecture="all")])
    words = ("older than the one of", "this mirror is behind", "lock --allow-old")

    def refused(*args):
        err = fleet.warm.run("lock", *args, status=5).err
        for word in words:
            assert word in err, (word, err)
    refused()
    refused("--update")
    os.remove(fleet.path)
    refused()
    # Looking at it for a check moves no floor.
    write(fleet.path, json.dumps(fleet.now))
    fleet.warm.run("lock", "--check", "--offline")
    os.remove(fleet.path)
    refused()
    # Another machine has not seen the newer one; nor has this one at another address.
    Program(fleet.warm.fleet).run("lock")
    os.remove(fleet.path)
    write(fleet.warm.fleet + "/fleet.yaml", archive.fleet_yaml("oci:registry", ["stable"]).replace("file:", "file://"))
    fleet.warm.run("lock")
    os.remove(fleet.path)
    write(fleet.warm.fleet + "/fleet.yaml", archive.fleet_yaml("oci:registry", ["stable"]))
    refused()
    # On purpose: and from then on it is what was seen last.
    fleet.warm.run("lock", "--allow-old")
    with open(fleet.path) as f:
        assert '"1.0"' in f.read()
    fleet.warm.run("lock")
    archive.date += 20000
    archive.publish("stable", newest)
    fleet.warm.run("lock", "--update")
    with open(fleet.path) as f:
        assert '"1.1"' in f.read()


def test():
    archive = Archive()
    archive.url = "file:" + archive.root
    fleet = Fleet(archive)
    archive.publish("stable", [odd("1.0"), Package("plain", "2.0", architecture="all")])
    fleet.define("web", "distro: judge", "packages: [odd]")
    text = fleet.lock()
    refused(fleet)
    digest = [s["sha256"] for s in text["distros"]["judge"]["packages"][0]["scripts"] if s["name"] == "postinst"][0]
    fleet.define("web", "distro: judge", "packages: [odd]", "acknowledge:",
                 '  - {package: odd, script: postinst, sha256: "%s", reason: "tunes a kernel"}' % digest)
    fleet.lock()
    entries(archive, fleet)
    scripts(fleet)
    fleet.define("web", "distro: judge", "packages: [odd]")
    fleet.lock()
    definitions(fleet)
    moved_on(archive, fleet)
    floor(archive, fleet)


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
