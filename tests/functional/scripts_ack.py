#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""A maintainer script that nobody accounts for: the build stops and says what to write; what it says, written
into the definition, lets the build pass; another text of the script makes it stop again. Against an archive made
and signed here."""
import hashlib
import re

from harness.archive import Archive, Package
from harness.checks import directory, main, need, write
from harness.program import Program

POSTINST = "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then\n\tfrobnicate --all\nfi\n"


def publish(archive, version, postinst):
    """stable with one package `odd`, whose postinst is given, and `plain`, which has no scripts."""
    archive.publish("stable", [
        Package("odd", version, "plain", architecture="all", scripts={"postinst": postinst}),
        Package("plain", version, architecture="all")])


class Fleet:
    def __init__(self, archive):
        self.program = Program(directory("fleet-"))
        write(self.program.fleet + "/fleet.yaml",
              archive.fleet_yaml("oci:registry", ["stable"], "linux/amd64"))

    def define(self, name, *more):
        write("%s/images/%s.yaml" % (self.program.fleet, name), "image: %s\n%s" % (name, "".join(x + "\n" for x in more)))

    def good(self, *args):
        return self.program.run(*args).out

    def bad(self, *args):
        return self.program.run(*args, status=1).err


def advice(err, package, version):
    """The line that the error says to write under acknowledge:."""
    assert "images/web.yaml:1:" in err and "web: " in err, err
    assert "the postinst of %s %s" % (package, version) in err, err
    found = re.search(r'acknowledge: (\{package: (\S+), script: (\S+), sha256: "(?:sha256:)?([0-9a-f]{64})", '
                      r'reason: "\.\.\."\})', err)
    assert found, err
    assert found.group(2) == package and found.group(3) == "postinst", err
    return found.group(1), found.group(4)


def test():
    archive = Archive()
    fleet = Fleet(archive)
    publish(archive, "1.0", POSTINST)
    fleet.define("web", "distro: judge", "packages: [odd]")
    fleet.define("other", "distro: judge", "packages: [plain]")
    out = fleet.good("lock")
    assert "1 maintainer script" in out and "acknowledge" in out, out
    line, digest = advice(fleet.bad("build"), "odd", "1.0")
    # Nothing is made of an image that is refused; others do not suffer.
    fleet.good("build", "other")
    # The hash is the script's own: every line of it counts.
    assert digest == hashlib.sha256(POSTINST.encode()).hexdigest(), digest

    def acknowledge(text):
        fleet.define("web", "distro: judge", "packages: [odd]", "acknowledge:", "  - " + text)

    # As it stands the advice is only half of it: somebody has to give the reason.
    acknowledge(line.replace(', reason: "..."', ""))
    assert "'reason' is missing" in fleet.bad("lock")
    acknowledge(line.replace('"..."', '"Tunes a kernel, which a container has not"'))
    fleet.good("lock")
    fleet.good("build")
    # Another hash, another script, another package: none of them is this one.
    for change in ((digest, "0" * 64), ("script: postinst", "script: preinst"), ("package: odd", "package: plain")):
        acknowledge(line.replace(*change))
        fleet.good("lock")
        assert advice(fleet.bad("build"), "odd", "1.0")[1] == digest
    # Another version with the same script stays acknowledged ...
    acknowledge(line)
    publish(archive, "1.1", POSTINST + "\n\n")
    fleet.good("lock", "--update")
    fleet.good("build")
    # ... one with another script does not: the text was not read.
    publish(archive, "1.2", POSTINST.replace("--all", "--some"))
    fleet.good("lock", "--update")
    _, other = advice(fleet.bad("build"), "odd", "1.2")
    assert other != digest
    # A child's build asks its base's definition too.
    fleet.define("web", "distro: judge", "packages: [odd]", "acknowledge:", "  - " + line.replace(digest, other))
    fleet.define("child", "base: web", "packages: [plain]")
    fleet.good("lock")
    fleet.good("build", "child")


if __name__ == "__main__":
    need("gpg", "gpgv")
    main(test)
