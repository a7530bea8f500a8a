#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=400 serial
"""The most memory that the program, built for use, takes: below 200 MB for a build with cold caches of the
largest sets, below 100 MB for a scan of what came out."""
import os
import sys

from harness.cache import new_store
from harness.checks import check, directory, main, need, say
from harness.fleets import built_sets
from harness.program import RELEASE, Program

BUILD_BAR, SCAN_BAR = 200, 100

# wait4 in a process of its own: RUSAGE_CHILDREN is then this one program's peak.
MEASURE = ("import os,resource,subprocess,sys\n"
           "rc=subprocess.run(sys.argv[2:],stdout=subprocess.DEVNULL).returncode\n"
           "open(sys.argv[1],'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))\n"
           "sys.exit(rc)\n")


def peak(program, *args):
    """Peak resident memory in MB."""
    note = os.path.join(directory("peak-"), "kib")
    measured = Program(program.fleet, program.store, program.db, program.binary,
                       prefix=[sys.executable, "-c", MEASURE, note])
    measured.run(*args, "--quiet")
    with open(note) as f:
        return int(f.read()) * 1024 / 1e6


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
