#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=600 needs=gpg,gpgv
"""Maintainer scripts run on the image's tree. What is locked is built. What cannot be run is named with package,
script, line and command, by lock and build alike, and no image is made of it; scripts that were written to do harm
are refused, or do what dash does with them. Against an archive made and signed here."""
import glob
import gzip
import io
import json
import os
import re
import tarfile
import time

from harness.archive import Archive, Package
from harness.checks import directory, main, need, same, say, write
from harness.debs import File, Symlink
from harness.program import Program

CONFIRM = ". /usr/share/debconf/confmodule\n"
BASE = Package("base", "1", architecture="all", files={
    "usr/sbin/adduser": File("#!/bin/sh\n", 0o755), "usr/share/debconf/confmodule": "", "etc/debian_version": "12\n",
    "usr/bin/tool": File("\x7fELF a program\n", 0o755), "usr/share/list": "a\nb\n", "usr/share/out": Symlink("../../../../etc/hostname")})


def postinst(text, **more):
    return Package("odd", "1", "base", architecture="all",
                   scripts=dict({"postinst": text if text.startswith("#!") else "#!/bin/sh\nset -e\n" + text}, **more))


class Fleet:
    def __init__(self, archive):
        self.archive = archive
        self.new()

    def new(self, *lines):
        """A fleet with one image `web` of the package odd, and a store of its own."""
        self.program = Program(directory("fleet-"))
        write(self.program.fleet + "/fleet.yaml", self.archive.fleet_yaml("oci:registry", ["stable"], "linux/amd64"))
        self.define(*lines)

    def define(self, *lines):
        write(self.program.fleet + "/images/web.yaml", "image: web\ndistro: judge\npackages: [odd]\n" + "".join(x + "\n" for x in lines))

    def publish(self, package, *more):
        self.archive.publish("stable", [BASE, package, *more])
        self.new()

    def text(self):
        with open(self.program.fleet + "/plimsoll.lock") as f:
            return f.read()

    def script(self, name="postinst"):
        packages = json.loads(self.text())["distros"]["judge"]["packages"]
        return [s for p in packages if p["name"] == "odd" for s in p["scripts"] if s["name"] == name][0]

    def nothing(self, what):
        """No image is in the store, and no file is half made."""
        same(os.path.exists(self.program.fleet + "/registry"), False, what + ": no image was made")
        same(glob.glob(self.program.store + "/tmp/*"), [], what + ": nothing is left behind")
        same([r for r in glob.glob(self.program.store + "/records/**", recursive=True) if "/image" in r[len(self.program.store):]
              and os.path.isfile(r)], [], what + ": no image is remembered")

    def refused(self, what, package, pattern, script="postinst", seconds=60):
        """lock writes it down, build refuses it: both with the package, the script, and the place."""
        self.publish(package)
        start = time.monotonic()
        a = self.program.json("lock")
        same([(u["package"], u["script"]) for u in a["unknown_scripts"]], [("odd", script)], what + ": what lock names")
        reason = a["unknown_scripts"][0]["reason"]
        assert re.search(pattern, reason), (what, pattern, reason)
        same(self.script(script)["verdict"], "unknown", what + ": the verdict in the lock")
        before = self.text()
        err = self.program.run("build", status=1).err
        words = "images/web.yaml:1: web: nothing accounts for the %s of odd 1: " % script
        assert words in err and re.search(pattern, err) and "acknowledge: {package: odd, script: %s, " % script in err, (what, err)
        same(self.text(), before, what + ": the lock after a build")
        assert time.monotonic() - start < seconds, what + ": bounded time"
        self.nothing(what)

    def built(self, what, package, *more):
        """What lock accepts, build builds; the image's files, path -> (member, bytes)."""
        self.publish(package, *more)
        same(self.program.json("lock")["unknown_scripts"], [], what + ": what lock refuses")
        return self.tree(what)

    def tree(self, what):
        digest = self.program.digests()["web"]
        index = json.loads(self.blob(digest))
        files = {}
        for layer in json.loads(self.blob(index["manifests"][0]["digest"]))["layers"]:
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(self.blob(layer["digest"])))) as t:
                for m in t:
                    assert not os.path.basename(m.name).startswith(".wh."), (what, m.name)
                    files[m.name.rstrip("/")] = (m, t.extractfile(m).read() if m.isreg() else b"")
        return files

    def blob(self, digest):
        with open("%s/blobs/sha256/%s" % (self.program.store, digest[7:]), "rb") as f:
            return f.read()


