#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg
"""A name in the inventory means one place: two fleets with the same definitions' names and the same `registry: oci:out`,
in two directories, one inventory; what people type and see; names of before."""
import os
import sqlite3

from harness.archive import Archive, Package
from harness.cache import new_store
from harness.checks import check, directory, main, need, same, write
from harness.program import Program

OLD, NEW = "1.0-1", "1.0-1+deb12u1"


def make_fleet(archive, path, extra=""):
    write(path + "/fleet.yaml", archive.fleet_yaml("oci:out", ["stable"], "linux/amd64"))
    write(path + "/images/base.yaml", "image: base\ndistro: judge\npackages: [libone]\nuser: 65532:65532\n" + extra)
    write(path + "/images/web.yaml", "image: web\nbase: base\npackages: [webd]\n")


def names(p):
    return {i["name"]: i["digest"] for i in p.json("images")["images"]}


def known(path, digests):
    return {"oci:%s/out/%s:judge" % (path, i): digests[i] for i in digests}


def test_two_fleets(archive):
    top = os.path.realpath(directory("places-"))
    one, two = top + "/one", top + "/two"
    make_fleet(archive, one)
    make_fleet(archive, two, "labels: {org.example.fleet: two}\n")
    a = Program(one)
    b = Program(two, new_store(), a.db)
    for p in (a, b):
        p.run("lock", "--quiet")
        p.run("push", "--quiet")
    first, second = known(one, a.digests()), known(two, b.digests())
    same(names(a), {**first, **second}, "both fleets' names")
    same(len({*first.values(), *second.values()}), 4, "different contents")

    # A third directory with the first one's definitions: the same digests, no path in the bytes.
    third = top + "/third"
    make_fleet(archive, third)
    c = Program(third, a.store)
    c.run("lock", "--quiet")
    same(c.digests(), a.digests(), "the digests do not depend on the directory")

    # What a person sees and types: short in the fleet's directory, whole elsewhere.
    for p, mine, other in ((a, one, two), (b, two, one)):
        child = "oci:%s/out/web:judge" % mine
        for way in ("oci:out/base:judge", "oci:./out/base:judge", "oci:%s/out/base:judge" % mine,
                    "oci:%s/../%s/out/base:judge" % (other, os.path.basename(mine))):
            same([i["name"] for i in p.json("children", way)["images"]], [child], "children of " + way)
        shown = p.run("images").out
        check("oci:out/web:judge " in shown and "oci:%s/out/web:judge" % other in shown and mine not in shown,
              "what images shows", shown)
        check("oci:out/web:judge" in p.run("children", "oci:out/base:judge").out, "what children shows")
    elsewhere = Program(top, a.store, a.db)
    same([i["name"] for i in elsewhere.json("children", "oci:one/out/base:judge")["images"]],
         ["oci:%s/out/web:judge" % one], "from a directory that is no fleet's")
    same([i["name"] for i in elsewhere.json("children", "oci:out/base:judge", "-C", "two")["images"]],
         ["oci:%s/out/web:judge" % two], "with -C")
    elsewhere.run("children", "oci:out/base:judge", status=6)

    # One fleet's fix is not the other's.
    archive.publish("stable", [Package("libone", NEW, source="one"), Package("webd", "2", depends="libone")])
    fix = ("upgrade", "--package", "libone", "--fixed", NEW)
    plan = a.json(*fix, status=4)["plan"]
    same(sorted(i["name"] for i in plan["images"]), sorted(first), "the plan of the first fleet")
    same(sorted(plan["outside"]), sorted(second), "what is not of the first fleet")
    a.json(*fix, "--apply")
    holders = {n for h in a.json("packages", "libone", "--version", "lt:" + NEW)["packages"] for n in h["images"]}
    same(holders, set(second), "who holds the old one when the first fleet is renewed")
    same(sorted(i["name"] for i in b.json(*fix, status=4)["plan"]["images"]), sorted(second), "the second fleet's plan")
    b.json(*fix, "--apply")
    check("none" in b.run("packages", "libone", "--version", "lt:" + NEW).out, "nobody holds it")
    return a


def test_odd_directories(archive):
    """Blanks, signs and links in the path, `--registry` in the working directory."""
    top = os.path.realpath(directory("places-"))
    path = top + "/my fleet, 100% @home/é"
    make_fleet(archive, path)
    os.symlink(path, top + "/link")
    p = Program(top + "/link")
    p.run("lock", "--quiet")
    same([i["registered"] for i in p.json("push")["images"]], [True, True], "registered")
    coded = "oci:%s/my%%20fleet%%2C%%20100%%25%%20%%40home/%%C3%%A9/out/" % top
    same(sorted(names(p)), [coded + "base:judge", coded + "web:judge"], "the names")
    q = Program(path, p.store, p.db)
    same([i["registered"] for i in q.json("push")["images"]], [False, False], "pushed again by its other name")
    same([i["name"] for i in q.json("children", coded + "base:judge")["images"]], [coded + "web:judge"], "as JSON has it")
    same([i["name"] for i in q.json("children", "oci:out/base:judge")["images"]], [coded + "web:judge"], "as people type it")
    q.run("push", "--quiet", "--registry", "oci:other")
    check(coded.replace("/out/", "/other/") + "base:judge" in names(p), "--registry is below the working directory", names(p))


