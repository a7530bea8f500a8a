#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: all name=bookworm timeout=7200 needs=apt-get args="$BUILD/tests/differential/shell-tool bookworm"
# plimsoll-test: all name=trixie timeout=7200 needs=apt-get args="$BUILD/tests/differential/shell-tool trixie"
"""Parses every maintainer script of a suite's main, for the machine's architecture.

usage: parse_archive.py [--sample N] SHELL_TOOL SUITE

Of each .deb only the beginning is fetched, which holds its control archive (deb(5)). Scripts of other interpreters are counted and passed
over. Lists what is not parsed, with line and column; fails when that is more than one script in a thousand. --sample: each Nth package.
"""
import argparse
import collections
import concurrent.futures
import io
import lzma
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../functional"))
from harness.apt import Apt, machine_arch  # noqa: E402
from harness.checks import skip  # noqa: E402

SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")
BEGINNING = 32 << 10  # bytes: most control archives are smaller
LARGEST = 16 << 20
SHELL = re.compile(rb"#!\s*(/usr)?/bin/(sh|dash|bash)\b")


def packages(apt, sample):
    """Addresses of all packages of main, as apt has them."""
    out = apt.run("apt-cache", "dumpavail").stdout
    names = sorted(set(re.findall(r"^Package: (\S+)$", out, re.M)))[::sample]
    result = []
    for i in range(0, len(names), 500):
        p = apt.run("apt-get", "download", "--print-uris", *names[i:i + 500], check=False)
        result += re.findall(r"^'(\S+)' ", p.stdout, re.M)
    return sorted(set(result))


def read_range(url, size):
    request = urllib.request.Request(url, headers={"Range": "bytes=0-%d" % (size - 1)})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read(size)


def control_of(url):
    """The control archive's files, name -> bytes."""
    data = read_range(url, BEGINNING)
    if data[:8] != b"!<arch>\n":
        raise ValueError("is no .deb")
    at = 8
    while True:
        name, size = data[at:at + 16].decode().strip().rstrip("/"), int(data[at + 48:at + 58])
        if name.startswith("control.tar"):
            break
        at += 60 + size + size % 2
    end = at + 60 + size
    if end > LARGEST:
        raise ValueError("its control archive is too large")
    if end > len(data):
        data = read_range(url, end)
    body = data[at + 60:end]
    if name.endswith(".xz"):
        body = lzma.decompress(body)
    elif name.endswith(".gz"):
        body = zlib.decompress(body, 31)
    elif name.endswith(".zst"):
        body = subprocess.run(["zstd", "-dc"], input=body, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {m.name.removeprefix("./"): tar.extractfile(m).read() for m in tar if m.isfile()}


class Survey:
    def __init__(self, tool, directory):
        self.tool, self.dir, self.lock = tool, directory, threading.Lock()
        self.counts, self.waiting, self.not_parsed, self.failed = collections.Counter(), [], [], []

    def package(self, url):
        try:
            files = control_of(url)
        except (OSError, ValueError, urllib.error.URLError, lzma.LZMAError, zlib.error, tarfile.TarError) as e:
            with self.lock:
                self.failed.append("%s: %s" % (url.rpartition("/")[2], e))
            return
        with self.lock:
            self.counts["packages"] += 1
            for name in SCRIPTS:
                if name in files:
                    self.counts["shell" if SHELL.match(files[name]) else "other interpreters"] += 1
                    if SHELL.match(files[name]):
                        self.keep(url.rpartition("/")[2].split("_")[0] + "." + name, files[name])

    def keep(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(text)
        self.waiting.append(path)
        if len(self.waiting) == 500:
            self.parse()

    def parse(self):
        p = subprocess.run([self.tool, "--parse", *self.waiting], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        self.not_parsed += [line.replace(self.dir + "/", "") for line in p.stderr.splitlines() if line.strip()]
        if p.returncode not in (0, 2):
            self.not_parsed.append("the parser ended with %d" % p.returncode)
        for path in self.waiting:
            os.unlink(path)
        self.waiting = []


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--sample", type=int, default=1)
    a.add_argument("tool")
    a.add_argument("suite")
    o = a.parse_args()
    with tempfile.TemporaryDirectory(prefix="parse-archive.") as directory:
        apt = Apt(directory + "/apt", machine_arch(), o.suite)
        why = apt.read_archive()
        if why:
            skip(why)
        urls = [u for u in packages(apt, o.sample) if u.startswith("http")]
        if not urls:
            skip("the archive is not read over HTTP")
        os.makedirs(directory + "/scripts")
        survey = Survey(os.path.abspath(o.tool), directory + "/scripts")
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(survey.package, urls))
        survey.parse()
    print("%s: %d of %d packages read; %d scripts of a shell, %d of other interpreters; %d not parsed"
          % (o.suite, survey.counts["packages"], len(urls), survey.counts["shell"], survey.counts["other interpreters"],
             len(survey.not_parsed)))
    for line in sorted(survey.not_parsed):
        print("  " + line)
    for line in sorted(survey.failed)[:20]:
        print("  not read: " + line)
    few = max(2, len(urls) // 1000)
    sys.exit(1 if len(survey.not_parsed) * 1000 > survey.counts["shell"] or len(survey.failed) > few else 0)


main()
