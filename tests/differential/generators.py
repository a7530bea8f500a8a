#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=600 needs=mmdebstrap args="$BUILD/tests/differential/generate"
"""The native generators against what Debian's own tools made, byte for byte.

    generators.py GENERATE [ROOT]

GENERATE is the program of generate.c. ROOT is an installed Debian tree (bookworm or newer); without
one, mmdebstrap installs a small one from the machine's apt sources. Exit status 77: skipped.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../functional"))
from harness.apt import Apt, machine_arch  # noqa: E402
from harness.checks import skip  # noqa: E402

PACKAGES = "ca-certificates,redis-server,libpam-runtime"
EPOCH_DAY = 1700000000 // 86400
CERTS = "etc/ssl/certs"
failures = []


def install(directory):
    if not shutil.which("mmdebstrap"):
        skip("mmdebstrap is not installed, so there is no real tree to compare with")
    tar = directory / "root.tar"
    apt = Apt(str(directory / "apt"), machine_arch())
    why = apt.read_archive()
    if why:
        skip(why)
    apt.mmdebstrap(str(tar), "--variant=minbase", f"--include={PACKAGES}")
    root = directory / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "--exclude=./dev", "--exclude=./proc", "-xf", tar], check=True)
    tar.unlink()
    return root


class Bench:
    """A copy of the real tree (of hard links) from which generated things are taken out."""

    def __init__(self, program, real, copy):
        self.program, self.real, self.copy = program, real, copy
        subprocess.run(["cp", "-al", real, copy], check=True)
        self.arch = "amd64"
        for line in (real / "var/lib/dpkg/status").read_text().splitlines():
            if line.startswith("Architecture: ") and not line.endswith(" all"):
                self.arch = line.split()[1]
                break

    def remove(self, *paths):
        for path in paths:
            (self.copy / path).unlink(missing_ok=True)

    def run(self, generator, args, how, path):
        done = subprocess.run([self.program, self.copy, self.arch, generator, *args, "--", how, path],
                              capture_output=True)
        if done.returncode:
            return b"failed: " + done.stderr
        return done.stdout

    def compare(self, what, ours, theirs):
        print(("ok   " if ours == theirs else "FAIL ") + what)
        if ours != theirs:
            failures.append(what)
            for mine, real in zip(ours.splitlines(), theirs.splitlines()):
                if mine != real:
                    print(f"  ours: {mine[:200]!r}\n  real: {real[:200]!r}")
                    break
            else:
                print(f"  ours has {len(ours)} bytes, the real one {len(theirs)}")

    def compare_file(self, generator, args, path, change=lambda b: b):
        self.compare(f"{generator}: /{path}", self.run(generator, args, "cat", path),
                     change((self.real / path).read_bytes()))

    def links(self, generator, args, path):
        out = self.run(generator, args, "ls", path).decode()
        return {m[1]: m[2] for m in re.finditer(r"^(.*) 777 \d+:\d+ -> (.*)$", out, re.M)}


def real_links(directory):
    return {p.name: os.readlink(p) for p in directory.iterdir() if p.is_symlink()}


def ld_so_cache(b):
    b.remove("etc/ld.so.cache")
    b.compare_file("ld.so.cache", [], "etc/ld.so.cache")


def ca_certificates(b):
    b.remove("etc/ca-certificates.conf", CERTS + "/ca-certificates.crt")
    for p in list((b.copy / CERTS).iterdir()):
        if p.is_symlink():
            p.unlink()
    for path in ("etc/ca-certificates.conf", CERTS + "/ca-certificates.crt"):
        b.compare_file("ca-certificates", [], path)
    b.compare("ca-certificates: links and hash links",
              repr(sorted(b.links("ca-certificates", [], CERTS).items())).encode(),
              repr(sorted(real_links(b.real / CERTS).items())).encode())


def java_keystore(b):
    store = b.real / CERTS / "java/cacerts"
    if not store.is_file():
        print("SKIP java-keystore: the tree has no Java")
        return
    for name, target in real_links(b.real / CERTS).items():
        b.remove(f"{CERTS}/{name}")
        (b.copy / CERTS / name).symlink_to(target)
    b.remove(CERTS + "/java/cacerts")

    def parts(data):
        """Everything but the dates and the checksum over them."""
        at, out = 12, [data[:12]]
        for _ in range(int.from_bytes(data[8:12], "big")):
            name = 6 + int.from_bytes(data[at + 4:at + 6], "big")
            size = int.from_bytes(data[at + name + 15:at + name + 19], "big")
            out += [data[at:at + name], data[at + name + 8:at + name + 19 + size]]
            at += name + 19 + size
        return b"\n".join(out)

    b.compare("java-keystore: entries in order",
              parts(b.run("java-keystore", [], "cat", CERTS + "/java/cacerts")),
              parts(store.read_bytes()))


def accounts(b):
    def rows(path):
        return [line.split(":") for line in (b.real / path).read_text().splitlines()]

    masters = "usr/share/base-passwd/"
    known = {kind: {r[0] for r in rows(f"{masters}{kind}.master")} for kind in ("passwd", "group")}
    groups = {r[2]: r[0] for r in rows("etc/group")}
    args = [f"group:{r[0]}:{r[2]}" for r in rows("etc/group") if r[0] not in known["group"]]
    for name, _, uid, gid, gecos, home, shell in rows("etc/passwd"):
        if name not in known["passwd"]:
            also = [r[0] for r in rows("etc/group") if name in r[3].split(",")]
            args.append(":".join(["user", name, uid, groups[gid], home, shell, gecos, *also[:1]]))
    b.remove("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow")
    for name in ("passwd", "group", "gshadow"):
        b.compare_file("accounts", args, "etc/" + name)
    b.compare_file("accounts", args, "etc/shadow",
                   lambda s: re.sub(rb"(?m)^([^:]*:[^:]*):\d+:", rb"\1:%d:" % EPOCH_DAY, s))


def pam(b):
    for name in ("auth", "account", "password", "session", "session-noninteractive"):
        b.remove("etc/pam.d/common-" + name)
        b.compare_file("pam", [], "etc/pam.d/common-" + name)


def alternatives(b):
    """dpkg's database has every alternative; the links are made from it again."""
    args, links = [], []
    for group in sorted((b.real / "var/lib/dpkg/alternatives").iterdir()):
        lines = group.read_text().split("\n")
        link, at = lines[1], 2
        slaves = []
        while lines[at]:
            slaves.append((lines[at], lines[at + 1]))
            at += 2
        links += [link] + [s[1] for s in slaves]
        at += 1
        while at < len(lines) and lines[at]:
            path, priority = lines[at], lines[at + 1]
            own = zip(slaves, lines[at + 2:at + 2 + len(slaves)])
            more = [f"{n}:{l}:{p}" for (n, l), p in own if p]
            args.append(":".join(["alternative", group.name, link, path, priority, *more]))
            at += 2 + len(slaves)
    for p in list((b.copy / "etc/alternatives").iterdir()):
        if p.is_symlink():
            p.unlink()
    directories = {"etc/alternatives"}
    for link in links:
        b.remove(link[1:])
        if (b.real / link[1:]).is_symlink():
            directories.add(os.path.dirname(link[1:]))
    for directory in sorted(directories):
        b.compare(f"alternatives: links in /{directory}",
                  repr(sorted(b.links("alternatives", args, directory).items())).encode(),
                  repr(sorted(real_links(b.real / directory).items())).encode())


