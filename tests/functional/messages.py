#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=180 needs=gpg,gpgv
"""What people read: names that no archive has, scripts that nobody answers for, names of images, tables of 80
columns, the bar. Against an archive made and signed here, in a pseudo-terminal where that matters."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time

from harness.archive import Archive, Package
from harness.checks import directory, main, need, same, write
from harness.program import Program


def fleet(archive, images, suites=("stable",), registry="oci:registry"):
    p = Program(directory("fleet-"))
    write(p.fleet + "/fleet.yaml", archive.fleet_yaml(registry, list(suites), "linux/amd64, linux/arm64"))
    for name, text in images.items():
        write("%s/images/%s.yaml" % (p.fleet, name), "image: %s\n%s\n" % (name, text))
    return p


def missing(archive):
    """Every name that no archive has, with its place and what is near."""
    archive.publish("stable", [
        Package("python3", "3.11", architecture="all"), Package("python3.11", "3.11", architecture="all"),
        Package("openjdk-17-jre", "17", architecture="all"), Package("libssl3", "3.0"),
        Package("python3-requests", "2", architecture="all"), Package("only", "1", architecture="amd64"),
        Package("zmail", "1", fields="Provides: mta\n"), Package("ymail", "1", fields="Provides: mta\n"),
        Package("app", "1", "absent (>= 2)")])
    p = fleet(archive, {
        "web": "distro: judge\npackages:\n  - pyhton3\n  - libssl\n  - openjdk-jre\n  - requests\n  - only",
        "api": "distro: judge\npackages: [python3, libssl3 (>= 99)]\nvariants: {a: {}, b: {}}"})
    r = p.run("lock", status=6)
    lines = r.err.splitlines()
    for place, what, more in [
        ("api.yaml:3:21", "no version meets 'libssl3 (>= 99)'", "it has 3.0"),
        ("web.yaml:4:5", "no package 'pyhton3'", "near: python3, python3.11"),
        ("web.yaml:5:5", "no package 'libssl'", "near: libssl3"),
        ("web.yaml:6:5", "no package 'openjdk-jre'", "near: openjdk-17-jre"),
        ("web.yaml:7:5", "no package 'requests'", "near: python3-requests"),
    ]:
        same([x for x in lines if place in x],
             ["  images/%s: %s in distro judge (stable), linux/amd64, linux/arm64; %s" % (place, what, more)], "the line")
    same([x for x in lines if "web.yaml:8:5" in x],
         ["  images/web.yaml:8:5: no package 'only' in distro judge (stable), linux/arm64; it is there for linux/amd64"],
         "elsewhere")
    assert lines[-1].startswith("plimsoll: 6 packages "), lines
    assert not os.path.exists(p.fleet + "/plimsoll.lock")
    # One alone is the error itself, quiet or not.
    write(p.fleet + "/images/web.yaml", "image: web\ndistro: judge\npackages: [pyhton3]\n")
    write(p.fleet + "/images/api.yaml", "image: api\ndistro: judge\npackages: [python3]\n")
    err = p.run("lock", "--quiet", status=6).err
    assert err.startswith("plimsoll: images/web.yaml:3:12: no package 'pyhton3' in distro judge (stable)"), err
    # What is only provided, and what cannot be met, names the line too.
    for ask, text in [("mta", "mta (asked for in images/web.yaml:3:12): a virtual package, provided by "),
                      ("app", "app is asked for in images/web.yaml:3:12")]:
        write(p.fleet + "/images/web.yaml", "image: web\ndistro: judge\npackages: [%s]\n" % ask)
        assert text in p.run("lock", status=1).err, ask


def refused(archive):
    """build says all that it refuses, each script once, with the images and what to write."""
    odd = "#!/bin/sh\nset -e\nfrobnicate --%s\n"
    archive.publish("stable", [
        Package("odd", "1", architecture="all", scripts={"postinst": odd % "odd", "preinst": odd % "pre"}),
        Package("even", "1", scripts={"postinst": odd % "even"}), Package("plain", "1")] + [
        Package("many%d" % i, "1", architecture="all", scripts={"postinst": odd % i}) for i in range(30)])
    p = fleet(archive, {"web": "distro: judge\npackages: [odd, even]", "api": "distro: judge\npackages: [even]",
                        "good": "distro: judge\npackages: [plain]"})
    assert "3 maintainer scripts are not accounted for" in p.run("lock").out
    for command in ("build", "push"):
        err = p.run(command, status=1).err
        found = re.findall(r"^  (images/\w+\.yaml:1): nothing accounts for the (\w+) of (\w+) 1, in ([\w, ]+): (.+)\n"
                           r"    - (\{package: \w+, script: \w+, sha256: \"(?:sha256:)?[0-9a-f]{64}\", reason: )\"\.\.\.\"\}$",
                           err, re.M)

        def why(package, script):
            return ("package %s: %s ends with status 127: /var/lib/dpkg/info/%s.%s: 3: frobnicate: not found"
                    % (package, script, package, script))
        # In the order in which they would run.
        same([x[:5] for x in found],
             [("images/api.yaml:1", "postinst", "even", "api, web", why("even", "postinst")),
              ("images/web.yaml:1", "preinst", "odd", "web", why("odd", "preinst")),
              ("images/web.yaml:1", "postinst", "odd", "web", why("odd", "postinst"))], command)
        assert "plimsoll: 3 maintainer scripts are not accounted for" in err, err
    # What it says to write is enough, and then lock asks for nothing either.
    acks = "\nacknowledge:\n" + "".join("  - %s\"not here\"}\n" % x[5] for x in found)
    for name, packages in (("web", "odd, even"), ("api", "even")):
        write("%s/images/%s.yaml" % (p.fleet, name), "image: %s\ndistro: judge\npackages: [%s]%s" % (name, packages, acks))
    same(p.json("lock")["unknown_scripts"], [], "lock knows what is answered for")
    p.run("build")
    # Bounded; a lock of other definitions is said of all images too.
    write(p.fleet + "/images/many.yaml", "image: many\ndistro: judge\npackages: [%s]\n" %
          ", ".join("many%d" % i for i in range(30)))
    p.run("lock")
    err = p.run("build", status=1).err
    assert err.count("nothing accounts for") == 20 and "\n  and 10 more\n" in err, err
    for name in ("web", "api"):
        write("%s/images/%s.yaml" % (p.fleet, name), "image: %s\ndistro: judge\npackages: [plain]\n" % name)
    err = p.run("build", status=1).err
    assert re.search(r"images/api.*\n.*images/web.*\nplimsoll: 2 images are not what the lock was made of", err), err


def names(archive):
    """One form of names for every command; what could mean two images is an error that lists them."""
    archive.publish("stable", [Package("plain", "1"), Package("other", "1")])
    p = fleet(archive, {
        "base": "distro: judge\npackages: [plain]",
        "velero": "base: base\nversion: 1.12.3\npackages: [other]\nvariants: {aws: {version: 1.8.2}, gcp: {version: 1.8.2}}",
        "a/tool": "distro: judge\npackages: [plain]", "b/tool": "distro: judge\npackages: [plain]"})
    p.run("lock")
    p.run("push", "--quiet")
    where = "oci:%s/registry/" % os.path.realpath(p.fleet)

    def built(name, status=0):
        a = p.run("build", name, "--quiet", "--output", "json", status=status)
        return a.err if status else [i["id"] for i in a.json["images"]]

    aws = ["velero:aws", "velero:1.12.3-aws1.8.2", "oci:registry/velero:1.12.3-aws1.8.2", "oci:registry/velero:aws",
           "registry/velero:aws", where + "velero:1.12.3-aws1.8.2"]
    base = ["base", "base:judge", "registry/base", "registry/base:judge", "oci:registry/base", "oci:registry/base:judge",
            where + "base", where + "base:judge"]
    for name in aws:
        same(built(name), ["base", "velero:aws"], name)
    for name in base:
        same(built(name), ["base"], name)
        same([i["name"] for i in p.json("children", name)["images"]],
             [where + "velero:1.12.3-aws1.8.2", where + "velero:1.12.3-gcp1.8.2"], name)
        same(p.json("scan", name)["packages"][0]["name"], "plain", name)
    digest = {i["name"]: i["digest"] for i in p.json("images")["images"]}
    for name in ("base", "base:judge", "oci:registry/base"):
        same(p.json("children", name + "@" + digest[where + "base:judge"])["name"][:len(where) + 5], where + "base@", name)
    same(built("velero"), ["base", "velero:aws", "velero:gcp"], "all variants")
    assert "'velero' could mean oci:registry/velero:1.12.3-aws1.8.2, oci:registry/velero:1.12.3-gcp1.8.2" in \
        p.run("children", "velero", status=1).err
    assert "'tool' could mean oci:registry/a/tool:judge, oci:registry/b/tool:judge" in built("tool", 1)
    same(built("b/tool"), ["b/tool"], "b/tool")
    assert "no image 'bsae' in this fleet; did you mean 'base'?" in built("bsae", 6)
    assert "no image 'base:sid' in this fleet; did you mean 'base'?" in built("base:sid", 6)
    assert "name the image without @sha256" in built("base@" + digest[where + "base:judge"], 1)
    # Outside of the fleet: what ends so, if it is only one.
    other = Program(directory("elsewhere-"), p.store, p.db)
    for name in ("base", "base:judge", "registry/base"):
        same(len(other.json("children", name)["images"]), 2, name)
    err = other.run("children", "velero", status=1).err
    assert "could mean %svelero:1.12.3-aws1.8.2, %svelero:1.12.3-gcp1.8.2" % (where, where) in err, err
    assert "a/tool:judge, " in other.run("children", "tool:judge", status=1).err
    assert "is not in the inventory" in other.run("children", "nothing", status=6).err
    # Packages never seen.
    assert "held the package plian; did you mean plain?" in p.run("packages", "plian", status=6).err
    assert "holds a package othr; did you mean other?" in p.run("upgrade", "--package", "othr", status=6).err
    tag = [i["immutable"] for i in p.json("push")["images"] if i["name"].endswith("/base:judge")][0].split("/")[-1]
    same(len(other.json("children", tag)["images"]), 2, "an immutable tag")


def changes(archive):
    """lock says what changed, also when only a definition did."""
    archive.publish("stable", [Package("plain", "1"), Package("other", "1")])
    p = fleet(archive, {"base": "distro: judge\npackages: [plain]", "web": "base: base", "old": "distro: judge"})
    assert p.run("lock", "--quiet").out.startswith("locked: 3 images on 2 platforms, 2 packages, "), "a first lock"
    assert p.run("lock", "--quiet").out.startswith("lock unchanged: 3 images"), "nothing"
    same([p.json("lock")[k] for k in ("changes", "image_changes", "suite_changes")], [[], [], []], "nothing")

    def lines():
        first, *rest = p.run("lock", "--quiet").out.splitlines()
        assert first.startswith("lock changed: "), first
        return rest

    def define(name, text):
        write("%s/images/%s.yaml" % (p.fleet, name), "image: %s\n%s\n" % (name, text))

    define("web", "base: base\nenv: {A: \"1\"}\nlabels: {org.example.a: b}")
    same(lines(), ["  web: definition changed (env, labels)"], "only a definition")
    write(p.fleet + "/app.conf", "one")
    define("web", "base: base\nenv: {A: \"1\"}\nfiles: [{from: app.conf, to: /etc/app.conf}]")
    same(lines(), ["  web: definition changed (files, labels); files: /etc/app.conf"], "with a file")
    write(p.fleet + "/app.conf", "two")
    same(lines(), ["  web: files: /etc/app.conf"], "a file")
    os.unlink(p.fleet + "/images/old.yaml")
    define("new", "base: base\npackages: [other]\nplatforms: [linux/amd64]")
    same(lines(), ["  new: new image", "  old: image gone", "  other:amd64  (new)  ->  1"], "images")
    define("new", "base: base\npackages: [other]")
    same(lines(), ["  new: new: linux/arm64", "  other:arm64  (new)  ->  1"], "a platform")
    archive.publish("stable", [Package("plain", "3"), Package("other", "1")])
    rest = p.json("lock", "--update")
    same([(c["package"], c["architecture"], c["from"], c["to"]) for c in rest["changes"]],
         [("plain", "amd64", "1", "3"), ("plain", "arm64", "1", "3")], "versions")
    same([(c["suite"], c["distro"], c["from"] < c["to"]) for c in rest["suite_changes"]], [("stable", "judge", True)], "suites")
    archive.publish("stable", [Package("plain", "3"), Package("other", "1"), Package("more", "1")])
    rest = lines()
    assert len(rest) == 1 and re.match(r"  index of stable  \d{4}-\S+Z  ->  \d{4}-\S+Z$", rest[0]), rest
    # Another store has not seen the former definition.
    define("web", "base: base\nuser: \"7\"")
    other = Program(p.fleet)
    got = other.json("lock")["image_changes"]
    same([(c["id"], c["change"], c["definition"], c["keys"], c["files"]) for c in got],
         [("web", "changed", True, None, ["/etc/app.conf"])], "elsewhere")


def on_terminal(p, *args, columns=80, status=0, signal_at=None, env=None):
    """(lines as they stand in the end, raw output) of a command on a terminal of that width."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(p.fleet)
        os.execve(p.binary, [p.binary, *args], dict(p.env, TERM="xterm", NO_COLOR="1", **(env or {})))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    raw = b""
    while True:
        try:
            some = os.read(fd, 65536)
        except OSError:
            break
        if not some:
            break
        raw += some
        if signal_at and signal_at in raw:
            os.kill(pid, 2)
            signal_at = None
    os.close(fd)
    same(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status, " ".join(args))
    lines = []
    for line in raw.decode().replace("\r\n", "\n").split("\n"):
        # What \r and "erase to the end of the line" leave.
        lines.append([part for part in line.replace("\x1b[K", "").split("\r")][-1])
    return lines, raw.decode()


