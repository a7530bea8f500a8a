#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=400 serial
"""The most memory that the program, built for use, takes: below 200 MB for a build with cold caches of the
largest sets, below 100 MB for a scan of what came out."""
from harness.cache import new_store
from harness.checks import check, main, need, say
from harness.fleets import built_sets
from harness.program import RELEASE, Program, peak

BUILD_BAR, SCAN_BAR = 200, 100


def test():
    fleet, built = built_sets()
    for image in ("java", "flask"):
        p = Program(fleet, new_store(), binary=RELEASE)
        used = peak(p, "build", image, "--offline")
        say("cold build of %s: %.1f MB at most" % (image, used))
        check(1 < used < BUILD_BAR, "peak memory of a cold build of %s in MB, bar %d" % (image, BUILD_BAR), used)
        one = peak(p, "build", image, "--offline", "--jobs", "8")
        check(one < BUILD_BAR, "peak memory of a build with nothing to do", one)
    p = Program(fleet, new_store(), binary=RELEASE)
    used = peak(p, "build", "java", "--offline", "--jobs", "8")
    say("cold build of java by eight threads: %.1f MB at most" % used)
    check(used < BUILD_BAR, "peak memory of a cold build of java by eight threads in MB, bar %d" % BUILD_BAR, used)
    p = Program(fleet, built, binary=RELEASE)
    for image in ("java", "postgres"):
        used = peak(p, "scan", "oci:%s:registry.example.org/sets/%s:bookworm" % (built, image))
        say("scan of %s: %.1f MB at most" % (image, used))
        check(1 < used < SCAN_BAR, "peak memory of a scan of %s in MB, bar %d" % (image, SCAN_BAR), used)


if __name__ == "__main__":
    need("gpgv")
    main(test)
