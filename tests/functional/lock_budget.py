#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv serial
"""Archives that are signed and hostile: indexes that would fill the memory, dependencies that nobody can solve. Each
ends soon with an error that names the place, below 256 MB, and no lock is written."""
import os
import time

from harness.archive import Archive
from harness.checks import check, directory, main, need, say, write
from harness.program import RELEASE, Program, peak

BAR, SECONDS = 256, 60  # of a machine that does other things too: alone it is seconds


def stanza(name, fields="", version="1"):
    return ("Package: %s\nVersion: %s\nArchitecture: amd64\nFilename: p\nSize: 1\nSHA256: %064d\n%s\n"
            % (name, version, 0, fields))


def fleet(archive, components, wanted):
    p = Program(directory("fleet-"), binary=RELEASE)
    text = archive.fleet_yaml("oci:registry", ["stable"], "linux/amd64")
    write(p.fleet + "/fleet.yaml", text.replace("[main]", "[%s]" % ", ".join(components)))
    write(p.fleet + "/images/web.yaml", "image: web\ndistro: judge\npackages: [%s]\n" % wanted)
    return p


def refused(archive, what, texts, says, wanted="aa"):
    archive.sign_indexes("stable", {"%s/binary-amd64" % c: text for c, text in texts.items()})
    p = fleet(archive, texts, wanted)
    start = time.monotonic()
    used = peak(p, "lock", status=1, says=says)
    seconds = time.monotonic() - start
    say("%s: %.1f MB, %.1f s" % (what, used, seconds))
    check(used < BAR, "peak memory in MB of %s, bar %d" % (what, BAR), used)
    check(seconds < SECONDS, "seconds of " + what, seconds)
    check(not os.path.exists(p.fleet + "/plimsoll.lock"), "no lock is written")


def pigeons(n):
    """n of them need a hole each, and there is one hole too few: no short way to see it."""
    text = stanza("aa", "Depends: %s\n" % ", ".join("p%d" % i for i in range(n)))
    for i in range(n):
        text += stanza("p%d" % i, "Depends: %s\n" % " | ".join("p%dh%d" % (i, h) for h in range(n - 1)))
        for h in range(n - 1):
            others = ", ".join("p%dh%d" % (k, h) for k in range(n) if k != i)
            text += stanza("p%dh%d" % (i, h), "Conflicts: %s\n" % others)
    return text


def test():
    archive = Archive()
    archive.url = "file:" + archive.root
    takes = "with it the lock's indexes take more than 96 MiB of memory"
    refused(archive, "very many packages", {"main": "".join(stanza("a%d" % i) for i in range(350000))},
            "stable main amd64: " + takes)
    refused(archive, "many components", {"c%d" % c: "".join(stanza("a%d-%d" % (c, i)) for i in range(60000)) for c in range(6)},
            "binary-amd64/Packages.xz: stable c")
    provides = "Provides: %s\n" % ", ".join("v%d" % k for k in range(300))
    refused(archive, "very many provided names", {"main": "".join(stanza("a%d" % i, provides) for i in range(6000))},
            "package a", wanted="v1")
    refused(archive, "an endless paragraph", {"main": stanza("aa", "Description: " + "x" * (5 << 20) + "\n")},
            "stable main amd64:1: a paragraph of more than 4194304 bytes")
    refused(archive, "a puzzle", {"main": pigeons(12)}, "web.yaml:1: web (linux/amd64): gave up after")
    needed = stanza("aa", "Depends: %s\n" % ", ".join("d%d" % i for i in range(2000)))
    needed += "".join(stanza("d%d" % i, "Depends: vv (= %d)\n" % i) for i in range(2000))
    needed += "".join(stanza("z%d" % i, "Provides: vv (= %d)\n" % (i % 2000)) for i in range(20000))
    refused(archive, "a crowd of providers", {"main": needed}, "gave up after")


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
