#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""Archives that lie, are damaged, or are made to hurt: InRelease, Packages, .debs."""
import gzip
import lzma
import tarfile
import zlib

from harness.lab import *

lab = Lab()
no_network = ("--progress", "none")


def lock(**kw):
    return lab.run("lock", *no_network, **kw)


def lock_text():
    try:
        with open(os.path.join(lab.fleet, "plimsoll.lock"), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


lab.works("a good archive locks", lock())
good_lock = lock_text()
lab.works("and builds", lab.run("build", *no_network))
good = lab.digests()

# --- InRelease: each of these must leave the lock as it is -------------------------------------
other = Signer(tempfile.mkdtemp(dir=lab.dir))


def stranger(signed):
    """Signed by a key that is not in the keyring."""
    text = signed.split(b"\n\n", 1)[1].split(b"-----BEGIN PGP SIGNATURE")[0]
    return other.sign(text)


FUTURE, PAST = "Sat, 01 Aug 2099 10:00:00 UTC", "Sat, 01 Aug 2020 10:00:00 UTC"
releases = {
    "unsigned": (dict(inrelease=lambda s: s.split(b"\n\n", 1)[1].split(b"-----BEGIN PGP SIG")[0]), 5),
    "tampered text": (dict(inrelease=lambda s: s.replace(b"Origin: Debian", b"Origin: Nebian")), 5),
    "tampered hash": (dict(inrelease=lambda s: s.replace(b" main/binary-amd64", b" main/binary-amd65")), 5),
    "signature of a stranger": (dict(inrelease=stranger), 5),
    "signed twice": (dict(inrelease=lambda s: s + s), 5),
    "empty": (dict(inrelease=lambda s: b""), 5),
    "truncated": (dict(inrelease=lambda s: s[:len(s) // 2]), 5),
    "garbage": (dict(inrelease=lambda s: b"\0\xff" * 5000), 5),
    "another suite": (dict(Suite="other", Codename="other"), 5),
    "no suite": (dict(Suite=None, Codename=None), (1, 5)),
    "no date": (dict(Date=None), (1, 5)),
    "bad date": (dict(Date="yesterday \033[31m"), (1, 5)),
    "date of tomorrow's tomorrow": (dict(Date=FUTURE), 5),
    "date going backwards": (dict(Date=PAST), 5),
    "expired": ({"Valid-Until": PAST}, 5),
    "bad Valid-Until": ({"Valid-Until": "never"}, (1, 5)),
    "no hashes": (dict(release=b"Suite: test\nCodename: test\nDate: %s\nMD5Sum:\n d41d8 0 main/x\n"
                       % DATE.encode()), (1, 5, 6)),
    "size of 2^64": (dict(release=b"Suite: test\nCodename: test\nDate: " + DATE.encode() + b"\nSHA256:\n "
                          + b"0" * 64 + b" 18446744073709551616 main/binary-amd64/Packages.xz\n"), (1, 5)),
    "a duplicate field": (dict(release=b"Suite: test\nSuite: test\nDate: " + DATE.encode() + b"\n"), (1, 5)),
    "a NUL": (dict(release=b"Suite: te\0st\nDate: " + DATE.encode() + b"\n"), (1, 5)),
    "twenty megabytes": (dict(inrelease=lambda s: s + b"\n" * (20 << 20)), (1, 5)),
    "path upwards": (dict(release=b"Suite: test\nDate: " + DATE.encode() + b"\nSHA256:\n " + b"0" * 64
                          + b" 10 ../../etc/passwd\n"), (1, 5, 6)),
}
for name, (how, status) in releases.items():
    lab.publish(**how)
    lab.fails("InRelease: " + name, lock(), status)
    lab.check("InRelease: %s: the lock stays" % name, lock_text() == good_lock)

# Text around the signed block is not signed: refused, as apt does.
evil = b"\nSuite: evil\nCodename: evil\nDate: " + FUTURE.encode() + b"\n"
for name, around in (("before", lambda s: evil + s), ("after", lambda s: s + evil)):
    lab.publish(inrelease=around)
    lab.fails("text %s the signed block" % name, lock(), 5, "outside of the signed block")
    lab.check("text %s the signed block is not used" % name, lock_text() == good_lock)

lab.publish()
os.remove(lab.path("archive", "dists", "test", "InRelease"))
lab.fails("no InRelease", lock(), 6, "InRelease")
lab.publish()
lab.write_fleet(mirror="http://mirror.invalid/debian")  # no such name, ever (RFC 6761)
lab.fails("a mirror that is not there", lock(), 8, "mirror.invalid")
lab.write_fleet()
os.rename(lab.keyring, lab.keyring + ".away")
lab.fails("no keyring", lock(), 6, "keyring")
with open(lab.keyring, "wb") as f:
    f.write(b"not a keyring")
lab.fails("a keyring of garbage", lock(), 5)
os.replace(lab.keyring + ".away", lab.keyring)

# --- Packages ------------------------------------------------------------------------------------
base, hello = lab.debs


def paragraph(**fields):
    d = Deb("hello", depends="base-files")
    d.overrides = fields
    return (base.paragraph() + "\n" + d.paragraph()).encode()


packages = {
    "truncated xz": (dict(packages_xz=lzma.compress(paragraph())[:-20]), (1, 5)),
    "not xz at all": (dict(packages_xz=b"hello"), (1, 5)),
    "empty xz": (dict(packages_xz=b""), (1, 5)),
    "xz of something else": (dict(packages_xz=lzma.compress(b"Package: x\n")), (1, 5)),
    "binary": (dict(packages=b"\0\1\2\3" * 1000), 1),
    "a line without a colon": (dict(packages=b"Package hello\n"), 1),
    "no version": (dict(packages=b"Package: hello\nArchitecture: all\n"), 1),
    "size not a number": (dict(packages=paragraph(Size="-1")), 1),
    "size of 2^64": (dict(packages=paragraph(Size="18446744073709551616")), 1),
    "size of 2^63": (dict(packages=paragraph(Size=str(1 << 63))), (1, 5)),
    "hash too short": (dict(packages=paragraph(SHA256="abcd")), 1),
    "hash missing": (dict(packages=paragraph(SHA256="")), 1),
    "path upwards": (dict(packages=paragraph(Filename="../../../../etc/passwd")), 1),
    "absolute path": (dict(packages=paragraph(Filename="/etc/passwd")), 1),
    "path with an escape": (dict(packages=paragraph(Filename="pool/\033[2Jx.deb")), (1, 6)),
    "a duplicate field": (dict(packages=paragraph().replace(b"Size:", b"Size: 1\nSize:")), 1),
    "depends of garbage": (dict(packages=paragraph().replace(b"Depends: base-files",
                                                             b"Depends: (>> |,| )(")), 1),
    "depends on nothing that is": (dict(packages=paragraph().replace(
        b"Depends: base-files", b"Depends: does-not-exist (>= 9)")), 1),
    "wrong size of the .deb": (dict(packages=paragraph(Size="7")), 5),
    "wrong hash of the .deb": (dict(packages=paragraph(SHA256="0" * 64)), 5),
    "version with a newline's neighbour": (dict(packages=paragraph().replace(
        b"Version: 1.0-1", b"Version: 1.0-1;rm -rf")), 1),
}
for name, (how, status) in packages.items():
    lab.clean("store")
    os.remove(os.path.join(lab.fleet, "plimsoll.lock")) if lock_text() else None
    lab.publish(**how)
    lab.fails("Packages: " + name, lock(timeout=30), status)
    lab.check("Packages: %s: no lock is written" % name, lock_text() is None)

# Hundreds of megabytes of nothing in a few bytes, signed: bounded by what Release says of it.
lab.clean("store")
lab.publish(packages_xz=lzma.compress(b"\n" * (64 << 20)))
r = lab.fails("Packages: a bomb", lock(), (1, 5))
lab.check("Packages: the bomb takes no time", r.seconds < 20, r)

# --- .debs ---------------------------------------------------------------------------------------
control = tar(dir_entry("./"), entry("./control", hello.fields.encode()))
data = tar(dir_entry("./"), dir_entry("./usr/"), entry("./usr/hello", b"hello\n"))
xz = lzma.compress
V = ("debian-binary", b"2.0\n")
C = ("control.tar.xz", xz(control))


def with_data(*entries, end=True):
    return [V, C, ("data.tar.xz", xz(b"".join(entries) + (b"\0" * 1024 if end else b"")))]


def raw(header_change, body=b""):
    h = bytearray(entry("./usr/hello", b""))
    header_change(h)
    h[148:156] = b"        "
    h[148:156] = b"%06o\0 " % sum(h[:512])
    return bytes(h) + body


def size_field(value):
    def change(h):
        h[124:136] = value
    return change


def pax(records, then):
    body = b""
    for k, v in records:
        line = b" " + k + b"=" + v + b"\n"
        n = len(line) + len(str(len(line)))
        n += len(str(n)) - len(str(len(line)))
        body += str(n).encode() + line
    return entry("pax", body, type=b"x") + then


LNK, SYM, CHR, FIFO = tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE
usr = dir_entry("./usr/")
debs = {
    "empty": b"",
    "not ar": b"PK\3\4" * 100,
    "ar without members": b"!<arch>\n",
    "ar header cut": ar([V])[:40],
    "ar size of 10 digits": ar([V]).replace(b"4         `", b"9999999999`"),
    "ar size negative": ar([V]).replace(b"4         `", b"-4        `"),
    "no control": ar([V, ("data.tar.xz", xz(data))]),
    "no data": ar([V, C]),
    "data before control": ar([V, ("data.tar.xz", xz(data)), C]),
    "version 3": ar([("debian-binary", b"3.0\n"), C, ("data.tar.xz", xz(data))]),
    "unknown compression": ar([V, C, ("data.tar.lz", b"LZIP")]),
    "control of garbage": ar([V, ("control.tar.xz", b"garbage"), ("data.tar.xz", xz(data))]),
    "control without control": ar([V, ("control.tar.xz", xz(tar(dir_entry("./")))), ("data.tar.xz", xz(data))]),
    "control of another package": ar([V, ("control.tar.xz", xz(tar(entry("./control", base.fields.encode())))),
                                      ("data.tar.xz", xz(data))]),
    "control of 100 MB": ar([V, ("control.tar.xz", xz(tar(entry("./control", b"x" * (100 << 20)))))]),
    "xz cut": ar([V, C, ("data.tar.xz", xz(data)[:-30])]),
    "xz flipped": ar([V, C, ("data.tar.xz", xz(data)[:60] + b"\xff" + xz(data)[61:])]),
    "xz with a tail": ar([V, C, ("data.tar.xz", xz(data) + b"tail of garbage.")]),
    "gzip cut": ar([V, C, ("data.tar.gz", gzip.compress(data, mtime=0)[:-9])]),
    "gzip crc": ar([V, C, ("data.tar.gz", gzip.compress(data, mtime=0)[:-8] + b"\0" * 8)]),
    "zstd of garbage": ar([V, C, ("data.tar.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 50)]),
    "zstd window of gigabytes": ar([V, C, ("data.tar.zst", b"\x28\xb5\x2f\xfd\x00\xf8" + b"\1\0\0")]),
    "tar cut in a header": ar(with_data(entry("./usr/hello", b"hi")[:300], end=False)),
    "tar cut in a body": ar(with_data(entry("./usr/hello", b"x" * 5000)[:2000], end=False)),
    "tar checksum": ar(with_data(usr.replace(b"usr", b"usq"))),
    "path upwards": ar(with_data(entry("./../../etc/passwd", b"x"))),
    "path upwards inside": ar(with_data(entry("./usr/../../etc/passwd", b"x"))),
    "hard link upwards": ar(with_data(usr, entry("./usr/l", type=LNK, link="../../etc/passwd"))),
    "hard link to nothing": ar(with_data(usr, entry("./usr/l", type=LNK, link="./usr/none"))),
    "hard link to itself": ar(with_data(usr, entry("./usr/l", type=LNK, link="./usr/l"))),
    "through a link": ar(with_data(usr, entry("./usr/l", type=SYM, link="/etc"), entry("./usr/l/passwd", b"x"))),
    "file under a file": ar(with_data(usr, entry("./usr/f", b"x"), entry("./usr/f/g", b"y"))),
    "same path twice": ar(with_data(usr, entry("./usr/f", b"x"), entry("./usr/f", b"y"))),
    "size of 2^63": ar(with_data(raw(size_field(b"\x80\0\0\0" + b"\x80" + b"\0" * 7)))),
    "size of 2^64-1": ar(with_data(raw(size_field(b"\x80\0\0\0" + b"\xff" * 8)))),
    "size negative": ar(with_data(raw(size_field(b"\xff" * 12)))),
    "size of octal 7s": ar(with_data(raw(size_field(b"77777777777\0")))),
    "size of letters": ar(with_data(raw(size_field(b"zzzzzzzzzzz\0")))),
    "pax size 2^63": ar(with_data(pax([(b"size", str(1 << 63).encode())], entry("./usr/f", b"x")))),
    "pax path upwards": ar(with_data(pax([(b"path", b"../../../etc/passwd")], entry("./usr/f", b"x")))),
    "pax path with NUL": ar(with_data(pax([(b"path", b"usr/a\0b")], entry("./usr/f", b"x")))),
    "pax length lies": ar(with_data(entry("pax", b"99 path=x\n", type=b"x"), entry("./usr/f", b"x"))),
    "pax of 8 MB": ar(with_data(pax([(b"comment", b"x" * (8 << 20))], entry("./usr/f", b"x")))),
    "gnu long name of 8 MB": ar(with_data(entry("././@LongLink", b"x" * (8 << 20), type=b"L"), entry("x"))),
    "path of 5000 bytes": ar(with_data(pax([(b"path", b"a/" * 2500)], entry("./usr/f", b"x")))),
    "name of 300 bytes": ar(with_data(pax([(b"path", b"usr/" + b"n" * 300)], entry("./usr/f", b"x")))),
    "pax path empty": ar(with_data(pax([(b"path", b"")], entry("./usr/f", b"x")))),
    "dpkg's status": ar(with_data(entry("./var/lib/dpkg/status", b"Package: ghost\nVersion: 1\n"))),
    "dpkg's status.d": ar(with_data(entry("./var/lib/dpkg/status.d/ghost", b"Package: ghost\nVersion: 1\n"))),
    "a link for dpkg's directory": ar(with_data(entry("./var/lib/dpkg", type=SYM, link="/usr/ghost"))),
    "gzip as xz": ar([V, C, ("data.tar.xz", gzip.compress(data, mtime=0))]),
    "plain as gzip": ar([V, C, ("data.tar.gz", data)]),
    "unknown type": ar(with_data(entry("./usr/f", b"", type=b"Z"))),
    "half a million entries": None,
    "a bomb of data": None,
    "a bomb of gzip": None,
}
many = lzma.LZMACompressor(preset=0)
one = entry("./usr/aaaaaaaa")
h = bytearray(one)
parts = []
for i in range(500000):  # distinct names, checksums patched
    name = b"%08x" % i
    parts.append(bytes(h[:6]) + name + bytes(h[14:148]))
    s = sum(h) - sum(h[6:14]) - sum(h[148:156]) + sum(name) + 256
    parts[-1] += b"%06o\0 " % s + bytes(h[156:512])
debs["half a million entries"] = ar([V, C, ("data.tar.xz", many.compress(usr + b"".join(parts)) + many.flush())])
del parts
def zeros_xz(n):
    z = lzma.LZMACompressor(preset=0)
    chunk = b"\0" * (1 << 20)
    return z.compress(entry("./usr/zero", size=n << 20)[:512]) + b"".join(z.compress(chunk) for _ in range(n)) + z.flush()
def zeros_gz(n):
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"\0" * (1 << 20)
    return z.compress(entry("./usr/zero", size=20000 << 20)[:512]) + b"".join(z.compress(chunk) for _ in range(n)) + z.flush()
debs["a bomb of data"] = ar([V, C, ("data.tar.xz", zeros_xz(400))])
debs["a bomb of gzip"] = ar([V, C, ("data.tar.gz", zeros_gz(300))])

ignorable = {"xz with a tail", "unknown type", "through a link"}  # may be read as nothing, never as harm
for name, content in debs.items():
    lab.clean("store", "out")
    if lock_text():
        os.remove(os.path.join(lab.fleet, "plimsoll.lock"))
    bad = Deb("hello", depends="base-files")
    bad.bytes = content
    lab.publish([base, bad])
    r = lock()
    lab.sane(".deb: %s: lock" % name, r)
    if r.status == 0:
        r = lab.run("build", *no_network)
    lab.fails(".deb: " + name, r, (1, 5), "hello")
    lab.check(".deb: %s: no image is named" % name, b"hello:2" not in
              open(lab.path("store", "index.json"), "rb").read())
    lab.check(".deb: %s: bounded time" % name, r.seconds < 30, r)
    lab.check(".deb: %s: nothing half-made is left" % name, not lab.store_files("tmp"), lab.store_files("tmp"))

# Members that hide others, devices, odd owners: what they give is an image or an error.
for name, entries in {"absolute link": (usr, entry("./usr/l", type=SYM, link="/../../../etc/shadow")),
                      "device": (usr, entry("./usr/null", type=CHR)), "fifo": (usr, entry("./usr/f", type=FIFO)),
                      "whiteout's name": (usr, entry("./usr/.wh.hello", b"x"), entry("./usr/.wh..wh..opq", b""))}.items():
    lab.clean("store")
    if lock_text():
        os.remove(os.path.join(lab.fleet, "plimsoll.lock"))
    odd = Deb("hello", depends="base-files")
    odd.bytes = ar(with_data(*entries))
    lab.publish([base, odd])
    r = lock()
    r = lab.run("build", *no_network) if r.status == 0 else r
    lab.sane(".deb with a " + name, r)
    if name == "whiteout's name":  # a layer would read it as a deletion (image-spec layer.md)
        lab.check(".deb with a whiteout's name is refused", r.status == 1, r)

# --- a package that goes away between lock and build; the archive is good again -----------------
lab.clean("store", "out")
if lock_text():
    os.remove(os.path.join(lab.fleet, "plimsoll.lock"))
lab.publish()
lab.works("a good archive locks again", lock())
lab.clean("store")
os.remove(os.path.join(lab.archive, hello.path))
r = lab.run("build", *no_network, "--offline")
lab.fails("a package that is gone, offline", r, (6, 8), "hello")
lab.put(hello.path, b"x" * len(hello.bytes))
lab.fails("a package that is another one now", lab.run("build", *no_network, "--offline"), 5, "hello")
lab.put(hello.path, hello.bytes)
lab.check("and when it is back, the same digests", lab.digests() == good, good)
lab.done()