def relative(db, path):
    """As the program before registered."""
    c = sqlite3.connect(db)
    for table, column in (("name", "repository"), ("content", "base_repository"), ("content", "base")):
        c.execute("UPDATE %s SET %s = replace(%s, ?, 'oci:')" % (table, column, column), ("oci:%s/" % path,))
    c.commit()
    c.close()


def test_names_of_before(archive):
    for through in ("database", "server"):
        path = os.path.realpath(directory("places-")) + "/fleet"
        make_fleet(archive, path)
        p = Program(path)
        p.run("lock", "--quiet")
        p.run("push", "--quiet")
        wanted = names(p)
        relative(p.db, path)
        same(sorted(names(p)), ["oci:out/base:judge", "oci:out/web:judge"], "names of before")
        same(len(p.json("children", "oci:out/base:judge")["images"]), 1, "they can be asked for")
        if through == "server":
            with p.serving() as host:
                p.run("push", "--quiet", "--db", "http://" + host)
        else:
            p.run("push", "--quiet")
        same(names(p), wanted, "a push through the %s gives them their place" % through)
        kids = p.json("children", "oci:out/base:judge")["images"]
        same([(i["name"], i["base"]) for i in kids],
             [("oci:%s/out/web:judge" % path, "oci:%s/out/base:judge" % path)], "and their bases theirs")
        # Of other content, or of another place, they are left alone.
        relative(p.db, path)
        write(path + "/images/web.yaml", "image: web\nbase: base\npackages: [webd]\nlabels: {org.example.new: yes}\n")
        p.run("lock", "--quiet")
        p.run("push", "--quiet")
        same(sorted(names(p)), sorted([*wanted, "oci:out/web:judge"]), "one that means something else stays")


def test_outside(archive):
    """What fleet.yaml names stays below the fleet's directory; the command line and the environment name any place."""
    top = os.path.realpath(directory("places-"))
    path, outside = top + "/fleet", top + "/outside"
    make_fleet(archive, path)
    with open(path + "/fleet.yaml") as f:
        text = f.read()
    p = Program(path)
    p.run("lock", "--quiet")
    del p.env["PLIMSOLL_DB"]
    p.env["XDG_DATA_HOME"] = top + "/data"
    os.mkdir(top + "/data")
    os.symlink(outside, path + "/dangling")
    os.symlink(top, path + "/up")
    os.makedirs(path + "/held/base/blobs")
    os.symlink(top, path + "/held/base/blobs/sha256")
    commands = (("push",), ("upgrade", "--all"), ("upgrade", "--all", "--apply"))

    def refused(key, value, commands, status):
        """All say where, and nothing is written outside."""
        before = sorted(os.listdir(top))
        write(path + "/fleet.yaml", "%s: %s\n" % (key, value) + "".join(x for x in text.splitlines(True) if not x.startswith(key)))
        for args in commands:
            a = p.run(*args, "--quiet", status=status)
            check("fleet.yaml:1:%d: " % (len(key) + 3) in a.err and "outside the fleet's directory" in a.err, "%s with %s %s"
                  % (" ".join(args), key, value), a.err)
        same(sorted(os.listdir(top)), before, "%s %s: what is outside" % (key, value))

    for value in (outside, "../outside", "out/../../outside", "dangling", "dangling/x", "up/outside"):
        refused("registry", "oci:" + value, commands, 1)
    refused("registry", "oci:held", (("push",),), 1)
    os.mkdir(path + "/a:")
    for value in (outside + "/i.db", "../i.db", "dangling", "up/i.db", "a://../../i.db"):
        refused("inventory", value, (("images",), ("packages", "libone"), ("children", "oci:out/base:judge"), ("upgrade", "--all")), 1)
        refused("inventory", value, (("push",),), 9)
    same(p.run("images", "--db", top + "/named.db").out, "", "--db names any place")
    p.env["PLIMSOLL_DB"] = top + "/set.db"
    same(p.run("images").out, "", "so does $PLIMSOLL_DB")
    write(path + "/fleet.yaml", text.replace("oci:out", "oci:" + outside))
    p.run("push", "--quiet", "--registry", "oci:" + top + "/by-name")
    same(sorted(names(p)), ["oci:%s/by-name/%s:judge" % (top, i) for i in ("base", "web")], "so does --registry")
    p.env["PLIMSOLL_ALLOW_OUTSIDE"] = "relative:%s/other:%s" % (top, outside)
    p.run("push", "--quiet")
    p.run("upgrade", "--all")
    check("oci:%s/base:judge" % outside in names(p), "what the environment allows", names(p))
    write(path + "/fleet.yaml", text.replace("oci:out", "oci:" + outside + "-not"))
    p.run("push", "--quiet", status=1)
    write(path + "/fleet.yaml", "inventory: data/i.db\n" + text.replace("oci:out", "oci:%s/fleet/deep/out" % top))
    os.mkdir(path + "/data")
    del p.env["PLIMSOLL_DB"], p.env["PLIMSOLL_ALLOW_OUTSIDE"]
    p.run("push", "--quiet")
    check(os.path.exists(path + "/data/i.db") and os.path.exists(path + "/deep/out/web/index.json"), "below it all is well")


def test():
    archive = Archive()
    archive.publish("stable", [Package("libone", OLD, source="one"), Package("webd", "2", depends="libone")])
    test_two_fleets(archive)
    test_odd_directories(archive)
    test_names_of_before(archive)
    test_outside(archive)


if __name__ == "__main__":
    need("gpg")
    main(test)