def works(fleet):
    """As it would be installed: an account, its directory, a trigger of another package, a finding."""
    listener = Package("listener", "1", architecture="all", scripts={
        "triggers": "interest-noawait odd-is-there\n",
        "postinst": "#!/bin/sh\nset -e\n[ \"$1\" = triggered ] || exit 0\necho \"$2\" >/etc/triggered\n"})
    odd = Package("odd", "1", "base, listener", architecture="all", files={"usr/share/odd/x": "x\n"}, scripts={
        "triggers": "activate-noawait odd-is-there\n",
        "preinst": "#!/bin/sh\nset -e\n[ ! -e /usr/share/odd/x ] && echo \"$1 before\" >/etc/odd.preinst\n",
        "postinst": "#!/bin/sh\nset -e\nadduser --system --group --home /var/lib/odd odd\n"
                    "install -d -o odd -g odd -m 0750 /var/log/odd\ncp -p /usr/share/odd/x /etc/odd.x\n"
                    "if [ -d /run/systemd/system ]; then exit 7; fi\n"})
    files = fleet.built("an account", odd, listener)
    log = files["var/log/odd"][0]
    same((log.mode, log.uid, log.gid, log.isdir()), (0o750, 101, 101, True), "the directory of an account")
    assert b"\nodd:!:101:101:" in files["etc/passwd"][1] and b"\nodd:!:101:\n" in files["etc/group"][1] or \
        b"\nodd:x:101:\n" in files["etc/group"][1], (files["etc/passwd"][1], files["etc/group"][1])
    same([files[n][1] for n in ("etc/odd.preinst", "etc/odd.x", "etc/triggered")],
         [b"install before\n", b"x\n", b"odd-is-there\n"], "what scripts wrote")
    same({k: fleet.script(k)["verdict"] for k in ("preinst", "postinst")}, {"preinst": "interpreted", "postinst": "interpreted"},
         "verdicts")
    same([(i.get("user"), i.get("group"), i["id"]) for i in json.loads(fleet.text())["distros"]["judge"]["ids"]],
         [(None, "odd", 101), ("odd", None, 101)], "numbers in the lock")
    # The same bytes from a store that knows nothing, and no new lock.
    before, digests = fleet.text(), fleet.program.digests()
    again = Program(fleet.program.fleet)
    same(again.digests(), digests, "another store")
    assert again.run("lock").out.startswith("lock unchanged"), "the same lock"
    same(fleet.text(), before, "the lock of another store")
    # A number that the lock has not is not made up by build.
    lock = json.loads(before)
    lock["distros"]["judge"]["ids"] = []
    write(fleet.program.fleet + "/plimsoll.lock", json.dumps(lock))
    err = Program(fleet.program.fleet).run("build", status=1).err
    assert "the lock has no number for the " in err and "run plimsoll lock" in err, err


