#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=900 needs=gpg,gpgv,mmdebstrap,bwrap,unshare,diff
"""plimsoll recipe: real installations as the judge. What we put together equals them; a script that is no shell's is
learnt, and with the recipe that comes of it the image is built and equals them again; what is another each time is
left out; a recipe that lies is found; a script can be run in a sandbox, if it does the same twice. Packages made
here, on Debian's essential ones."""
import json
import os

from harness.apt import no_namespaces
from harness.archive import Archive, Package
from harness.checks import directory, main, same, skip, write
from harness.debs import File
from harness.fleets import SUITES
from harness.program import RELEASE, Program

TELLS = """#!/usr/bin/perl
exit 0 if $ARGV[0] ne "configure";
system("adduser --quiet --system --group --home /var/lib/odd odd");
system("install -d -o odd -g adm -m 2750 /var/lib/odd");
open(F, ">/etc/odd.conf"); print F "it's\\nend\\n  \\$x `y` \\\\n\\nlast line without an end"; close(F);
open(F, ">/etc/odd.host"); print F `hostname`; close(F);
open(F, ">/var/lib/odd/key"); print F rand(), time(), "\\n"; close(F);
chmod 0600, "/etc/odd.list";
symlink "../etc/odd.conf", "/srv/odd";
unlink "/usr/share/odd/gone";
"""
ODD = Package("odd", "2", "adduser, perl-base", architecture="all", scripts={"postinst": TELLS},
              files={"etc/odd.list": "x\n", "usr/share/odd/gone": "x\n", "usr/share/odd/file": "x\n"})
PLAIN = Package("plain", "1", "debconf", architecture="all", files={"usr/bin/plain": File("#!/bin/sh\n", 0o755)}, scripts={
    "postinst": "#!/bin/sh\nset -e\n. /usr/share/debconf/confmodule\ndb_get plain/name\necho \"$RET\" > /etc/plain\nchmod 640 /etc/plain\n",
    "templates": "Template: plain/name\nType: string\nDefault: nobody\nDescription: a name\n"})
LIE = "package plain\nscript postinst \"a lie\" %s\necho lie > /etc/plain\nend\n"


SAME = TELLS.replace("`hostname`", '"here\\n"').replace('rand(), time(), ', "")
NEEDS = "base-files, base-passwd, dash, coreutils, hostname, perl-base, passwd, adduser"


def blob(p, digest):
    with open(p.store + "/blobs/sha256/" + digest.partition(":")[2], encoding="utf-8") as f:
        return json.load(f)


def judge_scripted(p, archive):
    """An image whose script is run."""
    write(p.fleet + "/images/run.yaml", "image: run\ndistro: judge\npackages: [%s, odd]\nscripted: [odd]\n" % NEEDS)
    p.run("lock", "--update", "--quiet")
    err = p.run("build", "run", status=1).err
    same("it made 2 paths another each time (/etc/odd.host, /var/lib/odd/key)" in err, True, "what differs is refused and named")
    archive.publish("stable", [Package("odd", "4", "adduser, perl-base", architecture="all", scripts={"postinst": SAME},
                                       files=ODD.files), PLAIN])
    p.run("lock", "--update", "--quiet")
    built = p.json("build", "run")["images"][0]
    with open(p.fleet + "/plimsoll.lock", encoding="utf-8") as f:
        scripts = [s for x in json.load(f)["distros"]["judge"]["packages"] if x["name"] == "odd" for s in x["scripts"]]
    same([s["verdict"] for s in scripts], ["scripted"], "the verdict")
    config = blob(p, blob(p, built["platforms"][0]["digest"])["config"]["digest"])
    same(config["history"][-1]["created_by"], "plimsoll: files; scripted: odd.postinst", "the history")
    same(p.json("build", "run", "--store", directory("store-"))["images"][0]["digest"], built["digest"], "another store, the same image")
    same(p.json("recipe", "check", "--image", "run")["checks"][0]["unexplained"], 0, "it equals a real installation")
    write(p.fleet + "/images/run.yaml", "image: run\ndistro: judge\npackages: [base-files]\nscripted: [odd]\n")
    same("run: scripted: the image does not hold the package odd" in p.run("lock", status=1).err, True, "a package that is not there")
    write(p.fleet + "/images/run.yaml", "image: run\ndistro: judge\npackages: [base-files]\nscripted: [\"/x\"]\n")
    same("is no package's name" in p.run("lock", status=1).err, True, "what is no package")
    os.unlink(p.fleet + "/images/run.yaml")


