#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120
"""A maintainer script that nobody accounts for: the build stops and says what to write; what it says, written
into the definition, lets the build pass; another text of the script makes it stop again. Against an archive made
and signed here. Environment: PLIMSOLL, the program."""
import gzip, hashlib, json, os, re, shutil, subprocess, sys, tempfile

PLIMSOLL = os.path.abspath(os.environ.get("PLIMSOLL") or sys.argv[1])
POSTINST = "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then\n\tfrobnicate --all\nfi\n"


def run(*args, **kw):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, **kw).stdout


class Archive:
    """suite/main with one package `odd`, whose postinst is given, and `plain`, which has no scripts."""

    def __init__(self, root):
        self.root, self.home = root + "/archive", root + "/gnupg"
        os.makedirs(self.root + "/pool")
        os.makedirs(self.home, 0o700)
        self.gpg = ["gpg", "--homedir", self.home, "--batch", "--quiet"]
        run(*self.gpg, "--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign", "0")
        self.key = root + "/key.gpg"
        run(*self.gpg, "-o", self.key, "--export", "test@example.org")

    def close(self):
        run("gpgconf", "--homedir", self.home, "--kill", "gpg-agent")

    def package(self, name, version, more, postinst):
        tree = "%s/%s-%s" % (self.root, name, version)
        os.makedirs(tree + "/DEBIAN")
        os.makedirs(tree + "/usr/share/" + name)
        control = ("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\n"
                   "%sDescription: a package\n" % (name, version, more))
        for path, text in (("DEBIAN/control", control), ("usr/share/%s/file" % name, version + "\n")):
            with open("%s/%s" % (tree, path), "w") as f:
                f.write(text)
        if postinst:
            with open(tree + "/DEBIAN/postinst", "w") as f:
                f.write(postinst)
            os.chmod(tree + "/DEBIAN/postinst", 0o755)
        deb = "pool/%s_%s_all.deb" % (name, version)
        run("dpkg-deb", "--root-owner-group", "-b", tree, self.root + "/" + deb)
        data = open(self.root + "/" + deb, "rb").read()
        return control + "Filename: %s\nSize: %d\nSHA256: %s\n\n" % (deb, len(data), hashlib.sha256(data).hexdigest())

    def publish(self, version, postinst):
        packages = (self.package("odd", version, "Depends: plain\n", postinst) +
                    self.package("plain", version, "", None)).encode()
        dist = self.root + "/dists/suite"
        shutil.rmtree(dist, ignore_errors=True)
        os.makedirs(dist + "/main/binary-amd64")
        sums = []
        for name, data in (("Packages", packages), ("Packages.gz", gzip.compress(packages))):
            path = "main/binary-amd64/" + name
            with open(dist + "/" + path, "wb") as f:
                f.write(data)
            sums.append(" %s %d %s" % (hashlib.sha256(data).hexdigest(), len(data), path))
        date = run("date", "-uR").decode().strip()
        with open(dist + "/Release", "w") as f:
            f.write("Suite: suite\nCodename: suite\nDate: %s\nComponents: main\nArchitectures: amd64\nSHA256:\n%s\n"
                    % (date, "\n".join(sums)))
        run(*self.gpg, "--yes", "-o", dist + "/InRelease", "--clearsign", dist + "/Release")


class Fleet:
    def __init__(self, root, archive):
        self.root = root
        self.dir = root + "/fleet"
        os.makedirs(self.dir + "/images")
        self.env = dict(os.environ, PLIMSOLL_STORE=root + "/store", PLIMSOLL_DB=root + "/db", LC_ALL="C")
        with open(self.dir + "/fleet.yaml", "w") as f:
            f.write("registry: oci:%s/registry\nplatforms: [linux/amd64]\ndistros:\n  test:\n    suites: [suite]\n"
                    "    mirror: file:%s\n    signed_by: %s\n" % (root, archive.root, archive.key))

    def define(self, name, *more):
        with open("%s/images/%s.yaml" % (self.dir, name), "w") as f:
            f.write("image: %s\n%s" % (name, "".join(line + "\n" for line in more)))

    def plimsoll(self, *args):
        p = subprocess.run((PLIMSOLL, "-C", self.dir) + args, env=self.env, stdin=subprocess.DEVNULL,
                           capture_output=True, text=True)
        assert "Sanitizer" not in p.stderr and "runtime error" not in p.stderr, p.stderr
        return p.returncode, p.stdout, p.stderr

    def good(self, *args):
        code, out, err = self.plimsoll(*args)
        assert code == 0, (args, code, out, err)
        return out

    def bad(self, *args):
        code, out, err = self.plimsoll(*args)
        assert code == 1, (args, code, out, err)
        return err


def advice(err, package, version):
    """The line that the error says to write under acknowledge:."""
    assert "images/web.yaml:1:" in err and "web: " in err, err
    assert "the postinst of %s %s" % (package, version) in err, err
    found = re.search(r'acknowledge: (\{package: (\S+), script: (\S+), sha256: "(?:sha256:)?([0-9a-f]{64})", '
                      r'reason: "\.\.\."\})', err)
    assert found, err
    assert found.group(2) == package and found.group(3) == "postinst", err
    return found.group(1), found.group(4)


def main():
    root = tempfile.mkdtemp(prefix="plimsoll-ack-")
    archive = Archive(root)
    try:
        fleet = Fleet(root, archive)
        archive.publish("1.0", POSTINST)
        fleet.define("web", "distro: test", "packages: [odd]")
        fleet.define("other", "distro: test", "packages: [plain]")
        out = fleet.good("lock")
        assert "1 maintainer script" in out and "acknowledge" in out, out
        line, digest = advice(fleet.bad("build"), "odd", "1.0")
        # Nothing is made of an image that is refused; others do not suffer.
        fleet.good("build", "other")
        # The hash is the script's own: every line of it counts.
        assert digest == hashlib.sha256(POSTINST.encode()).hexdigest(), digest

        def acknowledge(text):
            fleet.define("web", "distro: test", "packages: [odd]", "acknowledge:", "  - " + text)

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
        archive.publish("1.1", POSTINST + "\n\n")
        fleet.good("lock", "--update")
        fleet.good("build")
        # ... one with another script does not: the text was not read.
        archive.publish("1.2", POSTINST.replace("--all", "--some"))
        fleet.good("lock", "--update")
        _, other = advice(fleet.bad("build"), "odd", "1.2")
        assert other != digest
        # A child's build asks its base's definition too.
        fleet.define("web", "distro: test", "packages: [odd]", "acknowledge:", "  - " + line.replace(digest, other))
        fleet.define("child", "base: web", "packages: [plain]")
        fleet.good("lock")
        fleet.good("build", "child")
    finally:
        archive.close()
        shutil.rmtree(root)


main()
