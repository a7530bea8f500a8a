#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much of Debian builds: one image for each name of a list, locked and built.

usage: coverage.py [--program PLIMSOLL] [--work DIRECTORY] [--json FILE] [--suite SUITE]... [--arch ARCH]...
                   [--list roots|servers]... [--sample N] [NAME...]

NAMEs in place of lists: just those. --sample N: about N of each list, evenly spread.

An image has base-files, tzdata, ca-certificates and that package. Each is built by itself, so that one that is refused
hides no other; what is locked together are CHUNK of them, or each alone where that fails. A package that apt cannot install in the
suite either (asked with the same packages) counts neither way. Packages are kept in DIRECTORY/store for another run; built layers are not.

Prints a table and what is refused, most frequent reason first; the JSON has a row for each suite, architecture and list:
{"suite", "architecture", "list", "asked", "installable", "builds", "refused": [{"name", "why"}], "not_installable": [{"name", "why"}]}.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(HERE, "../functional"))
from harness.apt import Apt, suites_of  # noqa: E402

WITH = ["base-files", "tzdata", "ca-certificates"]
CHUNK = 20
SUITES, ARCHES, LISTS = ("bookworm", "trixie"), ("amd64", "arm64"), ("roots", "servers")
TIMEOUT = 900


def read_list(what, suite):
    name = "roots.txt" if what == "roots" else "servers-%s.txt" % suite
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return f.read().split()


