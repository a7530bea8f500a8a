#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg
"""What a push registers through a `serve` is what it registers in a database: the layers of every platform, by
which an image of others on one of them is found to stand on it."""
import gzip
import sqlite3

from harness.archive import Archive, Package
from harness.checks import directory, main, need, same, write
from harness.layouts import Layout, layer
from harness.program import Program

ARCHES = ("amd64", "arm64")


def everything(db):
    """What is known, without the row numbers and times."""
    c = sqlite3.connect("file:%s?mode=ro" % db, uri=True)
    one = lambda sql: sorted(c.execute(sql).fetchall(), key=repr)
    known = {"chains": one("SELECT hex(content.digest), hex(layers.chain) FROM layers JOIN content ON content.id = content_id"),
             "facts": one("SELECT hex(content.digest), platform, hex(facts.chain) FROM facts JOIN content ON content.id = content_id")}
    c.close()
    return known


def unpacked(layout, digest):
    with open("%s/blobs/sha256/%s" % (layout, digest[7:]), "rb") as f:
        return gzip.decompress(f.read())


def test():
    archive = Archive()
    archive.publish("stable", [Package("libone", "1"), Package("webd", "2", depends="libone")])
    fleet = directory("fleet-")
    write(fleet + "/fleet.yaml", archive.fleet_yaml("reg.example.org/team", ["stable"]))
    write(fleet + "/images/base.yaml", "image: base\ndistro: judge\npackages: [libone]\nuser: 65532:65532\n")
    write(fleet + "/images/web.yaml", "image: web\nbase: base\npackages: [webd]\n")
    here = Program(fleet)
    here.run("lock", "--quiet")
    out = "oci:%s/out" % fleet
    here.json("push", "--registry", out)
    served = Program(fleet, here.store)
    with served.serving() as host:
        served.json("push", "--registry", out, "--db", "http://" + host)
        served.json("push", "--registry", out, "--db", "http://" + host)
    wanted = everything(here.db)
    same(len(wanted["chains"]), 2, "a chain for each image's second platform")
    same(everything(served.db), wanted, "what the server's inventory knows")

    # An image of others, on the layers of one platform of base, that says nothing of its base.
    layouts = fleet + "/out/base"
    built = next(i for i in here.json("build", "base")["images"] if i["id"] == "base")
    foreign = Layout(directory("foreign-") + "/layout")
    for arch in ARCHES:
        platform = next(p for p in built["platforms"] if p["platform"] == "linux/" + arch)
        tars = [unpacked(layouts, x["digest"]) for x in platform["layers"]]
        foreign.add(foreign.manifest(tars + [layer({"srv/" + arch: arch})], arch), arch)
        for p in (here, served):
            a = p.json("scan", "oci:%s:%s" % (foreign.path, arch), "--platform", "linux/" + arch)
            same((a["base"].rsplit("/", 1)[-1], a["base_evidence"]), ("base:judge", "layers"), "the base on " + arch)


if __name__ == "__main__":
    need("gpg")
    main(test)
