# SPDX-License-Identifier: Apache-2.0
"""A small signed archive, fleets on it, and the program run against them.

Everything lives in one temporary directory: an archive of made-up packages signed by a throw-away key,
a store, a database. Tests break one thing at a time and hold the program to what it promises: a
documented exit status (never 2 for bad input), a message, nothing changed, no sanitizer report.
"""
import hashlib
import io
import json
import lzma
import os
import shutil
import subprocess
import tarfile
import tempfile
import time

from harness.archive import Signer, release_text  # noqa: F401 (the tests import all of this)
from harness.checks import Tally
from harness.debs import ar, dir_entry, entry, tar

PLIMSOLL = os.path.abspath(os.environ.get("PLIMSOLL", "plimsoll"))
STATUSES = {0, 1, 4, 5, 6, 7, 8, 9, 130}  # what bad input may end with
DATE = "Sat, 01 Aug 2026 10:00:00 UTC"


class Deb:
    """A package: fields, and a .deb whose members a test may replace."""

    def __init__(self, name, version="1.0-1", files=None, depends=None, data=None, control_tar=None,
                 members=None, architecture="all", scripts=None, source=None):
        self.name, self.version, self.architecture = name, version, architecture
        fields = "Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: Nobody <n@example.org>\n" \
                 % (name, version, architecture)
        if source:
            fields += "Source: %s\n" % source
        if depends:
            fields += "Depends: %s\n" % depends
        fields += "Description: a package\n"
        self.fields = fields
        if files is None:
            files = {"./usr/share/%s/hello" % name: ("hello of %s %s\n" % (name, version)).encode()}
        if data is None:
            made, body = set(), []
            for path in sorted(files):
                parts = path.split("/")
                for i in range(1, len(parts)):
                    up = "/".join(parts[:i]) + "/"
                    if up not in made:
                        made.add(up)
                        body.append(dir_entry(up))
                body.append(entry(path, files[path]))
            data = tar(*body)
        if control_tar is None:
            control = [dir_entry("./"), entry("./control", fields.encode())]
            for script, text in (scripts or {}).items():
                control.append(entry("./" + script, text, mode=0o755))
            control_tar = tar(*control)
        self.members = members or [("debian-binary", b"2.0\n"),
                                   ("control.tar.xz", lzma.compress(control_tar)),
                                   ("data.tar.xz", lzma.compress(data))]
        self.bytes = ar(self.members)
        self.overrides = {}  # fields of Packages that lie

    @property
    def path(self):
        return "pool/%s_%s_%s.deb" % (self.name, self.version.replace(":", "%3a"), self.architecture)

    def paragraph(self):
        f = {"Filename": self.path, "Size": str(len(self.bytes)),
             "SHA256": hashlib.sha256(self.bytes).hexdigest()}
        f.update(self.overrides)
        return self.fields + "".join("%s: %s\n" % kv for kv in f.items())