AT = r"odd\.postinst: line %d: "
NOT_RUN = {
    "an unknown command": ("true\nfrobnicate --all\n", r"odd\.postinst: 4: frobnicate: not found"),
    "a program of the image": ("x=$(tool --print)\n", AT % 3 + "runs /usr/bin/tool, a program that is not interpreted"),
    "an unknown option": ("\n\nsort --frobnicate /usr/share/list\n", AT % 5 + r"sort: .*--frobnicate"),
    "an unknown user": ("chown nobodyknows /etc/debian_version\n", AT % 3 + "chown: invalid user: .nobodyknows."),
    "a failure": ("true\nfalse\ntrue\n", r"postinst ends with status 1: /var/lib/dpkg/info/odd\.postinst: line 4(?![\d:])"),
    "a failure with a trap": ("trap 'echo gone >&2\ntrue' EXIT\n[ -e /none ]\n", "status 1: .*" + AT % 5 + "gone"),
    "a failure in a file that is sourced": ("printf '\\n\\nfalse\\n' >/etc/x\n. /etc/x\n", "status 1: /etc/x: line 3"),
    "a loop": ("while :; do :; done\n", AT % 3 + "more than 1000000 commands; does a loop never end"),
    "a loop that sleeps": ("while [ ! -e /run/ready ]; do sleep 1; done\n", AT % 3),
    "recursion": ("f() { f; }\nf\n", AT % 3 + ".*deep"),
    "recursion by eval": ("f='eval \"$f\"'\neval \"$f\"\n", "deep"),
    "a file that sources itself": ("echo '. /etc/self' >/etc/self\n. /etc/self\n", "/etc/self: line 1: .*deep"),
    "a value that doubles": ("x=aaaaaaaa\nwhile :; do x=$x$x; done\n", AT % 4 + "an expansion: larger than 16777216 bytes"),
    "1 GB of output": ("while :; do cat /usr/share/list /usr/share/list; done >/etc/big\n", AT % 3),
    "a file that doubles": ("cp /usr/share/list /b\nwhile :; do cat /b /b >/a; mv /a /b; done\n", AT % 4),
    "1 GB at once": ("dd if=/dev/zero of=/big bs=1M count=1024\n", AT % 3),
    "unknown syntax": ("true\nif true; then echo x; )\n", r"odd\.postinst: line 4, column 24: \) stands where fi should be"),
    "a here-document without end": ("cat >/etc/x <<EOF\nhalf\n", r"odd\.postinst: line 5, column 1: the here-document from line 4 has no end: no line says EOF"),
    "quotes without end": ("echo \"half\n", r"odd\.postinst: line 4, column 1: a \" has no end"),
    "NUL bytes": ("echo a\0b\n", r"odd\.postinst: holds a NUL byte: it is no shell script"),
    "CRLF": ("#!/bin/sh\r\nset -e\r\ntrue\r\n", r"odd"),
    "no shell script": ("#!/usr/bin/perl\nprint 1;\n", "no shell script"),
    "no first line": ("#!\x7fELF\1\2\3", "no shell script"),
    "a sourced device": (". /dev/zero\n", r"3: \.: cannot open /dev/zero"),
    "a sourced directory": (". /etc\n", AT % 3 + "sources /etc, which is no file"),
    "a sourced link out of the tree": (". /usr/share/out\n", r"3: \.: .*/usr/share/out"),
    "a sourced file that is not there": (". /usr/share/none\n", r"3: \.: cannot open /usr/share/none"),
    "the root removed": ("rm -rf /\n", AT % 3 + "rm: removing the whole image is not known"),
    "chown over the whole tree": ("chown -R nobody:nogroup /\n", AT % 3 + "chown: -R of the whole image is not known"),
    "the machine's kernel": ("modprobe odd\n", r"3: modprobe: not found"),
    "a network": ("wget -q http://127.0.0.1/x\n", r"3: wget: not found"),
}


def refused(fleet):
    for what, (text, pattern) in NOT_RUN.items():
        fleet.refused(what, postinst(text), pattern)
    fleet.refused("a preinst", Package("odd", "1", "base", architecture="all", scripts={
        "preinst": "#!/bin/sh\nset -e\nfrobnicate\n"}), r"odd\.preinst: 3: frobnicate: not found", script="preinst")
    fleet.refused("a config", postinst("true\n", config="#!/bin/sh\nset -e\n\nfrobnicate\n"),
                  r"odd\.config: 4: frobnicate: not found", script="config")
    say("refused: %d scripts" % (len(NOT_RUN) + 2))


def circles(fleet):
    """Triggers that make each other pending."""
    def round_trip(name, mine, other):
        return Package(name, "1", "base", architecture="all", scripts={
            "triggers": "interest-noawait %s\n" % mine,
            "postinst": "#!/bin/sh\nset -e\ndpkg-trigger --no-await %s\n" % other})
    fleet.publish(Package("odd", "1", "ping, pong", architecture="all"), round_trip("ping", "ping", "pong"),
                  round_trip("pong", "pong", "ping"))
    err = fleet.program.run("lock", status=1).err
    assert "web (linux/amd64): triggers make each other pending without end" in err, err
    assert not os.path.exists(fleet.program.fleet + "/plimsoll.lock"), "no lock of it"
    fleet.nothing("triggers in circles")


