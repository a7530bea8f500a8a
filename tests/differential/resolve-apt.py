#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=600 needs=apt-get args="$BUILD/tests/differential/resolve-tool --sample 10"
# plimsoll-test: all name=all timeout=1800 needs=apt-get args="$BUILD/tests/differential/resolve-tool --all"
"""Our resolver against apt, on the archive of the machine's apt sources.

usage: resolve-apt.py RESOLVE_TOOL [--arch ARCH]... [--all | --sample N] [--index DIR]

apt runs in a throw-away root with an empty status file and without Recommends; the sets of
name=version must be equal. One difference is meant: of `usrmerge | usr-is-merged` we take the
second. Where apt took usrmerge it is asked again with usr-is-merged among the roots.
--index DIR keeps apt's lists and the unpacked Packages files there for another run.
Exit status: 0 equal, 1 different, 77 the archive cannot be read (skipped).
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SIX = ["nginx", "python3 python3-flask", "openjdk-17-jre-headless", "postgresql-15",
       "redis-server", "ca-certificates curl"]
SUITES = ["bookworm", "bookworm-updates", "bookworm-security"]
INST = re.compile(r"^Inst (\S+) \((\S+) ", re.M)


class Apt:
    def __init__(self, root, arch):
        for d in ("state/lists/partial", "cache/archives/partial", "etc/preferences.d",
                  "etc/apt.conf.d"):
            os.makedirs(os.path.join(root, d), exist_ok=True)
        open(os.path.join(root, "status"), "w").close()
        self.root, self.arch = root, arch
        conf = os.path.join(root, "apt.conf")
        with open(conf, "w") as f:
            f.write(f'''#clear Dir::Etc;
Dir::State "{root}/state"; Dir::Cache "{root}/cache"; Dir::State::status "{root}/status";
Dir::Etc "/etc/apt"; Dir::Etc::preferencesparts "{root}/etc/preferences.d";
Dir::Etc::preferences "{root}/none"; Dir::Etc::parts "{root}/etc/apt.conf.d";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
APT::Architecture "{arch}"; APT::Architectures {{ "{arch}"; }};
APT::Install-Recommends "0"; APT::Get::List-Cleanup "0"; Debug::NoLocking "1";
Acquire::Languages "none"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "0";
APT::Sandbox::User "root"; APT::Update::Error-Mode "any";
''')
        self.env = dict(os.environ, APT_CONFIG=conf, LC_ALL="C")

    def run(self, *args, check=True):
        return subprocess.run(args, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=check)

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


def sources(root):
    """Only Debian's own archive: another one would offer apt packages that we do not read."""
    lists = os.path.join(root, "sources.list.d")
    os.makedirs(lists, exist_ok=True)
    for directory in ("/etc/apt", "/etc/apt/sources.list.d"):
        for name in sorted(os.listdir(directory)):
            if name in ("sources.list", "debian.list", "debian.sources"):
                shutil.copy(os.path.join(directory, name), lists)
    if os.path.exists(os.path.join(lists, "sources.list")):
        os.rename(os.path.join(lists, "sources.list"), os.path.join(lists, "main.list"))
    return lists


def compare(tool, arch, sets, root):
    apt = Apt(root, arch)
    with open(os.path.join(root, "apt.conf"), "a") as f:
        f.write(f'Dir::Etc::sourcelist "{root}/none"; Dir::Etc::sourceparts "{sources(root)}";\n')
    if not os.path.exists(os.path.join(root, "Packages.0")):
        got = apt.run("apt-get", "update", "-q", check=False)
        if got.returncode:
            print(f"{arch}: skipped, apt cannot read the archive: {got.stderr.strip()[:300]}")
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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tool")
    p.add_argument("--arch", action="append")
    p.add_argument("--all", action="store_true")
    p.add_argument("--sample", type=int, default=10)
    p.add_argument("--index")
    a = p.parse_args()
    with open(os.path.join(HERE, "roots.txt")) as f:
        roots = f.read().split()
    sets = SIX + (roots if a.all else roots[::max(1, len(roots) // a.sample)])
    worst = 0
    for arch in a.arch or ["amd64", "arm64"]:
        root = os.path.join(a.index, arch) if a.index else tempfile.mkdtemp(prefix="resolve-apt.")
        try:
            worst = max(worst, compare(a.tool, arch, sets, os.path.abspath(root)))
        finally:
            if not a.index:
                shutil.rmtree(root)
    return worst


if __name__ == "__main__":
    sys.exit(main())