def made_up(directory):
    """An empty tree with a C library's package, for what real trees do not have."""
    status = directory / "made-up/var/lib/dpkg"
    status.mkdir(parents=True)
    version = subprocess.run(["ldconfig", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"Debian GLIBC (\S+)\)", version)
    (status / "status").write_text("Package: libc-bin\nArchitecture: amd64\nVersion: "
                                   f"{found[1] if found else '0-0'}\n")
    return directory / "made-up" if found and os.uname().machine == "x86_64" else None


def odd_libraries(program, directory):
    """Directories of ld.so.conf, hwcaps, links of every kind: ldconfig -r beside ours."""
    root = made_up(directory)
    if not root or not shutil.which("gcc"):
        print("SKIP odd libraries: needs gcc and Debian's ldconfig on amd64")
        return
    lib, opt = root / "usr/lib/x86_64-linux-gnu", root / "opt/odd"
    for d in (lib / "glibc-hwcaps/x86-64-v2", lib / "glibc-hwcaps/x86-64-v3",
              lib / "glibc-hwcaps/.hidden", lib / "glibc-hwcaps/empty", opt, root / "etc/conf"):
        d.mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")

    def build(path, soname=None, bits="-m64"):
        more = [f"-Wl,-soname,{soname}"] if soname else []
        subprocess.run(["gcc", bits, "-shared", "-nostdlib", "-x", "c", "/dev/null", *more, "-o",
                        path], check=True)

    for version in ("1.2", "1.10", "1.9.9"):
        build(lib / f"libmany.so.{version}", "libmany.so.1")
    build(lib / "libplain.so")
    build(lib / "libfile.so.2", "libfile.so.2")
    build(opt / "libfile.so.2", "libfile.so.2")
    build(lib / "libc0.so.010", "libc0.so.010")
    build(opt / "libc0.so.10", "libc0.so.10")
    build(opt / "libnames-a_b+c.so.0.0", "libnames-a_b+c.so.0")
    for v in ("x86-64-v2", "x86-64-v3", ".hidden"):
        build(lib / "glibc-hwcaps" / v / "libmany.so.1.11", "libmany.so.1")
    (lib / "libmany.so").symlink_to("libmany.so.1.2")
    (lib / "libfile.so").symlink_to("libfile.so.2")
    (lib / "libother.so.7").symlink_to("libplain.so")
    (lib / "libaway.so.2").symlink_to("/opt/odd/libfile.so.2")
    (opt / "libstale.so.1").symlink_to("nothing")
    (opt / "libstale.so").symlink_to("nothing")
    (opt / "libdir.so.1").symlink_to("/etc")
    (opt / "libtext.so").write_text("INPUT(libplain.so)")
    (opt / "libshort.so.1").write_bytes(b"\x7fELF")
    (opt / "libmany.so-gdb.py").write_text("")
    (root / "etc/ld.so.conf").write_text("# one\ninclude conf/*.conf\n/opt/odd//  # two\n/none\n")
    (root / "etc/conf/b.conf").write_text("/usr/local/lib\n")
    (root / "etc/conf/a.conf").write_text("/lib/x86_64-linux-gnu\n")
    b = Bench(program, root, directory / "made-up-copy")
    subprocess.run(["ldconfig", "-r", root], check=True, capture_output=True)
    for d in (lib, opt):
        path = str(d.relative_to(root))
        b.compare(f"odd libraries: links in /{path}",
                  repr(sorted(b.links("ld.so.cache", [], path).items())).encode(),
                  repr(sorted(real_links(d).items())).encode())
    b.compare_file("ld.so.cache", [], "etc/ld.so.cache")


def equal_names(program, directory):
    """Certificates of one name, copies and lists of two: openssl rehash beside ours."""
    if not shutil.which("openssl"):
        print("SKIP certificates of one name: needs openssl")
        return
    root = directory / "names"
    share, certs = root / "usr/local/share/ca-certificates", root / CERTS
    for d in (share, certs, root / "var/lib/dpkg"):
        d.mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text("Package: x\nArchitecture: amd64\nVersion: 1\n")
    for name, subject in (("b", "/CN=One  Name"), ("a", "/CN=one name"), ("c", "/CN=ONE NAME"),
                          ("d", "/C=DE/O=Caf\u00e9/CN=Other"), ("Z", "/CN=one NAME")):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj", subject, "-keyout",
                        "/dev/null", "-out", share / f"{name}.crt"], check=True,
                       capture_output=True)
    shutil.copy(share / "a.crt", share / "copy.crt")
    (share / "two.crt").write_text((share / "a.crt").read_text() + (share / "d.crt").read_text())
    b = Bench(program, root, directory / "names-copy")
    for crt in share.iterdir():
        (certs / f"{crt.stem}.pem").symlink_to(f"../../../usr/local/share/ca-certificates/{crt.name}")
    subprocess.run(["openssl", "rehash", certs], capture_output=True)
    def hashes(links):
        return repr(sorted(i for i in links.items() if not i[0].endswith(".pem"))).encode()
    b.compare("certificates of one name: hash links",
              hashes(b.links("ca-certificates", [], CERTS)), hashes(real_links(certs)))


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as directory:
        directory = pathlib.Path(directory)
        root = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else install(directory)
        if len(sys.argv) > 2:  # hard links need one file system
            directory = pathlib.Path(tempfile.mkdtemp(dir=root.parent))
        try:
            bench = Bench(sys.argv[1], root, directory / "copy")
            for check in (ld_so_cache, ca_certificates, java_keystore, accounts, pam, alternatives):
                check(bench)
            odd_libraries(sys.argv[1], directory)
            equal_names(sys.argv[1], directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
