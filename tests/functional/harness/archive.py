# SPDX-License-Identifier: Apache-2.0
"""A small signed Debian archive of our own making: what is in which suite is then known beforehand,
whatever Debian releases today."""
import contextlib
import functools
import hashlib
import http.server
import lzma
import os
import subprocess
import threading
import time

from harness import debs
from harness.checks import at_end, check, directory

ARCHES = ("amd64", "arm64")


class Signer:
    """A throw-away key in a home of its own; the public part is in the file `key`."""

    def __init__(self, path):
        self.home, self.key = path + "/gpg", path + "/key.gpg"
        os.makedirs(self.home, 0o700)
        at_end(self.close)
        self.gpg("--quick-gen-key", "Judge <judge@example.org>", "ed25519", "sign", "never")
        with open(self.key, "wb") as f:
            f.write(self.gpg("--export"))

    def gpg(self, *args, stdin=b""):
        p = subprocess.run(["gpg", "--homedir", self.home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase",
                            "", *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(p.returncode == 0, "gpg works", p.stderr.decode())
        return p.stdout

    def sign(self, text):
        """InRelease of a Release."""
        return self.gpg("--clear-sign", stdin=text)

    def close(self):
        if os.path.isdir(self.home):
            subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)


def release_text(files, **fields):
    """Release: the fields (without those that are None) and the sums of the files, name -> bytes."""
    text = "".join("%s: %s\n" % kv for kv in fields.items() if kv[1] is not None) + "SHA256:\n"
    for name, data in sorted(files.items()):
        text += " %s %d %s\n" % (hashlib.sha256(data).hexdigest(), len(data), name)
    return text.encode()


class Package:
    """One binary package; architecture "any" makes one of it for each of ARCHES, one of these only that one. files: path -> what (debs.py), or
    a function of the architecture that makes this; left out, it is one file with version and architecture. fields:
    more lines of its stanza. source: as in the field; left out, the name."""

    def __init__(self, name, version, depends="", source=None, architecture="any", files=None, fields="", scripts=None,
                 conffiles=()):
        self.name, self.version, self.source, self.architecture = name, version, source, architecture
        self.fields = fields + ("Depends: %s\n" % depends if depends else "")
        self.files, self.scripts, self.conffiles = files, scripts, conffiles

    def control(self, arch):
        return ("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: Judge <judge@example.org>\n%sInstalled-Size: 7\n"
                "%sDescription: made for a test\n"
                % (self.name, self.version, arch, "Source: %s\n" % self.source if self.source else "", self.fields))

    def deb(self, arch):
        files = self.files(arch) if callable(self.files) else self.files
        if not files:
            files = {"usr/share/%s/version" % self.name: "%s %s\n" % (self.version, arch)}
        return debs.deb(self.control(arch), files, self.scripts, self.conffiles)


class Archive:
    """Served over HTTP on loopback; add suites with publish()."""

    def __init__(self):
        self.dir = directory("archive-")
        self.root = self.dir + "/root"
        self.date = int(time.time()) - 86400
        self.index_fetches = []
        self.delay = 0  # seconds before each answer
        os.makedirs(self.root)
        self.signer = Signer(self.dir)
        self.key = self.signer.key
        outer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                outer.index_fetches.append(self.path)

            def do_GET(self):
                time.sleep(outer.delay)
                with contextlib.suppress(BrokenPipeError):  # who asked was interrupted
                    super().do_GET()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=self.root))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def put(self, name, body):
        path = self.root + "/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(body)

    def build(self, p, arch):
        """A .deb in the pool; returns its stanza."""
        name = "pool/%s_%s_%s.deb" % (p.name, p.version.split(":")[-1], arch)
        body = p.deb(arch)
        self.put(name, body)
        return debs.stanza(p.control(arch), name, body) + "\n"

    def publish(self, suite, packages):
        """The suite's indexes, signed. A suite published again gets a later date."""
        self.date += 60
        texts = {a: "" for a in ARCHES}
        for p in packages:
            if p.architecture == "all":
                stanza = self.build(p, "all")
                for a in ARCHES:
                    texts[a] += stanza
                continue
            for a in ARCHES if p.architecture == "any" else (p.architecture,):
                texts[a] += self.build(p, a)
        self.sign_indexes(suite, {"main/binary-%s" % a: texts[a] for a in ARCHES})

    def sign_indexes(self, suite, texts):
        """Packages files, directory below the suite -> text, and the InRelease over them."""
        files = {}
        for name, text in texts.items():
            files[name + "/Packages"] = text.encode()
            files[name + "/Packages.xz"] = lzma.compress(text.encode(), preset=1)
        for name, body in files.items():
            self.put("dists/%s/%s" % (suite, name), body)
        date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(self.date))
        release = release_text(files, Origin="Judge", Suite=suite, Codename=suite, Date=date, Architectures=" ".join(ARCHES),
                               Components="main")
        self.put("dists/%s/InRelease" % suite, self.signer.sign(release))

    def fleet_yaml(self, registry, suites, platforms="linux/amd64, linux/arm64"):
        return ("registry: %s\nplatforms: [%s]\ndistros:\n  judge:\n    suites: [%s]\n"
                "    components: [main]\n    mirror: %s\n    signed_by: %s\n"
                % (registry, platforms, ", ".join(suites), self.url, self.key))
