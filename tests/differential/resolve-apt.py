#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=600 needs=apt-get args="$BUILD/tests/differential/resolve-tool --sample 10"
# plimsoll-test: all name=all timeout=1800 needs=apt-get args="$BUILD/tests/differential/resolve-tool --all"
"""Our resolver against apt, on bookworm in the archive of the machine's apt sources.

usage: resolve-apt.py RESOLVE_TOOL [--arch ARCH]... [--all | --sample N] [--index DIR]

apt runs in a throw-away root with an empty status file and without Recommends; the sets of
name=version must be equal. One difference is meant: of `usrmerge | usr-is-merged` we take the
second. Where apt took usrmerge it is asked again with usr-is-merged among the roots.
--index DIR keeps apt's lists and the unpacked Packages files there for another run.
The archive is found in what apt reads, whatever the files are called and however they are written;
where only another release is named, bookworm is asked of the same mirrors.
Exit status: 0 equal, 1 different, 77 the archive cannot be read (skipped).
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../functional"))
from harness.apt import Apt, SUITES  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SIX = ["nginx", "python3 python3-flask", "openjdk-17-jre-headless", "postgresql-15",
       "redis-server", "ca-certificates curl"]
# The order decides here: gunicorn takes python3-typing-extensions only where django has not brought it.
ORDERED = ["python3-django gunicorn", "gunicorn python3-django"]
INST = re.compile(r"^Inst (\S+) \((\S+) ", re.M)


class Resolver(Apt):
    def packages_files(self):
        fields = "$(SUITE)|$(FILENAME)|$(RELEASE)|$(COMPONENT)|$(ARCHITECTURE)"
        out = self.run("apt-get", "indextargets", "--format", fields,
                       "Created-By: Packages").stdout
        files = {}
        for line in out.split("\n"):
            part = line.split("|")
            if len(part) == 5 and part[2] in SUITES and part[3] == "main" and part[4] == self.arch:
                files[part[2]] = part[1]
        if sorted(files) != sorted(SUITES):
            raise RuntimeError("apt has no indexes of " + " ".join(SUITES))
        return [files[s] for s in SUITES]

    def unpack(self):
        result = []
        for i, name in enumerate(self.packages_files()):
            to = os.path.join(self.root, f"Packages.{i}")
            if not os.path.exists(to):
                with open(to + ".part", "wb") as f:
                    subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", name], env=self.env,
                                   stdout=f, check=True)
                os.rename(to + ".part", to)
            result.append(to)
        return result

    def solve(self, roots):
        r = self.run("apt-get", "install", "-s", *roots, check=False)
        if r.returncode:
            return None
        return {f"{n.split(':')[0]}={v}" for n, v in INST.findall(r.stdout)}


def compare(tool, arch, sets, root):
    apt = Resolver(root, arch)
    if not os.path.exists(os.path.join(root, "Packages.0")):
        why = apt.read_archive()
        if why:
            print(f"{arch}: skipped, {why}")
            return 77
    files = apt.unpack()
    ours = subprocess.run([tool, arch, *files], input="\n".join(sets) + "\n", text=True,
                          stdout=subprocess.PIPE, check=True).stdout.split("\n")
    bad = merged = 0
    for line, mine in zip(sets, ours):
        roots = line.split()
        theirs = apt.solve(roots)
        if theirs and any(p.startswith("usrmerge=") for p in theirs):
            theirs = apt.solve(roots + ["usr-is-merged"])
            merged += 1
        mine = None if mine.startswith("!") else set(mine.split())
        if mine != theirs:
            bad += 1
            print(f"{arch}: {line}: only we: {' '.join(sorted((mine or set()) - (theirs or set())))}"
                  f"; only apt: {' '.join(sorted((theirs or set()) - (mine or set())))}"
                  f"{'; we failed' if mine is None else ''}{'; apt failed' if theirs is None else ''}")
    print(f"{arch}: {len(sets) - bad} of {len(sets)} equal ({merged} with usr-is-merged)")
    return 1 if bad else 0


def in_any_order(roots, n):
    """n sets, each in an order of its own and in the opposite one: what comes first decides for the rest."""
    rng, result = random.Random(7), []
    for _ in range(n):
        some = rng.sample(roots, rng.choice([2, 3, 4, 8]))
        result += [" ".join(some), " ".join(reversed(some))]
    return result


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tool")
    p.add_argument("--arch", action="append")
    p.add_argument("--all", action="store_true")
    p.add_argument("--sample", type=int, default=10)
    p.add_argument("--index")
    a = p.parse_args()
    with open(os.path.join(HERE, "../coverage/roots.txt")) as f:
        roots = f.read().split()
    sets = SIX + ORDERED + (roots if a.all else roots[::max(1, len(roots) // a.sample)])
    sets += in_any_order(roots, 60 if a.all else max(1, a.sample // 3))
    codes = []
    for arch in a.arch or ["amd64", "arm64"]:
        root = os.path.join(a.index, arch) if a.index else tempfile.mkdtemp(prefix="resolve-apt.")
        try:
            codes.append(compare(a.tool, arch, sets, os.path.abspath(root)))
        finally:
            if not a.index:
                shutil.rmtree(root)
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
