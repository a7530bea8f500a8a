#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=400 needs=skopeo,docker-registry
"""`plimsoll scan` of the six sets in a layout, in a registry and in docker's archives: exactly the lock's packages
with the lock's source versions, and the base by each kind of evidence."""
import hashlib
import json
import os

from harness.cache import link_all
from harness.checks import check, directory, main, need, same, say, write
from harness.fleets import SETS, built_sets
from harness.layouts import MANIFEST
from harness.program import RELEASE, Program, run
from harness.registry import Registry

REGISTRY = "registry.example.org/sets"
BASES = {"nginx": "base", "flask": "base", "java": "base"}
ARCHIVES = ("base", "flask", "curl")


def expected(fleet):
    """(id, architecture) -> {(name, version, architecture, source, source version)}, bases' included."""
    with open(fleet + "/plimsoll.lock", encoding="utf-8") as f:
        lock = json.load(f)
    known = {"%s=%s/%s" % (p["name"], p["version"], p["architecture"]):
             (p["name"], p["version"], p["architecture"], p["source"], p["source_version"])
             for p in lock["distros"]["bookworm"]["packages"]}
    own = {(i["id"], i["platform"].split("/")[1]): {known[k] for k in i["packages"]} for i in lock["images"]}
    return {(i, a): own[i, a] | (own[BASES[i], a] if i in BASES else set()) for i, a in own}


def judge_packages(found, wanted, what):
    got = [(p["name"], p["version"], p["architecture"], p["source"], p["source_version"]) for p in found["packages"]]
    same(len(got), len(set(got)), what + ": each package once")
    same(sorted(wanted - set(got)), [], what + ": packages of the lock that the scan misses")
    same(sorted(set(got) - wanted), [], what + ": packages that only the scan has")
    check(len(got) >= 3, what + ": there is something to find", len(got))
    check(any(p[1] != p[4] for p in wanted) or len(got) < 20, what + ": versions and source versions differ in places")


def judge_base(p, ref, base, evidence, *more):
    found = p.json("scan", ref, *more)
    same((found["base"], found["base_evidence"]), (base, evidence), "%s: the base and how it was found" % ref)
    text = p.run("scan", ref, *more, "--quiet").out.splitlines()[-1]
    same(text.rpartition("base: ")[2], "%s (by %s)" % (base, evidence) if base else "unknown", "the same in words")
    return found


