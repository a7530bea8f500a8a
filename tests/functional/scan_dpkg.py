#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""This machine's own package database, made layers by tar, scanned: dpkg-query is the oracle.
Usage: scan_dpkg.py SCAN_TAR"""
import os, shutil, subprocess, sys, tempfile

SCAN = sys.argv[1]
if not shutil.which("dpkg-query") or not os.path.exists("/var/lib/dpkg/status"):
    sys.exit(77)  # not a Debian machine
FORMAT = r"${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\t${db:Status-Status}\n"


def run(*args):
    return subprocess.run(args, check=True, capture_output=True, text=True)


def query(admindir):
    out = run("dpkg-query", "--admindir=" + admindir, "-W", "-f", FORMAT).stdout
    return sorted(tuple(line.split("\t")[:5]) for line in out.splitlines()
                  if line.split("\t")[5] not in ("not-installed", "config-files"))


def scan(*tars):
    p = run(SCAN, *tars)
    rows = [tuple(line.split("\t")) for line in p.stdout.splitlines()]
    return rows, p.stderr


with tempfile.TemporaryDirectory() as d:
    root = d + "/root"
    os.makedirs(root + "/var/lib/dpkg/updates")
    os.makedirs(root + "/etc")
    shutil.copy("/var/lib/dpkg/status", root + "/var/lib/dpkg/status")
    shutil.copy("/etc/os-release", root + "/etc/os-release")
    run("tar", "-C", root, "-czf", d + "/one.tar.gz", ".")
    want = query(root + "/var/lib/dpkg")
    rows, note = scan(d + "/one.tar.gz")
    assert len(want) > 50 and sorted(r[:5] for r in rows) == want, "one layer differs from dpkg-query"
    assert note.startswith("status "), note
    assert {r[5] for r in rows} == {"0"}

    # A second layer: one version raised, one package purged to its configuration, one whole.
    text = open(root + "/var/lib/dpkg/status").read().split("\n\n")
    first = {r[0] for r in rows}
    for i, t in enumerate(text):
        if t.startswith("Package: tar\n"):
            text[i] = "\n".join("Version: 99:1" if x.startswith("Version: ") else x for x in t.split("\n"))
        if t.startswith("Package: gzip\n"):
            text[i] = t.replace("install ok installed", "deinstall ok config-files")
    os.rename(root + "/var/lib/dpkg/status", root + "/var/lib/dpkg/status-old")
    open(root + "/var/lib/dpkg/status", "w").write("\n\n".join(text))
    for form in ("pax", "gnu", "ustar"):
        run("tar", "-C", root, "--format=" + form, "-cf", d + "/two.tar", "var")
        rows, _ = scan(d + "/one.tar.gz", d + "/two.tar")
        assert sorted(r[:5] for r in rows) == query(root + "/var/lib/dpkg"), form
        assert [r[0] for r in rows if r[5] == "1"] == ["tar"], "layers"
        assert "gzip" in first and "gzip" not in {r[0] for r in rows}

    # The same packages as distroless images and ours keep them.
    os.makedirs(root + "/d/var/lib/dpkg/status.d")
    for t in open(root + "/var/lib/dpkg/status-old").read().strip().split("\n\n"):
        f = dict(x.split(": ", 1) for x in t.split("\n") if x[:1] not in " \t" and ": " in x)
        if f["Status"].split()[2] in ("not-installed", "config-files"):
            continue
        name = f["Package"] + ":" + f["Architecture"] if f.get("Multi-Arch") == "same" else f["Package"]
        with open(root + "/d/var/lib/dpkg/status.d/" + name, "w") as out:
            out.write("\n".join(x for x in t.split("\n") if not x.startswith("Status:")) + "\n")
        with open(root + "/d/var/lib/dpkg/status.d/" + name + ".md5sums", "w") as out:
            out.write("0" * 32 + "  usr/bin/x\n")
    run("tar", "-C", root + "/d", "--zstd" if shutil.which("zstd") else "-z", "-cf", d + "/three.tar", ".")
    rows, note = scan(d + "/three.tar")
    assert sorted(r[:5] for r in rows) == want, "status.d differs from dpkg-query"
    assert note.startswith("status.d "), note

    # Cut and damaged archives are refused.
    data = open(d + "/two.tar", "rb").read()
    open(d + "/cut.tar", "wb").write(data[: len(data) // 2])
    p = subprocess.run([SCAN, d + "/cut.tar"], capture_output=True, text=True)
    assert p.returncode == 1 and "cut.tar" in p.stderr and not p.stdout, p.stderr
print("ok", len(want), "packages")
