#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""push --registry: the same bytes in another place, where the inventory names the base in that place."""
from harness.lab import *
from harness.quirk_registry import QuirkRegistry

lab = Lab()
Q = ("--progress", "none")
q, far = QuirkRegistry(), QuirkRegistry()
lab.write_fleet(fleet="registry: %s/team\nplatforms: [linux/amd64]\ndistros:\n  test: {suites: [test], "
                "mirror: \"file:%s\", signed_by: %s}\n" % (q.host, lab.archive, lab.keyring))
lab.works("lock", lab.run("lock", *Q))


def push(*args):
    r = lab.run("push", "--output", "json", *args, *Q)
    lab.works("push " + " ".join(args), r)
    return {i["name"]: i["digest"] for i in json.loads(r.out)["images"]}


def bases():
    r = lab.run("images", "--output", "json")
    lab.works("images", r)
    return {i["name"]: i.get("base") for i in json.loads(r.out)["images"]}


def at(place):
    return "%s/hello:2" % place, "%s/base:1" % place


home = push()
hello, base = at(q.host + "/team")
lab.check("at home", bases().get(hello) == base, bases())
for place, images in ((far.host + "/mirror", ()), (q.host + "/other", ()), (far.host + "/third", ("hello",)),
                      ("oci:" + lab.path("out"), ())):
    pushed = push(*images, "--registry", place)
    hello, base = at(place)
    lab.check(place + ": the same bytes", pushed.get(hello) == home["%s/team/hello:2" % q.host], (pushed, home))
    lab.check(place + ": its base is in the same place", bases().get(hello) == base, bases())
q.close()
far.close()
lab.done()
