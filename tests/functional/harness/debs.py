# SPDX-License-Identifier: Apache-2.0
"""A .deb byte for byte of our own writing: no tool's version shows in it (deb(5), uncompressed members).
Whole ones are deb()'s; ar(), tar() and entry() are for those who want to get something wrong."""
import hashlib
import io
import struct
import tarfile

WHEN = 1700000000  # of files that say nothing else


def ar(members, when=0):
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), when, 0, 0, b"100644", len(data))
        out += data + (b"\n" if len(data) % 2 else b"")
    return out


def entry(path, data=b"", type=tarfile.REGTYPE, link="", mode=None, size=None):
    """Header and body of one entry, as they stand in a tar."""
    t = tarfile.TarInfo(path)
    t.type, t.linkname = type, link
    t.mode = mode if mode is not None else (0o755 if type == tarfile.DIRTYPE else 0o644)
    t.size = len(data) if size is None else size
    t.mtime = WHEN
    return t.tobuf(tarfile.GNU_FORMAT) + data + b"\0" * (-len(data) % 512)


def dir_entry(path):
    return entry(path, type=tarfile.DIRTYPE)


def tar(*entries):
    return b"".join(entries) + b"\0" * 1024


class File:
    def __init__(self, body, mode=0o644, uid=0, gid=0, mtime=WHEN, capability=None):
        self.body = body if isinstance(body, bytes) else body.encode()
        self.mode, self.uid, self.gid, self.mtime, self.capability = mode, uid, gid, mtime, capability


class Dir:
    def __init__(self, mode=0o755, uid=0, gid=0):
        self.mode, self.uid, self.gid = mode, uid, gid


class Symlink:
    def __init__(self, to):
        self.to = to


class Hardlink:
    def __init__(self, to):
        self.to = to


def _info(path, what):
    info = tarfile.TarInfo("./" + path)
    info.mtime, info.mode = WHEN, 0o777
    if isinstance(what, Symlink):
        info.type, info.linkname = tarfile.SYMTYPE, what.to
        return info, b""
    if isinstance(what, Hardlink):
        info.type, info.linkname, info.mode = tarfile.LNKTYPE, "./" + what.to, 0o644
        return info, b""
    info.mode, info.uid, info.gid = what.mode, what.uid, what.gid
    if isinstance(what, Dir):
        info.type = tarfile.DIRTYPE
        return info, b""
    info.size, info.mtime = len(what.body), what.mtime
    if what.capability:
        info.pax_headers = {"SCHILY.xattr.security.capability": what.capability.decode("utf-8", "surrogateescape")}
    return info, what.body


def tar_of(entries):
    """entries: path -> File, Dir, Symlink, Hardlink, or a text; the directories above each are added."""
    out = io.BytesIO()
    made = {}
    for path, what in entries.items():
        parts = path.split("/")
        for i in range(1, len(parts)):
            made.setdefault("/".join(parts[:i]), Dir())
        made[path] = what
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape") as t:
        for path, what in made.items():
            info, body = _info(path, File(what) if isinstance(what, (str, bytes)) else what)
            t.addfile(info, io.BytesIO(body))
    return out.getvalue()


def deb(control, files, scripts=None, conffiles=()):
    """control: the stanza's text. scripts: name -> text."""
    md5sums = "".join("%s  %s\n" % (hashlib.md5(_body(w)).hexdigest(), p) for p, w in files.items()
                      if isinstance(w, (str, bytes, File)) and p not in conffiles)
    members = {"control": File(control), "md5sums": File(md5sums)}
    if conffiles:
        members["conffiles"] = File("".join("/%s\n" % c for c in conffiles))
    for name, text in (scripts or {}).items():
        members[name] = File(text, 0o644 if name == "triggers" else 0o755)
    return ar([("debian-binary", b"2.0\n"), ("control.tar", tar_of(members)), ("data.tar", tar_of(files))], WHEN)


def _body(what):
    return what.body if isinstance(what, File) else what if isinstance(what, bytes) else what.encode()


def shared_library(soname, machine):
    """The least ELF that the dynamic loader's cache would hold: one PT_LOAD, one PT_DYNAMIC with the name."""
    strings = b"\0" + soname.encode() + b"\0"
    at_dynamic = 64 + 2 * 56
    at_strings = at_dynamic + 4 * 16
    dynamic = struct.pack("<8Q", 14, 1, 5, at_strings, 10, len(strings), 0, 0)
    size = at_strings + len(strings)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    dyn = struct.pack("<IIQQQQQQ", 2, 6, at_dynamic, at_dynamic, at_dynamic, 64, 64, 8)
    return header + load + dyn + dynamic + strings


def stanza(control, path, body):
    """What Packages says of it."""
    return control + "Filename: %s\nSize: %d\nSHA256: %s\n" % (path, len(body), hashlib.sha256(body).hexdigest())