def as_dash(fleet):
    """What looks like a mistake, and is none for dash."""
    templates = "Template: odd/plain\nType: string\nDescription: no default\n\n" \
                "Template: odd/yes\nType: boolean\nDefault: true\nDescription: one\n"
    for what, text, path, wanted in (
            ("a function named as a model", "cp() { echo \"cp $*\" >/etc/out; }\ncp a b\n", "etc/out", b"cp a b\n"),
            ("an alias of a model", "alias cp='echo aliased >/etc/out;:'\ncp a b\n", "etc/out", b"aliased\n"),
            ("a file of the base", "echo 13 >/etc/debian_version\n", "etc/debian_version", b"13\n"),
            ("text behind an exit", "echo x >/etc/out\nexit 0\nif (( nobody reads this\n", "etc/out", b"x\n"),
            ("CRLF in a word", "printf 'a\\r\\n' >/etc/out\n", "etc/out", b"a\r\n"),
            ("a command that may fail", "frobnicate 2>/dev/null || echo \"$?\" >/etc/out\n", "etc/out", b"127\n"),
            ("a template without default", CONFIRM + "db_get odd/plain\necho \"<$RET>\" >/etc/out\n", "etc/out", b"<>\n"),
            ("a template's default", CONFIRM + "db_get odd/yes\necho \"<$RET>\" >/etc/out\n", "etc/out", b"<true>\n")):
        files = fleet.built(what, postinst(text, templates=templates))
        same(files[path][1], wanted, what)
    # A link that leads out of the tree leads to the tree's root, as in a chroot.
    files = fleet.built("a link upwards", postinst("echo x >/usr/share/out\n"))
    same(files["etc/hostname"][1] if "etc/hostname" in files else b"", b"x\n", "what was written through a link")
    assert open("/etc/hostname").read() != "x\n", "this machine's"


def gates(fleet):
    """A word in the lock is no gate; a definition's is, for that very script."""
    fleet.refused("a script to be acknowledged", postinst("frobnicate\nadduser --system --group odd\n"), "frobnicate")
    digest, before = fleet.script()["sha256"], fleet.text()
    for word in ("none", "interpreted", "ignorable", "deferred", "covered"):
        lock = json.loads(before)
        for p in lock["distros"]["judge"]["packages"]:
            for s in p.get("scripts", []):
                s["verdict"] = word
        write(fleet.program.fleet + "/plimsoll.lock", json.dumps(lock))
        for p in (fleet.program, Program(fleet.program.fleet)):
            err = p.run("build", status=1).err
            assert "nothing accounts for the postinst of odd 1: " in err and "frobnicate" in err, (word, err)
    # What the script would have made is missing; the script is what is said, not the file's owner.
    mine = "files: [{to: /etc/mine, content: x, owner: odd}]"
    fleet.define(mine)
    unknown = fleet.program.json("lock")["unknown_scripts"]
    same([u["script"] for u in unknown], ["postinst"], "what lock says")
    err = fleet.program.run("build", status=1).err
    assert "nothing accounts for the postinst of odd 1: " in err and "no user" not in err, err
    fleet.nothing("a file of an account that a refused script makes")
    # Acknowledged, the script does nothing at all.
    answer = "acknowledge: [{package: odd, script: postinst, sha256: \"%s\", reason: \"tunes a kernel\"}]" % digest
    fleet.define(answer)
    same(fleet.program.json("lock")["unknown_scripts"], [], "an acknowledged script")
    same(fleet.script()["verdict"], "ignorable", "its verdict")
    assert b"odd" not in fleet.tree("acknowledged")["etc/passwd"][1]
    # Then the missing account is the definition's own matter: before anything is locked.
    before = fleet.text()
    fleet.define(answer, mine)
    err = fleet.program.run("lock", status=1).err
    assert "images/web.yaml:1: web: file /etc/mine: " in err and "has no 'odd'" in err, err
    same(fleet.text(), before, "the lock after a lock that failed")


def test():
    fleet = Fleet(Archive())
    works(fleet)
    refused(fleet)
    circles(fleet)
    as_dash(fleet)
    gates(fleet)


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