def columns(archive):
    """No result wraps at 80 columns; names and digests are whole where nobody looks, or with --full."""
    archive.publish("stable", [Package("a-package-with-a-name-of-some-length", "1:2.3.4+dfsg-5+deb12u6", source="another-source-package"),
                               Package("plain", "1")])
    deep = "oci:a-registry-in-a-directory/with-parts/platform-engineering"
    p = fleet(archive, {
        "base": "distro: judge\npackages: [plain]",
        "a-team/a-rather-long-name-of-an-image": "base: base\nversion: 1.12.3-alpha.4\n"
        "packages: [a-package-with-a-name-of-some-length]\nvariants: {aws: {version: 1.8.2}, openstack: {version: 10.11.12}}"},
        registry=deep)
    for command in (["lock"], ["build"], ["build"], ["push"], ["push"], ["images"], ["children", "base", "-r"],
                    ["packages", "a-package-with-a-name-of-some-length"], ["scan", "a-rather-long-name-of-an-image:aws"],
                    ["upgrade", "--all"], ["lock", "--regroup"], ["version"], ["help"]):
        lines, _ = on_terminal(p, *command)
        same([x for x in lines if len(x) > 80 and not x.startswith("note: ")], [], "%s at 80 columns" % command)
    text = "\n".join(on_terminal(p, "images")[0])
    digest = p.json("images")["images"][0]["digest"]
    assert digest[7:19] in text and digest[7:20] not in text, text
    whole = p.json("images")["images"][0]["name"].replace(os.path.realpath(p.fleet) + "/", "")
    assert whole not in text and whole in p.run("images").out and digest not in p.run("images").out
    text = "\n".join(on_terminal(p, "images", "--full")[0])
    assert whole in text and digest in text, text
    # Newer packages: a plan.
    archive.publish("stable", [Package("a-package-with-a-name-of-some-length", "1:2.3.4+dfsg-5+deb12u7", source="another-source-package"),
                               Package("plain", "2")])
    for command in ("build", "push", "upgrade", "lock"):
        for x in p.run("help", command).out.splitlines():
            assert len(x) <= 80, x
    lines, _ = on_terminal(p, "upgrade", "--all", status=4)
    same([x for x in lines if len(x) > 80], [], "a plan at 80 columns")
    assert any("3 images in 2 waves:" in x for x in lines), lines
    for width in (60, 120):
        same([x for x in on_terminal(p, "upgrade", "--all", status=4, columns=width)[0] if len(x) > width], [], width)


