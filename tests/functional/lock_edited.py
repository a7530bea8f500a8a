#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""A lock that somebody edited: what a package itself says stands against the entry, and build refuses it with the
image, the package and what to do, with a warm store and a cold one; the lock's verdicts are no gate. Against an
archive made and signed here."""
import copy
import json

from harness.archive import Archive, Package
from harness.checks import directory, main, need, same, write
from harness.program import Program

POSTINST = "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then\n\tfrobnicate --all\nfi\n"
LOCK = "/plimsoll.lock"


def lines(lock):
    """As the program writes it: canonical enough for the reader, who takes any JSON."""
    return json.dumps(lock)


class Fleet:
    def __init__(self, archive):
        self.archive = archive
        self.warm = Program(directory("fleet-"))
        write(self.warm.fleet + "/fleet.yaml", archive.fleet_yaml("oci:registry", ["stable"], "linux/amd64"))

    def define(self, name, *more):
        write("%s/images/%s.yaml" % (self.warm.fleet, name), "image: %s\n%s" % (name, "".join(x + "\n" for x in more)))

    def lock(self):
        self.warm.run("lock")
        with open(self.warm.fleet + LOCK) as f:
            return json.load(f)

    def edited(self, lock, change):
        """The lock with one thing changed."""
        other = copy.deepcopy(lock)
        change({p["name"]: p for p in other["distros"]["judge"]["packages"]}, other)
        write(self.warm.fleet + LOCK, lines(other))

    def refused(self, what, *words):
        """By the store that has built the true lock, and by one that has nothing."""
        for p in (self.warm, Program(self.warm.fleet)):
            err = p.run("build", status=1).err
            for word in words:
                assert word in err, (what, word, err)


def set_to(package, key, value):
    def change(packages, _):
        packages[package][key] = value
    return change


def test():
    archive = Archive()
    fleet = Fleet(archive)
    archive.publish("stable", [
        Package("odd", "1.0", "plain", source="oddities (1.0-1)", architecture="all", scripts={"postinst": POSTINST}),
        Package("plain", "2.0", architecture="all"),
        Package("other", "3.0", architecture="all")])
    fleet.define("web", "distro: judge", "packages: [odd]")
    lock = fleet.lock()

    # The script that nobody accounts for: no word in the lock lets it pass.
    here = ("images/web.yaml:1: web: ", "postinst of odd 1.0", "run plimsoll lock")
    for word in ("none", "interpreted", "covered", "ignorable", "deferred"):
        def verdict(packages, _, word=word):
            packages["odd"]["scripts"][0]["verdict"] = word
        fleet.edited(lock, verdict)
        fleet.refused(word, *here[:2], "odd.postinst: 4: frobnicate: not found",
                      "acknowledge: {package: odd, script: postinst, sha256:")

    def no_scripts(packages, _):
        del packages["odd"]["scripts"]
    fleet.edited(lock, no_scripts)
    fleet.refused("no scripts", *here)

    def another_hash(packages, _):
        packages["odd"]["scripts"][0]["sha256"] = "sha256:" + "0" * 64
    fleet.edited(lock, another_hash)
    fleet.refused("another hash", *here)

    def more_scripts(packages, _):
        packages["plain"]["scripts"] = packages["odd"]["scripts"]

    # Acknowledged, it is built; from then on the warm store has a record of the image.
    digest = lock["distros"]["judge"]["packages"][0]["scripts"][0]["sha256"]
    fleet.define("web", "distro: judge", "packages: [odd]", "acknowledge:",
                 '  - {package: odd, script: postinst, sha256: "%s", reason: "tunes a kernel"}' % digest)
    lock = fleet.lock()
    built = fleet.warm.digests()
    # What the lock says of a script that is acknowledged, or its reason, is no gate and changes no byte.
    for key, value in (("verdict", "covered"), ("verdict", "unknown"), ("reason", "because")):
        def said(packages, _, key=key, value=value):
            packages["odd"]["scripts"][0][key] = value
        fleet.edited(lock, said)
        same(fleet.warm.digests(), built, "the image of a lock with another " + key)
    for name, change in (("another hash", another_hash), ("no scripts", no_scripts)):
        fleet.edited(lock, change)
        fleet.refused(name + ", acknowledged", *here)
    fleet.edited(lock, more_scripts)
    fleet.refused("one too many", "web: ", "postinst of plain 2.0", "run plimsoll lock")

    # What the package says of itself.
    for key, value, word in (("version", "1.1", "Version: 1.0"), ("architecture", "amd64", "Architecture: all"),
                             ("source", "plain", "Source: oddities"), ("source_version", "9", "1.0-1")):
        def entry(packages, whole, key=key, value=value):
            packages["odd"][key] = value
            for i in whole["images"]:
                i["packages"] = [value.join(r.rsplit("1.0", 1)) if key == "version" and r.startswith("odd") else
                                 value.join(r.rsplit("all", 1)) if key == "architecture" and r.startswith("odd") else r
                                 for r in i["packages"]]
        fleet.edited(lock, entry)
        fleet.refused(key, "images/web.yaml:1: web: ", "odd ", word, "run plimsoll lock")

    # Bytes of another package under this one's name: as signed as they are, they are not this package.
    fleet.define("all", "distro: judge", "packages: [other]")
    lock = fleet.lock()

    def swapped(packages, _):
        for key in ("sha256", "size", "filename"):
            packages["odd"][key] = packages["other"][key]
    fleet.edited(lock, swapped)
    for p in (fleet.warm, Program(fleet.warm.fleet)):
        err = p.run("build", status=1).err
        assert "images/web.yaml:1: web: " in err and "Package: other" in err and "run plimsoll lock" in err, err

    # One that the others need, taken out; and one that the definition asks for.
    def without(name):
        def change(_, whole):
            for i in whole["images"]:
                i["packages"] = [r for r in i["packages"] if not r.startswith(name)]
        return change
    fleet.edited(lock, without("plain"))
    fleet.refused("a needed one gone", "images/web.yaml:1: web: ", "not all that they need", "odd needs plain", "run plimsoll lock")
    fleet.edited(lock, without("other"))
    fleet.refused("a wanted one gone", "images/all.yaml:1: all: ", "no package 'other' for amd64", "run plimsoll lock")

    # A size that is not the package's: known from the archive where it is not fetched anew.
    fleet.edited(lock, set_to("other", "size", 7))
    err = fleet.warm.run("build", status=1).err
    assert "other 3.0" in err and "not 7" in err and "run plimsoll lock" in err, err
    assert "other_3.0_all.deb" in Program(fleet.warm.fleet).run("build", status=5).err

    # Nothing of all this was left behind.
    write(fleet.warm.fleet + LOCK, lines(lock))
    same(fleet.warm.digests()["web"], built["web"], "the image of the true lock")


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