class Lab(Tally):
    def __init__(self):
        super().__init__()
        self.dir = tempfile.mkdtemp(prefix="plimsoll-hostile-")
        self.archive = self.path("archive")
        self.signer = Signer(self.dir)
        self.keyring = self.signer.key
        self.debs = [Deb("base-files"), Deb("hello", depends="base-files")]
        self.fleet = self.path("fleet")
        self.clean()
        self.publish()
        self.write_fleet()

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def done(self):
        self.signer.close()
        shutil.rmtree(self.dir, ignore_errors=True)
        self.end()

    def clean(self, *what):
        for name in what or ("store", "db", "out", "fleet"):
            shutil.rmtree(self.path(name), ignore_errors=True)
        for name in ("store", "db", "out", "fleet/images"):
            os.makedirs(self.path(name), exist_ok=True)

    def release(self, files, **fields):
        f = {"Origin": "Debian", "Suite": "test", "Codename": "test", "Date": DATE,
             "Architectures": "amd64 arm64", "Components": "main"}
        f.update(fields)
        return release_text(files, **f)

    def sign(self, text):
        return self.signer.sign(text)

    def publish(self, debs=None, packages=None, packages_xz=None, release=None, inrelease=None, **fields):
        """Writes the archive. packages: bytes of Packages; release: bytes to be signed; inrelease:
        a function from the signed text to what is served."""
        shutil.rmtree(self.archive, ignore_errors=True)
        debs = self.debs if debs is None else debs
        if packages is None:
            packages = "\n".join(d.paragraph() for d in debs).encode()
        files = {}
        for arch in ("amd64", "arm64"):
            files["main/binary-%s/Packages" % arch] = packages
            files["main/binary-%s/Packages.xz" % arch] = lzma.compress(packages) \
                if packages_xz is None else packages_xz
        text = release if release is not None else self.release(files, **fields)
        signed = self.sign(text)
        files["InRelease"] = inrelease(signed) if inrelease else signed
        for name, data in files.items():
            if name.endswith("/Packages"):
                continue
            self.put("dists/test/" + name, data)
        for d in debs:
            self.put(d.path, d.bytes)

    def put(self, name, data):
        path = os.path.join(self.archive, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def write_fleet(self, images=None, fleet=None, mirror=None):
        if fleet is None:
            fleet = "registry: oci:%s\nplatforms: [linux/amd64]\ndistros:\n  test: {suites: [test], " \
                    "mirror: \"%s\", signed_by: %s}\n" \
                    % (self.path("out"), mirror or "file:" + self.archive, self.keyring)
        if images is None:
            images = {"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n",
                      "hello": "image: hello\nbase: base\nversion: 2\npackages: [hello]\n"
                               "files:\n  - {to: /etc/hello, content: \"hi\"}\n"}
        shutil.rmtree(os.path.join(self.fleet, "images"), ignore_errors=True)
        os.makedirs(os.path.join(self.fleet, "images"))
        with open(os.path.join(self.fleet, "fleet.yaml"), "w") as f:
            f.write(fleet)
        for name, text in images.items():
            with open(os.path.join(self.fleet, "images", name + ".yaml"), "wb") as f:
                f.write(text if isinstance(text, bytes) else text.encode())

    def env(self, **more):
        e = {"PATH": os.environ["PATH"], "HOME": self.dir, "PLIMSOLL_STORE": self.path("store"),
             "PLIMSOLL_DB": self.path("db", "inventory.db"), "PLIMSOLL_ALLOW_OUTSIDE": self.dir, "TMPDIR": self.dir,
             "ASAN_OPTIONS": "exitcode=99:detect_leaks=1", "LSAN_OPTIONS": "exitcode=99",
             "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
             "TSAN_OPTIONS": "exitcode=99:halt_on_error=1"}
        e.update(more)
        return e

    def start(self, *args, **kw):
        env = kw.pop("env", None) or self.env()
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([kw.pop("program", PLIMSOLL), *args], env=env, cwd=kw.pop("cwd", self.fleet), **kw)

    def run(self, *args, timeout=60, **kw):
        p = self.start(*args, **kw)
        begun = time.monotonic()
        try:
            out, err = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            err = (err or b"") + b"\n[killed after %d s]" % timeout
        return Result(args, p.returncode, out or b"", err or b"", time.monotonic() - begun)

    def sane(self, name, r):
        """What holds of every run whatsoever."""
        bad = r.status not in STATUSES or b"Sanitizer" in r.err or b"runtime error" in r.err or \
            any(b < 32 and b not in (9, 10, 13) for b in r.err) or \
            (r.status not in (0, 4) and b"plimsoll:" not in r.err)
        return self.check(name + ": sane", not bad, r)

    def fails(self, name, r, status, *texts):
        """The run ended with that status (or one of them) and says each of the texts."""
        self.sane(name, r)
        statuses = status if isinstance(status, tuple) else (status,)
        text = (r.err + r.out).decode(errors="replace")
        self.check(name, r.status in statuses and all(t in text for t in texts),
                   "wanted %s and %s\n%s" % (statuses, texts, r))
        return r

    def works(self, name, r):
        self.sane(name, r)
        return self.check(name, r.status == 0, r)

    def digests(self):
        r = self.run("build", "--output", "json", "--progress", "none")
        if not self.works("digests", r):
            return None
        return {i["id"]: i["digest"] for i in json.loads(r.out)["images"]}

    def store_files(self, area):
        top = self.path("store", area)
        return sorted(os.path.join(d, f) for d, _, files in os.walk(top) for f in files)

    def flip(self, path, at=None):
        with open(path, "r+b") as f:
            f.seek(0, 2)
            n = f.tell()
            if n == 0:
                return
            f.seek(n // 2 if at is None else at)
            b = f.read(1)
            f.seek(n // 2 if at is None else at)
            f.write(bytes([b[0] ^ 0x20]))


class Result:
    def __init__(self, args, status, out, err, seconds):
        self.args, self.status, self.out, self.err, self.seconds = args, status, out, err, seconds

    def __str__(self):
        return "  plimsoll %s: status %s after %.1f s\n  out: %s\n  err: %s" % (
            " ".join(self.args), self.status, self.seconds, self.out[-600:].decode(errors="replace"),
            self.err[-3000:].decode(errors="replace"))
