#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""A distro of several archives, each with a key of its own, and of several addresses: which one gives what, and what is said
where none does."""
import os
import shutil

from harness.archive import Archive, Package
from harness.checks import check, directory, main, need, same, write
from harness.program import Program
from harness.slow import Slow

BASE = "image: base\ndistro: two\npackages: [libone, vendor]\n"
STALL = ("--stall", "1s", "--quiet")


def fleet(sources):
    text = "platforms: [linux/amd64]\ndistros:\n  two:\n    sources:\n"
    return text + "".join("      - {suites: [%s], mirror: [%s], signed_by: %s}\n" % s for s in sources)


def copy_of(archive):
    """Another address of the same archive as it is now."""
    other = Archive()
    shutil.rmtree(other.root)
    shutil.copytree(archive.root, other.root)
    return other


def locked(p):
    with open(p.fleet + "/plimsoll.lock", encoding="utf-8") as f:
        return f.read()


def test():
    debian, vendor = Archive(), Archive()
    debian.publish("stable", [Package("libone", "1.0-1")])
    behind = copy_of(debian)
    debian.publish("stable", [Package("libone", "1.0-2")])
    vendor.publish("tools", [Package("vendor", "3.0-1", "libone")])
    os.makedirs(directory("fleet-") + "/keys", exist_ok=True)
    top = directory("sources-")
    write(top + "/images/base.yaml", BASE)
    shutil.copytree(os.path.dirname(vendor.key), top + "/keys", ignore=lambda d, names: [n for n in names if n != "key.gpg"])
    p = Program(top)

    def given(debian_mirrors, vendor_mirrors=vendor.url, vendor_key="keys/key.gpg"):
        write(top + "/fleet.yaml", fleet([("stable", debian_mirrors, debian.key), ("tools", vendor_mirrors, vendor_key)]))

    # Two archives, two keys.
    given(debian.url)
    p.run("lock", *STALL)
    check("1.0-2" in locked(p) and "3.0-1" in locked(p), "packages of both archives", locked(p))
    p.run("build", *STALL)
    good = locked(p)
    given(debian.url, vendor_key=debian.key)
    a = p.run("lock", *STALL, status=5)
    check("tools" in a.err and vendor.url in a.err, "a key is that of its source alone", a.err)

    # Addresses of one archive: down, silent, lacking files, behind, in the hands of somebody else.
    silent = Slow(0, mode="silent")
    stranger = Archive()
    stranger.publish("stable", [Package("libone", "9.0-1")])
    bare = copy_of(debian)
    shutil.rmtree(bare.root + "/pool")
    for name, url in (("down", "http://127.0.0.1:9"), ("silent", "http://" + silent.host), ("behind", behind.url),
                      ("signed by somebody else", stranger.url), ("without its pool", bare.url)):
        given("%s, %s" % (url, debian.url))
        fresh = Program(top)
        if name != "behind":  # who never saw the newer one cannot know
            os.remove(top + "/plimsoll.lock")
        a = fresh.run("lock", *STALL, timeout=60)
        same(locked(p), good, "the lock with a first address that is " + name)
        fresh.run("build", *STALL)
    # A source names what is another archive's: said, and what to write.
    write(top + "/fleet.yaml", fleet([("stable, tools", debian.url, debian.key)]))
    a = p.run("lock", *STALL, status=6)
    check("suite tools" in a.err and "a source of its own (sources: in the distro)" in a.err, "the hint", a.err)
    same(locked(p), good, "the lock after all that")


need("gpg", "gpgv")
main(test)
