#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300
"""One encoder, one output: deflate_digests.c built by whatever compilers there are, plainly and for this very
processor, for 32 bits, and for the other byte order (which qemu's user mode runs), each held to the same digests."""
import glob
import os
import shutil
import subprocess

from harness.checks import check, directory, main, need, say

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SOURCES = (sorted(glob.glob(ROOT + "/src/io/deflate*.c")) +
           [ROOT + "/src/base/macros.c", ROOT + "/tests/functional/deflate_digests.c"])
FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-I" + ROOT + "/src", "-static",
         "-include", ROOT + "/src/base/banned.h"]
# A compiler, what it gets, what runs its programs: "32" and "big" are in its last line where that is the point.
MACHINES = [
    (["gcc", "-O0"], [], ""), (["gcc", "-O3", "-march=native"], [], ""), (["clang", "-O2"], [], ""),
    (["gcc", "-O2", "-m32"], [], "32 bits"), (["i686-linux-gnu-gcc", "-O2"], [], "32 bits"),
    (["arm-linux-gnueabihf-gcc", "-O2"], ["qemu-arm-static", "qemu-arm"], "32 bits"),
    (["s390x-linux-gnu-gcc", "-O2"], ["qemu-s390x-static", "qemu-s390x"], "big endian"),
]


def can_build(compiler, place):
    """Whether it is there with a C library for that machine: gcc alone takes -m32 without one."""
    if not shutil.which(compiler[0]):
        return False
    empty = os.path.join(place, "empty.c")
    with open(empty, "w", encoding="utf-8") as f:
        f.write("#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n")
    return subprocess.run([*compiler, "-static", empty, "-o", empty + ".out"], capture_output=True,
                          check=False).returncode == 0


def test():
    at, asked = directory("deflate-"), 0
    for compiler, runners, point in MACHINES:
        runner = next((r for r in runners if shutil.which(r)), None)
        if (runners and not runner) or not can_build(compiler, at):
            say("not here: " + " ".join(compiler + runners[:1]))
            continue
        program = os.path.join(at, "digests")
        subprocess.run([*compiler, *FLAGS, *SOURCES, "-o", program], check=True)
        ran = subprocess.run([*([runner] if runner else []), program], capture_output=True, text=True, check=False)
        check(ran.returncode == 0, " ".join(compiler) + ": other bytes", ran.stdout, ran.stderr)
        check(point in ran.stdout, " ".join(compiler) + " builds for " + point, ran.stdout)
        say("%s: %s" % (" ".join(compiler), ran.stdout.splitlines()[-1]))
        asked += 1
    check(asked > 0, "no compiler here builds a program")


if __name__ == "__main__":
    need()
    main(test)
