#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=180
"""plimsoll forget: names out of the inventory and the store, nothing out of registries."""
import glob
import json
import os
import signal
import sqlite3
import threading

from harness.lab import Lab
from harness.layouts import tags_of


def images(answer):
    return [i["name"].rsplit("/", 1)[1] for i in answer["images"]]


class ForgetLab(Lab):
    def forget(self, *args, **kw):
        return self.run("forget", *args, "--output", "json", "--progress", "none", **kw)

    def registered(self):
        return images(json.loads(self.run("images", "-o", "json").out))

    def stored(self):
        return sorted(n.rsplit("/", 1)[1] for n in tags_of(self.path("store")))

    def pushed(self):
        return sorted(os.path.basename(os.path.dirname(f)) + ":" + t for f in glob.glob(self.path("out") + "/*/index.json")
                      for t in tags_of(os.path.dirname(f)))

    def begin(self):
        self.clean()
        self.write_fleet()
        self.works("lock", self.run("lock"))
        self.works("push", self.run("push"))


def plans_first(lab):
    lab.begin()
    digests, pushed = lab.digests(), lab.pushed()
    r = lab.forget("hello")
    lab.check("a plan", r.status == 4 and json.loads(r.out)["applied"] is False, r)
    plan = json.loads(r.out)["images"]
    lab.check("the image and its immutable tag", len(plan) == 2 and plan[0]["in_store"] and plan[0]["in_inventory"] and
              plan[1]["tag_of"] == plan[0]["name"], r)
    lab.check("changes nothing", lab.registered() == ["base:1", "hello:2"] and lab.stored() == ["base:1", "hello:2"])
    lab.works("applied", lab.forget("hello", "--apply"))
    lab.check("it is gone", lab.registered() == ["base:1"] and lab.stored() == ["base:1"], (lab.registered(), lab.stored()))
    lab.check("the registry keeps it", lab.pushed() == pushed, lab.pushed())
    lab.fails("again", lab.forget("hello", "--apply"), 6, "hello")
    r = lab.run("store", "gc", "--keep-days", "0", "-o", "json")
    lab.check("gc frees its blobs", [k["deleted"]["files"] > 0 for k in json.loads(r.out)["kinds"] if k["kind"] == "unnamed"] ==
              [True], r)
    lab.check("a build makes the same again", lab.digests() == digests)
    lab.works("and a push registers it", lab.run("push"))
    lab.check("as before", lab.registered() == ["base:1", "hello:2"] and lab.pushed() == pushed)


def children_hold(lab):
    lab.begin()
    base = "oci:%s/base:1" % lab.path("out")
    r = lab.forget(base)
    lab.check("who is based on it", json.loads(r.out)["images"][0]["children"] == ["oci:%s/hello:2" % lab.path("out")], r)
    lab.fails("refused", lab.forget(base, "--apply"), 1, "based on 1 of them")
    lab.check("whole", lab.registered() == ["base:1", "hello:2"] and lab.stored() == ["base:1", "hello:2"])
    lab.works("with its child", lab.forget(base, "hello", "--apply"))
    lab.check("both went", lab.registered() == [] and lab.stored() == [])
    lab.works("push", lab.run("push"))
    lab.works("forced", lab.forget("base", "--apply", "--force"))
    lab.check("hello stays", lab.registered() == ["hello:2"] and lab.stored() == ["hello:2"])


def patterns(lab):
    lab.begin()
    for n in range(4):  # a new immutable tag each
        lab.write_fleet({"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\nlabels: {n: \"%d\"}\n" % n})
        lab.works("lock", lab.run("lock"))
        lab.works("push", lab.run("push"))
    pushed = lab.pushed()
    r = lab.forget("base", "--keep", "2")
    old = images(json.loads(r.out))
    lab.check("three of five tags", r.status == 4 and len(old) == 3 and all(n.startswith("base:1-") for n in old), r)
    lab.check("the oldest", sorted(old) == sorted(t for t in pushed if t.startswith("base:1-"))[:3], (old, pushed))
    lab.works("applied", lab.forget("oci:%s/*" % lab.path("out"), "--keep", "2", "--apply"))
    lab.check("the images stay", lab.registered() == ["base:1", "hello:2"])
    r = lab.forget("*", "--keep", "2")
    lab.check("nothing more", r.status == 0 and json.loads(r.out)["images"] == [], r)
    r = lab.forget("*", "--older-than", "1")
    lab.check("all is young", r.status == 0 and json.loads(r.out)["images"] == [], r)
    with sqlite3.connect(lab.path("db", "inventory.db")) as db:
        db.execute("UPDATE name SET since = since - 100 * 86400 WHERE tag LIKE '2%'")
    r = lab.forget("*", "--older-than", "90")
    lab.check("what is old", set(images(json.loads(r.out))) == {"hello:2"} | {t for t in pushed if t.startswith("hello:2-")}, r)
    lab.works("all", lab.forget("*", "--apply"))
    lab.check("are gone", lab.registered() == [] and lab.stored() == [])
    lab.check("not there", lab.pushed() == pushed)


def behind_a_server(lab):
    lab.begin()
    p = lab.start("serve", "--listen", "127.0.0.1:0")
    line = p.stderr.readline().decode()
    threading.Thread(target=p.stderr.read, daemon=True).start()
    db = ("--db", "http://" + line.split("http://")[1].strip())
    try:
        r = lab.forget("hello", *db)
        lab.check("what the server knows is not known", r.status == 4 and json.loads(r.out)["images"][0]["in_inventory"] is None, r)
        lab.fails("a base", lab.forget("base", "--apply", *db), 1, "based on it")
        lab.check("stays", lab.stored() == ["base:1", "hello:2"])
        lab.works("both", lab.forget("base", "hello", "--apply", *db))
        lab.check("are gone", lab.registered() == [] and lab.stored() == [])
        lab.fails("unknown there and here", lab.forget("registry.example.org/x:1", "--apply", *db), 6, "x")
        lab.fails("patterns", lab.forget("*", *db), 1, "database")
    finally:
        p.send_signal(signal.SIGTERM)
        p.wait(20)
    lab.fails("no server", lab.forget("hello", "--apply", *db), (6, 8), "")


def hostile(lab):
    lab.begin()
    for args in ((), ("--keep", "x", "hello"), ("--older-than", "-1", "hello")):
        r = lab.forget(*args)
        lab.check("usage %s" % (args,), r.status == 2, r)
    lab.fails("unknown", lab.forget("nothing"), 6, "nothing")
    with open(lab.path("store", "index.json"), "w") as f:
        f.write("[]")
    lab.fails("a damaged index.json", lab.forget("hello", "--apply"), 1, "index.json")
    lab.check("the inventory is whole", lab.registered() == ["base:1", "hello:2"])
    for n in range(6):  # killed early: the next run finishes
        lab.clean("store", "db")
        lab.works("push", lab.run("push"))
        p = lab.start("forget", "*", "--apply")
        try:
            p.wait(0.004 * n)
        except Exception:
            p.kill()
        p.communicate()
        r = lab.forget("*", "--apply")
        lab.check("after a kill", r.status in (0, 6) and lab.registered() == [] and lab.stored() == [], r)


def main():
    lab = ForgetLab()
    for case in (plans_first, children_hold, patterns, behind_a_server, hostile):
        case(lab)
    lab.done()


main()