def anonymous(layout, tag, out):
    """The image without label and annotation: what another builder would have made on the same layers."""
    def blob(digest):
        with open("%s/blobs/sha256/%s" % (layout, digest[7:]), "rb") as f:
            return f.read()

    def put(body, of):
        d = dict(of, digest="sha256:" + hashlib.sha256(body).hexdigest(), size=len(body))
        with open("%s/blobs/sha256/%s" % (out, d["digest"][7:]), "wb") as f:
            f.write(body)
        return d

    link_all(layout + "/blobs/sha256", out + "/blobs/sha256")
    raw = run("skopeo", "inspect", "--raw", "oci:%s:%s" % (layout, tag)).out
    manifest = json.loads(raw)
    manifest.pop("annotations", None)
    config = json.loads(blob(manifest["config"]["digest"]))
    config["config"].pop("Labels", None)
    manifest["config"] = put(json.dumps(config).encode(), manifest["config"])
    top = put(json.dumps(manifest).encode(), {"mediaType": MANIFEST})
    top["annotations"] = {"org.opencontainers.image.ref.name": "anonymous"}
    write(out + "/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
    write(out + "/index.json", json.dumps({"schemaVersion": 2, "manifests": [top]}))
    return "oci:%s:anonymous" % out


def test():
    fleet, store = built_sets()
    wanted = expected(fleet)
    registry = Registry()
    name = registry.host + "/sets"
    knows = Program(fleet, store)   # whose inventory knows the images
    fresh = Program(fleet, store)   # whose inventory is empty
    digests = knows.digests(Program(fleet, store, binary=RELEASE).json("build"))
    Program(fleet, store, knows.db, RELEASE).json("push", "--registry", name)
    for image in sorted(SETS):
        for arch in ("amd64", "arm64"):
            found = fresh.json("scan", "oci:%s:%s/%s:bookworm" % (store, REGISTRY, image), "--platform", "linux/" + arch)
            same(found["platform"], "linux/" + arch, image + ": the platform that was asked for")
            same(found["digest"], digests[image], image + ": the digest")
            same(found["database"], "status.d", image + ": where the packages stand")
            judge_packages(found, wanted[image, arch], "layout %s %s" % (image, arch))
        found = fresh.json("scan", "%s/%s:bookworm" % (name, image))
        judge_packages(found, wanted[image, "amd64"], "registry " + image)
    say("layout and registry: the lock's packages")
    found = fresh.json("scan", "oci:%s:%s/base:bookworm" % (store, REGISTRY))
    same((found["os"], found["os_version"]), ("debian", "12"), "which system it is")

    archives = directory("archives-")
    for image in ARCHIVES:
        path = "%s/%s.tar" % (archives, image)
        run("skopeo", "--override-arch", "amd64", "copy", "--quiet", "oci:%s:%s/%s:bookworm" % (store, REGISTRY, image),
            "docker-archive:%s:%s:judged" % (path, image))
        found = fresh.json("scan", "docker-archive:%s:%s:judged" % (path, image))
        judge_packages(found, wanted[image, "amd64"], "docker-archive " + image)
    say("docker-archive: the lock's packages")

    # Bases: our own record first, then layers, then annotations; each where the ones before say nothing. An
    # annotation names the base where the image lies; a docker-archive has none, and labels say nothing of a base.
    judge_base(knows, name + "/flask:bookworm", name + "/base:bookworm", "build")
    judge_base(fresh, name + "/flask:bookworm", name + "/base:bookworm", "annotation")
    judge_base(fresh, "oci:%s:%s/flask:bookworm" % (store, REGISTRY), REGISTRY + "/base:bookworm", "annotation")
    judge_base(fresh, "docker-archive:%s/flask.tar" % archives, None, None)
    judge_base(knows, "docker-archive:%s/flask.tar" % archives, name + "/base:bookworm", "layers")
    judge_base(fresh, name + "/curl:bookworm", None, None)
    copies = directory("copies-")
    run("skopeo", "--override-arch", "amd64", "copy", "--quiet", "oci:%s:%s/flask:bookworm" % (store, REGISTRY),
        "oci:%s:flask" % copies)
    ref = anonymous(copies, "flask", directory("anonymous-"))
    judge_base(fresh, ref, None, None)
    found = judge_base(knows, ref, name + "/base:bookworm", "layers")
    judge_packages(found, wanted["flask", "amd64"], "without labels")
    # A build registers the layers of every platform.
    copies = directory("copies-arm64-")
    run("skopeo", "--override-arch", "arm64", "copy", "--quiet", "oci:%s:%s/flask:bookworm" % (store, REGISTRY),
        "oci:%s:flask" % copies)
    found = judge_base(knows, anonymous(copies, "flask", directory("anonymous-arm64-")), name + "/base:bookworm", "layers")
    judge_packages(found, wanted["flask", "arm64"], "without labels, arm64")

    # Registered, it stands among the base's children, and its own packages are those that the base has not.
    knows.json("scan", ref, "--register", "elsewhere/app:1")
    children = {i["name"]: i for i in knows.json("children", name + "/base:bookworm")["images"]}
    same(sorted(children), sorted([name + "/%s:bookworm" % i for i in BASES] + ["elsewhere/app:1"]), "children of base")
    same(children["elsewhere/app:1"]["base_evidence"], "layers", "and how that is known")
    held = knows.json("packages", "python3-flask")["packages"]
    check("elsewhere/app:1" in [n for h in held for n in h["images"]], "the inventory finds it by its packages", held)

    # What is damaged is an error that names the place, not half an answer.
    manifest = json.loads(run("skopeo", "inspect", "--raw", "oci:%s:flask" % copies).out)
    layer = manifest["layers"][-1]["digest"]
    path = "%s/blobs/sha256/%s" % (copies, layer[7:])
    with open(path, "rb") as f:
        body = bytearray(f.read())
    body[len(body) // 2] ^= 1
    with open(path + ".new", "wb") as f:
        f.write(body)
    os.rename(path + ".new", path)
    a = fresh.run("scan", "oci:%s:flask" % copies, "--quiet", status=(1, 5))
    check(layer in a.err and not a.out, "a damaged layer is named", a.out, a.err)
    a = fresh.run("scan", "oci:%s:nobody" % copies, "--quiet", status=6)
    check("nobody" in a.err, "a missing image is named", a.err)
    a = fresh.run("scan", name + "/curl:bookworm", "--platform", "linux/s390x", "--quiet", status=6)
    check("linux/arm64" in a.err, "a missing platform's error says what there is", a.err)


if __name__ == "__main__":
    need("skopeo", "docker-registry")
    main(test)
