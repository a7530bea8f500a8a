#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=30 needs=readelf
"""The released program is hardened as meson.build asks: read from the file, since flags may be dropped in silence."""
import os
import platform
import re
import subprocess

from harness.checks import check, main, need

need("readelf")
PROGRAM = os.environ.get("PLIMSOLL_RELEASE") or os.environ["PLIMSOLL"]
# How a function begins, or ends, that an indirect jump or a forged return address cannot use.
BRANCHES = {"x86_64": b"\xf3\x0f\x1e\xfa", "aarch64": b"\x3f\x23\x03\xd5"}  # endbr64; paciasp


def read(*options):
    return subprocess.run(["readelf", "-W", *options, PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout


def test_position():
    check(re.search(r"Type: +DYN", read("-h")) and re.search(r"Flags:.* PIE", read("-d")), "position-independent")


def test_segments():
    text = read("-l")
    check(re.search(r"GNU_RELRO", text), "relocations are read-only", text)
    check(re.search(r"FLAGS.*BIND_NOW", read("-d")), "and are made at the start")
    check(re.search(r"GNU_STACK .* RW +0x", text), "the stack is not executable", text)
    loaded = re.findall(r"^ +LOAD .* ([R ][W ][E ]) 0x\w+$", text, re.M)
    check("R E" in loaded and "RWE" not in loaded, "nothing is both written and executed", text)
    beside = re.search(r"^ +\d+ +(.*\.text.*)$", text, re.M)[1].split()
    check(".rodata" not in beside and ".dynsym" not in beside, "code is in a segment of its own", text)


def test_checks():
    names = set(re.findall(r"\b(__stack_chk_fail|__\w+_chk)\b", read("--dyn-syms")))
    check("__stack_chk_fail" in names, "stacks are guarded", names)
    # Of __builtin_dynamic_object_size, which level 3 has: sizes known at run time only.
    check({"__memcpy_chk", "__snprintf_chk"} <= names, "calls of the C library are checked", names)


def test_branches():
    mark = BRANCHES.get(platform.machine())
    if not mark:
        return
    with open(PROGRAM, "rb") as f:
        count = f.read().count(mark)
    functions = len(re.findall(r" FUNC +(?:GLOBAL|LOCAL) +\w+ +\d+ ", read("-s")))
    check(count > 200, "functions begin with a mark for indirect branches", "%d marks, %d functions" % (count, functions))


def test_all():
    test_position()
    test_segments()
    test_checks()
    test_branches()


main(test_all)
