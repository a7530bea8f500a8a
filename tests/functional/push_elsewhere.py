#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""push --registry: the same layers and configs in another place, where manifests, indexes and the inventory name the
base in that place; in a directory of layouts nothing is named (image-spec annotations.md, base.name)."""
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


KEY = "org.opencontainers.image.base."


def stored(digest):
    with open("%s/blobs/sha256/%s" % (lab.path("store"), digest[7:]), encoding="utf-8") as f:
        return json.load(f)


def check_annotations(what, hello, base, name):
    """Index and manifests of hello name the base's index and manifests, and its name there."""
    index, below = stored(hello), stored(base)
    manifests = [(stored(m["digest"]), b["digest"]) for m, b in zip(index["manifests"], below["manifests"])]
    for document, digest in [(index, base)] + manifests:
        said = {k[len(KEY):]: v for k, v in document["annotations"].items() if k.startswith(KEY)}
        wanted = {"name": name, "digest": digest} if name else {"digest": digest}
        lab.check(what + ": what is said of the base", said == wanted, (said, wanted))
    return [(m["config"], m["layers"]) for m, _ in manifests]


home = push()
hello, base = at(q.host + "/team")
lab.check("at home", bases().get(hello) == base, bases())
below = check_annotations("at home", home[hello], home[base], base)
first = dict(home)
for place in (far.host + "/mirror", q.host + "/other", "oci:" + lab.path("out"), "oci:" + lab.path("two")):
    pushed = push("--registry", place)
    first.update(pushed)
    h, b = at(place)
    is_layout = place.startswith("oci:")
    said = check_annotations(place, pushed[h], pushed[b], None if is_layout else b)
    lab.check(place + ": the same configs and layers", said == below, (said, below))
    lab.check(place + ": an image without a base is the same everywhere", pushed[b] == home[base], (pushed, home))
    lab.check(place + ": its base is in the same place", bases().get(h) == b, bases())
    lab.check(place + ": pushed again, the same", push("--registry", place) == pushed, pushed)
lab.check("each registry has its own digest of hello, layouts share one", len({first[at(p)[0]] for p in (
    q.host + "/team", far.host + "/mirror", q.host + "/other")}) == 3 and first[at("oci:" + lab.path("out"))[0]] ==
    first[at("oci:" + lab.path("two"))[0]], first)
third = push("hello", "--registry", far.host + "/third")
lab.check("the base comes along", sorted(third) == sorted(at(far.host + "/third")), third)
now = bases()
for place in (q.host + "/team", far.host + "/mirror", q.host + "/other", far.host + "/third", "oci:" + lab.path("out"),
              "oci:" + lab.path("two")):
    h, b = at(place)
    lab.check(place + ": its base is there still", now.get(h) == b, now)
lab.check("the fleet's registry again", push() == home, home)
for bad in ("http://x/y", "host/UPPER", "host/path:tag", "dir:x", "host//y"):
    r = lab.run("push", "--registry", bad, *Q)
    lab.fails("--registry %s is refused" % bad, r, 1, bad.split("/")[0])
    with open(lab.path("store", "index.json"), encoding="utf-8") as f:
        lab.check("and nothing is named for it", bad + "/" not in f.read(), bad)
q.close()
far.close()
lab.done()