def fleet(archive):
    path = directory("fleet-")
    write(path + "/fleet.yaml", "registry: oci:registry\nplatforms: [linux/amd64]\ndistros:\n  judge:\n    sources:\n"
          "      - {suites: [%s], components: [main]}\n"
          "      - {suites: [stable], components: [main], mirror: \"%s\", signed_by: %s}\n" % (", ".join(SUITES), archive.url, archive.key))
    write(path + "/images/plain.yaml", "image: plain\ndistro: judge\npackages: [plain]\ndebconf: {plain/name: somebody}\n")
    write(path + "/images/odd.yaml", "image: odd\ndistro: judge\npackages: [base-files, odd]\n")
    return path


def test():
    why = no_namespaces()
    if why:
        skip("no real installation here: " + why)
    archive = Archive()
    archive.publish("stable", [ODD, PLAIN])
    p = Program(fleet(archive), binary=RELEASE)

    # What is interpreted equals, with the definition's answers.
    checks = p.json("recipe", "check", "--image", "plain")["checks"]
    same([(c["name"], c["unexplained"], c["refused"]) for c in checks], [("plain", 0, [])], "an image that equals")
    same([d for d in checks[0]["differences"] if not d["reason"]], [], "its differences are explained")
    same("interpreted, and the trees are equal" in p.run("recipe", "learn", "plain").out, True, "nothing is to be learnt")

    # What is refused is named, and can be learnt.
    a = p.json("recipe", "check", "odd", status=5)["checks"][0]
    same([r["package"] for r in a["refused"]], ["odd"], "the refused script is named")
    same("/etc/odd.conf" in [d["path"] for d in a["differences"] if not d["reason"]], True, "what it would have done is missing")
    p.run("lock", "--quiet")
    same("plimsoll recipe learn odd --write" in p.run("build", "odd", status=1).err, True, "the refusal says how to go on")
    learnt = p.json("recipe", "learn", "odd", "--write")
    same(sorted(learnt["left"]), ["/etc/odd.host", "/var/lib/odd/key"], "what is another each time is left")
    with open(learnt["file"] if learnt["file"][0] == "/" else os.path.join(p.fleet, learnt["file"]), encoding="utf-8") as f:
        same(f.read(), learnt["recipe"], "the recipe is written")
    same(p.run("recipe", "learn", "odd", "--write", status=1).out, "", "a recipe is not written over")
    same("recipes/odd.recipe: script postinst: learnt" in p.run("recipe", "show", "odd").out, True, "show names the recipe")
    p.run("lock", "--quiet")
    p.run("build", "--quiet")
    a = p.json("recipe", "check", "odd", status=5)["checks"][0]
    same(sorted(d["path"] for d in a["differences"] if not d["reason"]), ["/etc/odd.host", "/var/lib/odd/key"],
         "with the recipe, all but what was left equals")

    # A recipe that lies is found out.
    with open(p.fleet + "/plimsoll.lock", encoding="utf-8") as f:
        packages = json.load(f)["distros"]["judge"]["packages"]
    script = [s for x in packages if x["name"] == "plain" for s in x["scripts"] if s["name"] == "postinst"][0]
    write(p.fleet + "/recipes/plain.recipe", LIE % script["sha256"].split(":")[-1])
    a = p.run("recipe", "check", "plain", status=5)
    same(a.out.partition("/etc/plain: ")[2],
         "differs\n    installed: file root:root 0640, 7 bytes; ours: file root:root 0644, 4 bytes\n    + lie\n    - nobody\n",
         "the difference is shown")

    # What changed since a version.
    same("its scripts are those of 2" in p.run("recipe", "diff", "odd", "2").out, True, "nothing changed")
    archive.publish("stable", [Package("odd", "3", "adduser, perl-base", architecture="all",
                                       scripts={"postinst": TELLS.replace("2750", "2755")}), PLAIN])
    p.run("lock", "--update", "--quiet")
    diff = p.run("recipe", "diff", "odd", "2").out
    same([line for line in diff.splitlines() if line[0] in "+-" and "odd" in line and "2" in line],
         ['-system("install -d -o odd -g adm -m 2750 /var/lib/odd");', '+system("install -d -o odd -g adm -m 2755 /var/lib/odd");'],
         "the changed line")
    for words, status in ((("diff", "odd", "1"), 6), (("diff", "none", "1"), 6), (("show", "none"), 6), (("learn", "odd", "plain"), 2),
                          (("check",), 2), (("check", "--all", "odd"), 2), (("fly",), 2), (("learn", "nosuch"), 6),
                          (("check", "odd", "--platform", "vax"), 2)):
        p.run("recipe", *words, status=status)
    os.unlink(p.fleet + "/recipes/odd.recipe")
    os.unlink(p.fleet + "/images/odd.yaml")
    judge_scripted(p, archive)


main(test)