def sample_of(names, n):
    return names[::max(1, len(names) // n)] if n else names


class Fleet:
    """An image for each name, as root-N: not every package's name can be an image's."""

    def __init__(self, program, directory, store, suite, arch, names):
        self.program, self.dir, self.names = program, directory, names
        self.env = dict(os.environ, PLIMSOLL_STORE=store, PLIMSOLL_DB=directory + "/inventory.db")
        os.makedirs(directory + "/images")
        self.write("fleet.yaml", "registry: registry.example.org/coverage\nplatforms: [linux/%s]\ndistros:\n"
                                 "  %s: {suites: [%s], components: [main]}\n" % (arch, suite, ", ".join(suites_of(suite))))
        for i, name in enumerate(names):
            packages = ", ".join(dict.fromkeys(WITH + [name]))
            self.write("images/%d.yaml" % i, "image: root-%d\ndistro: %s\npackages: [%s]\n" % (i, suite, packages))

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def run(self, *args):
        """None, or why not."""
        try:
            p = subprocess.run([self.program, *args, "--quiet"], cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False,
                               timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return "took longer than %d s" % TIMEOUT
        if p.returncode == 0:
            return None
        said = [line for line in p.stderr.splitlines() if line.strip() and not line.startswith("warning: ")]
        return self.plain("\n".join(said)) or "status %d" % p.returncode

    def plain(self, text):
        """Without the image's place and name, and what to write, so that the same reason is the same text."""
        text = re.sub(r"^plimsoll: ", "", text, flags=re.M)
        text = re.sub(r"images/\d+\.yaml:\d+(:\d+)?: ", "", text)
        text = re.sub(r"(; plimsoll recipe learn \S+ --write may|; if the image can do without it, write|\n? *\d+ maintainer scripts are not|\n? *- \{package:).*", "", text)
        return re.sub(r"\broot-\d+\b( \(linux/\w+\))?:? ?", "", text).strip()


class Survey:
    """A suite on an architecture."""

    def __init__(self, program, work, suite, arch):
        self.program, self.suite, self.arch = program, suite, arch
        self.store = os.path.join(work, "store")
        self.apt = Apt(os.path.join(work, "apt-%s-%s" % (suite, arch)), arch, suite)
        why = self.apt.read_archive()
        if why:
            sys.exit("coverage: " + why)

    def apt_refuses(self, name):
        """What apt says when it cannot install the image's packages, else None."""
        p = self.apt.run("apt-get", "-q", "-s", "install", *WITH, name, check=False)
        if p.returncode == 0:
            return None
        lines = [line for line in (p.stdout + p.stderr).splitlines() if re.match(r"E: | .* : ", line)]
        return " ".join(lines[0].split()) if lines else "apt-get ends with %d" % p.returncode

    def forget_layers(self):
        """A package's fragment is kept, and layers and images are made again if they are asked for."""
        shutil.rmtree(os.path.join(self.store, "blobs"), ignore_errors=True)
        for name in ("index.json", "records/fleet"):
            path = os.path.join(self.store, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)

    def measure(self, names):
        """name -> None, or why it is refused."""
        with tempfile.TemporaryDirectory(prefix="coverage-") as scratch:
            fleet = Fleet(self.program, scratch, self.store, self.suite, self.arch, names)
            why = fleet.run("lock")
            if why and len(names) > 1:
                found = {}
                for name in names:
                    found.update(self.measure([name]))
                return found
            found = {name: why or fleet.run("build", "root-%d" % i) for i, name in enumerate(names)}
            self.forget_layers()
            return found

    def row(self, what, names, progress):
        found, begin = {}, time.monotonic()
        for i in range(0, len(names), CHUNK):
            found.update(self.measure(names[i:i + CHUNK]))
            progress("%s %s %s: %d of %d, %.0f s" % (self.suite, self.arch, what, len(found), len(names),
                                                     time.monotonic() - begin))
        refused, impossible = [], []
        for name in names:
            if found[name]:
                apt = self.apt_refuses(name)
                (impossible if apt else refused).append({"name": name, "why": apt or found[name]})
        return {"suite": self.suite, "architecture": self.arch, "list": what, "asked": len(names),
                "installable": len(names) - len(impossible), "builds": len(names) - len(impossible) - len(refused),
                "refused": refused, "not_installable": impossible}


def print_rows(rows):
    print("%-9s %-6s %-8s %6s %12s %7s %8s" % ("suite", "arch", "list", "asked", "installable", "builds", "refused"))
    for r in rows:
        print("%-9s %-6s %-8s %6d %12d %7d %8d" % (r["suite"], r["architecture"], r["list"], r["asked"], r["installable"],
                                                   r["builds"], len(r["refused"])))


def print_reasons(rows):
    """Each reason once, with who was refused for it."""
    by = collections.defaultdict(set)
    for r in rows:
        for x in r["refused"]:
            by[x["why"]].add(x["name"])
    for why, names in sorted(by.items(), key=lambda item: (-len(item[1]), item[0])):
        print("\n%d: %s\n    %s" % (len(names), " ".join(sorted(names)), why.replace("\n", "\n    ")[:1500]))


def survey(program, work, suites=SUITES, arches=ARCHES, lists=LISTS, sample=0, names=(), progress=lambda text: None):
    """The rows; names: only these, instead of the lists."""
    os.makedirs(os.path.join(work, "store"), exist_ok=True)
    rows = []
    for suite in suites:
        for arch in arches:
            s = Survey(os.path.abspath(program), os.path.abspath(work), suite, arch)
            if names:
                rows.append(s.row("named", list(names), progress))
            else:
                rows += [s.row(what, sample_of(read_list(what, suite), sample), progress) for what in lists]
    return rows


def main():
    build = os.path.join(SOURCE, "build")
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--program", default=os.path.join(build, "src/plimsoll"))
    a.add_argument("--work", default=os.path.join(build, "coverage"))
    a.add_argument("--json", default=os.path.join(build, "coverage.json"))
    a.add_argument("--suite", action="append", choices=SUITES)
    a.add_argument("--arch", action="append", choices=ARCHES)
    a.add_argument("--list", action="append", choices=LISTS)
    a.add_argument("--sample", type=int, default=0)
    a.add_argument("name", nargs="*")
    o = a.parse_args()
    rows = survey(o.program, o.work, o.suite or SUITES, o.arch or ARCHES, o.list or LISTS, o.sample, o.name,
                  lambda text: print(text, file=sys.stderr, flush=True))
    with open(o.json, "w", encoding="utf-8") as f:
        json.dump(rows, f, indent=1)
        f.write("\n")
    print_rows(rows)
    print_reasons(rows)


if __name__ == "__main__":
    main()