def bar(archive):
    """The bar moves while nothing comes, says what it waits for, fits, and leaves nothing behind."""
    archive.publish("stable", [Package("plain", "1"), Package("big", "1", files={"usr/big": os.urandom(3 << 20)})])
    archive.delay = 1
    p = fleet(archive, {"base": "distro: judge\npackages: [plain, big]"})
    for width, waits in ((80, "fetching InRelease of stable"), (50, "indexes")):
        lines, raw = on_terminal(Program(p.fleet), "lock", columns=width)
        frames = re.findall(r"\r([^\r\n]*?)\x1b\[K", raw)
        same([x for x in frames if len(x) >= width], [], "frames in %d columns" % width)
        if width == 80:
            assert len({x for x in frames if waits in x}) >= 4, "it turns while nothing comes: %r" % frames
            assert any(re.search(r"packages .* of 6\.\d MB .*big_1_", x) for x in frames), frames
        assert any(waits in x for x in frames) and not any(re.search(r"\[[=# .>-]{4}", x) for x in lines), lines
        os.unlink(p.fleet + "/plimsoll.lock")
    # Interrupted, failed: the line is taken away.
    p = Program(p.fleet)
    lines, _ = on_terminal(p, "lock", status=130, signal_at=b"InRelease")
    same([x for x in lines if x and "interrupted; run it again" not in x and x != "^C"], [], "interrupted")
    write(p.fleet + "/images/base.yaml", "image: base\ndistro: judge\npackages: [bgi]\n")
    lines, _ = on_terminal(p, "lock", status=6)
    assert "near: big" in lines[-2] and not any(re.search(r"\[[=# .>-]{4}", x) for x in lines), lines
    # Elsewhere: lines; quiet: nothing.
    archive.delay = 0
    write(p.fleet + "/images/base.yaml", "image: base\ndistro: judge\npackages: [big]\n"
          "acknowledge: [{warning: no-os-release, reason: a package alone}]\n")
    err = p.run("lock").err
    assert "indexes ...\n" in err and "\r" not in err and "2 packages fetched, 6." in err, err
    same(p.run("lock", "--quiet").err, "", "quiet")


def test():
    archive = Archive()
    missing(archive)
    refused(archive)
    names(archive)
    changes(archive)
    columns(archive)
    bar(archive)


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
