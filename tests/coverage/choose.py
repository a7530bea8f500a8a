#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chooses the packages of servers-SUITE.txt: what servers install beside the surveyed roots. README.md has the rule.

usage: choose.py [--apt DIRECTORY] [--write] [SUITE...]

Reads apt's indexes of main for amd64 (Packages and Contents), in the archive of the machine's apt sources, and prints the
chosen names, or with --write writes the files. --apt keeps what apt read there for another run. The same indexes give
the same lists.
"""
import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../functional"))
from harness.apt import Apt  # noqa: E402

SUITES = ("bookworm", "trixie")
# How many of each kind; the sections that it is looked for in.
KINDS = {
    "service": (100, "httpd database mail net web news comm python perl ruby java php javascript"),
    "system": (40, "admin utils misc"),
    "tool": (60, "admin net utils database web mail shells text vcs devel httpd"),
    "language": (60, "python perl ruby java php javascript interpreters"),
    "library": (40, "libs"),
}
TARGET = "Acquire::IndexTargets::deb::Contents-deb::"
OPTIONS = ["-o", TARGET + "MetaKey=$(COMPONENT)/Contents-$(ARCHITECTURE)", "-o", TARGET + "ShortDescription=Contents",
           "-o", TARGET + "Description=$(RELEASE)/$(COMPONENT) Contents"]
UNIT = re.compile(r"(etc/init\.d/|(usr/)?lib/systemd/system/[^/]+\.(service|socket)$)")
COMMAND = re.compile(r"(usr/)?s?bin/[^/]+$")
# What runs on a desktop, in a kernel, on one machine's hardware, or is for building other packages.
DESKTOP = re.compile(r"(libgtk|libqt|qml-|libx11-|libgl1|libegl|libwayland|libsdl|xserver|x11-|gnome|kde|plasma|libkf|pipewire|"
                     r"pulseaudio|libasound|libdrm|libpolkit|udisks|modemmanager|bluez|cups|libusb|libinput|wpasupplicant|network-manager|"
                     r"dconf|fcitx|geoclue|upower|rtkit|xdg-|libjack|libnotify|libatk|libdbusmenu)")
# debtags of such packages.
TAGGED = re.compile(r"(hardware::|interface::(graphical|x11)|uitoolkit::(gtk|qt)|admin::(kernel|power-management|boot)|use::gameplaying)")
NAME = re.compile(r"(-dev|-doc|-docs|-dbg|-dbgsym|-data|-common|-l10n|-locales?|-examples|-tests?|-udeb|-headers|-source|-dkms|"
                  r"-all|-full|-desktop|-gtk\d?|-gui|-qt\d?)$|^(linux-|gcc-|g\+\+-|cpp-|task-|education-|debian-|dh-|"
                  r"firmware-|grub|live-|cloud-|lib.*-perl-.*|fonts?-)|cross|-mips|-arm64-|-gnueabi|desktop")


class Index(Apt):
    def target(self, name):
        """The text of an index of the suite itself."""
        out = self.run("apt-get", *OPTIONS, "indextargets", "--format", "$(CREATED_BY)|$(RELEASE)|$(FILENAME)").stdout
        for line in out.splitlines():
            by, release, path = line.split("|", 2)
            if by == name and release == self.suite:
                return self.run("/usr/lib/apt/apt-helper", *OPTIONS, "cat-file", path).stdout
        raise RuntimeError("apt has no %s of %s" % (name, self.suite))

    def read(self):
        why = self.read_archive()
        if why:
            sys.exit("choose: " + why)
        # Not every suite has Contents; that the suite itself has is seen when they are read.
        self.run("apt-get", *OPTIONS, "update", "-q", check=False)


class Package:
    def __init__(self, text):
        field = dict(re.findall(r"^([A-Z][A-Za-z-]+): (.*)$", text, re.M))
        self.name = field["Package"]
        self.source = field.get("Source", self.name).split()[0]
        self.section = field.get("Section", "").split("/")[-1]
        self.essential = field.get("Essential") == "yes"
        self.tags = re.search(r"^Tag: (.*(\n .*)*)", text, re.M)
        self.tags = self.tags.group(1) if self.tags else ""
        self.size = int(field.get("Installed-Size", 0))
        self.needs = names(field.get("Pre-Depends", "") + "," + field.get("Depends", ""))
        self.wants = self.needs | names(field.get("Recommends", "") + "," + field.get("Suggests", ""))
        self.unit = self.command = False


def names(relations):
    return set(re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]+)", relations))


def read_packages(index):
    packages = {}
    for text in index.target("Packages").split("\n\n"):
        if text.strip():
            p = Package(text)
            packages[p.name] = p
    for line in index.target("Contents-deb").splitlines():
        path, _, owners = line.rpartition(" ")
        path = path.strip()
        unit, command = UNIT.match(path), COMMAND.match(path)
        if not unit and not command:
            continue
        for owner in owners.split(","):
            p = packages.get(owner.rpartition("/")[2])
            if p:
                p.unit, p.command = p.unit or bool(unit), p.command or bool(command)
    return packages


def popularity(packages):
    """name -> how many other source packages name it in their relations."""
    by = collections.defaultdict(set)
    for p in packages.values():
        for n in p.wants:
            by[n].add(p.source)
    return {n: len(s - {packages[n].source}) for n, s in by.items() if n in packages}


def kind_of(p):
    """The first that it can be."""
    for kind, (_, sections) in KINDS.items():
        if p.section in sections.split() and (p.unit if kind in ("service", "system") else kind != "tool" or p.command):
            return kind
    return None


def on_desktop(p, packages):
    """It, or what it needs directly, is of a desktop or of hardware."""
    return bool(DESKTOP.match(p.name) or TAGGED.search(p.tags)) or any(
        DESKTOP.match(n) or (n in packages and packages[n].section in ("x11", "gnome", "kde", "sound", "graphics", "games"))
        for n in p.needs)


def choose(packages, surveyed):
    named = popularity(packages)
    taken = {packages[r].source for r in surveyed if r in packages} | {"linux", "systemd"}
    # Of a source the package that most others name.
    best = {}
    for p in packages.values():
        kind = kind_of(p)
        if (not kind or p.source in taken or p.essential or NAME.search(p.name) or on_desktop(p, packages)
                or p.size > 300000):
            continue
        # One with a unit stands for its source before its tools and libraries do.
        rank = (not p.unit, -named.get(p.name, 0), "network::server" not in p.tags, p.name)
        if p.source not in best or rank < best[p.source][0]:
            best[p.source] = (rank, kind)
    chosen = []
    for kind, (count, _) in KINDS.items():
        chosen += sorted(rank for rank, k in best.values() if k == kind)[:count]
    return sorted(rank[-1] for rank in chosen)


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--apt")
    a.add_argument("--write", action="store_true")
    a.add_argument("suite", nargs="*", default=SUITES)
    o = a.parse_args()
    with open(os.path.join(HERE, "roots.txt"), encoding="utf-8") as f:
        surveyed = f.read().split()
    for suite in o.suite:
        with tempfile.TemporaryDirectory(prefix="choose-") as scratch:
            root = os.path.join(os.path.abspath(o.apt), suite) if o.apt else scratch
            index = Index(root, "amd64", suite)
            if not o.apt or not os.path.exists(index.sources):
                index.read()
            text = "\n".join(choose(read_packages(index), surveyed)) + "\n"
        if o.write:
            with open(os.path.join(HERE, "servers-%s.txt" % suite), "w", encoding="utf-8") as f:
                f.write(text)
        else:
            sys.stdout.write(text)


if __name__ == "__main__":
    main()
