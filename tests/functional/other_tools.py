#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,skopeo,docker-registry
"""What other tools see of a published image, and what `scan` sees of what they make of it: history, labels and
annotations by image-spec (config.md, annotations.md); the base's entries first, byte for byte; regctl's check-base and
rebase, buildah's FROM, where these are installed. Labels of the earlier version, which stood in configs and were
inherited, are no evidence against layers."""
import json
import os
import shutil

from harness.archive import Archive, Package
from harness.checks import check, directory, main, need, same, say, write
from harness.debs import WHEN, File
from harness.layouts import CONFIG, LAYER, Layout, layer, MANIFEST
from harness.program import Program, run
from harness.registry import Registry

OCI = "org.opencontainers.image."
CHAIN = ("base", "web", "shop")


def write_fleet(archive, registry, base_file="one"):
    path = directory("fleet-")
    write(path + "/fleet.yaml", archive.fleet_yaml(registry, ["stable"], "linux/amd64, linux/arm64"))
    write(path + "/images/base.yaml", "image: base\ndistro: judge\npackages: [libone]\nuser: 65532:65532\n"
          "files: [{to: /etc/base, content: %s}]\n" % base_file)
    write(path + "/images/web.yaml", "image: web\nbase: base\ndescription: A server\npackages: [webd]\n"
          "labels: {org.example.team: web}\nhealthcheck: {http: 'http://127.0.0.1/'}\n")
    write(path + "/images/shop.yaml", "image: shop\nbase: web\nversion: 2\nfiles: [{to: /etc/shop, content: x}]\n")
    # Never in what the others publish: a layer is shared with it.
    write(path + "/images/secret.yaml", "image: secret-plan\ndistro: judge\npackages: [libone]\n")
    return path


def blobs(registry, repository, tag):
    """(index, [(manifest, config's bytes)]) as the registry has them."""
    index = json.loads(registry.get("/v2/%s/manifests/%s" % (repository, tag))[2])
    found = []
    for m in index["manifests"]:
        manifest = json.loads(registry.get("/v2/%s/manifests/%s" % (repository, m["digest"]))[2])
        found.append((m, manifest, registry.get("/v2/%s/blobs/%s" % (repository, manifest["config"]["digest"]))[2]))
    return index, found


def history(config):
    """The bytes of its entries."""
    begin = config.index(b'"history":[') + len(b'"history":[')
    return config[begin:config.index(b"]", begin)]


def test_bytes(registry):
    images = {i: blobs(registry, "t/" + i, "2" if i == "shop" else "judge") for i in CHAIN}
    for i, (index, found) in images.items():
        same([m["platform"]["architecture"] for m, _, _ in found], ["amd64", "arm64"], i + ": platforms")
        for document in [json.dumps(index)] + [json.dumps(m) for _, m, _ in found] + [c.decode() for _, _, c in found]:
            check("secret" not in document, i + ": nothing of who shares its layers", document)
    for below, above in zip(CHAIN, CHAIN[1:]):
        for (_, m, b), (_, n, c) in zip(images[below][1], images[above][1]):
            check(history(c).startswith(history(b) + b","), "%s's history begins with %s's" % (above, below), c, b)
            same(n["layers"][:len(m["layers"])], m["layers"], "the layers too")
            same(json.loads(c)["rootfs"]["diff_ids"][:len(m["layers"])], json.loads(b)["rootfs"]["diff_ids"], "the diff_ids too")
    index, found = images["web"]
    for document, base in [(index, registry.digest("t/base", "judge"))] + [
            (m, b["digest"]) for (_, m, _), (b, _, _) in zip(found, images["base"][1])]:
        same({k: v for k, v in document["annotations"].items() if k != OCI + "created"}, {
            OCI + "title": "web", OCI + "version": "judge", OCI + "description": "A server",
            OCI + "base.name": registry.host + "/t/base:judge", OCI + "base.digest": base,
            "org.example.team": "web", "plimsoll.healthcheck.http": "http://127.0.0.1/"}, "web's annotations")
    for _, _, config in found:
        config = json.loads(config)
        same(config["config"]["Labels"], {"org.example.team": "web", "plimsoll.healthcheck.http": "http://127.0.0.1/"},
             "web's labels: its definition's")
        same([h["created_by"] for h in config["history"]],
             ["plimsoll: package libone=1.0-1", "plimsoll: files", "plimsoll: package webd=1"], "web's history")
        check(config["history"][0]["created"] < config["history"][2]["created"] == config["created"],
              "the base's entries keep its time", config["history"])


def with_labels(registry, layout, image, below, more=()):
    """image in a layout as the earlier version made it: what describes it are labels. more: further layers, as others
    put them on top; below: layers to leave out."""
    _, found = blobs(registry, "t/" + image, "judge")
    _, manifest, config = found[0]
    config = json.loads(config)
    config["config"]["Labels"] = {k: v for k, v in manifest["annotations"].items() if k.startswith(OCI)}
    config.pop("history")
    layers = []
    for d in manifest["layers"]:
        layers.append(layout.blob(registry.get("/v2/t/%s/blobs/%s" % (image, d["digest"]))[2], d["mediaType"]))
    layers, ids = layers[below:], config["rootfs"]["diff_ids"][below:]
    for tar in more:
        layers.append(layout.blob(tar, LAYER))
        ids.append(layers[-1]["digest"])
    config["rootfs"]["diff_ids"] = ids
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": layout.blob(json.dumps(config).encode(), CONFIG),
                "layers": layers}
    return layout.blob(json.dumps(document).encode(), MANIFEST)


def judge(p, ref, base, evidence, what):
    found = p.json("scan", ref)
    same((found["base"], found["base_evidence"]), (base, evidence), what)


def test_labels(registry, knows, fresh):
    """Labels of the earlier version, in an image on web that has inherited web's."""
    at = Layout(directory("labels-"))
    own = layer({"etc/own": "x"})
    # The layers of secret-plan are the first of base, which stands on nothing: its build said so.
    judge(knows, registry.host + "/t/base:judge", None, None, "a build's record that there is no base")
    at.add(with_labels(registry, at, "web", 0), "itself")
    at.add(with_labels(registry, at, "web", 0, [own]), "child")
    at.add(with_labels(registry, at, "web", 1, [own]), "squashed")
    ref, t = "oci:%s:" % at.path, registry.host + "/t/"
    judge(fresh, ref + "itself", t + "base:judge", "annotation", "labels, where nothing is known")
    judge(knows, ref + "itself", t + "base:judge", "layers", "web of the earlier version stands on base")
    judge(knows, ref + "child", t + "web:judge", "layers", "what stands on web, by its layers, whatever it inherited")
    judge(knows, ref + "squashed", None, None, "labels that name a known base with whose layers the image does not begin")
    judge(fresh, ref + "squashed", t + "base:judge", "annotation", "which nobody can tell without that base")
    # Registered by one who knows nothing: the server does.
    with knows.serving() as bound:
        fresh.run("scan", ref + "child", "--register", "elsewhere/child:1", "--db", "http://" + bound, "--quiet")
    found = {i["name"]: i for i in knows.json("images")["images"]}["elsewhere/child:1"]
    same((found["base"], found["base_evidence"]), (t + "web:judge", "layers"), "the inventory weighs evidence too")


def test_buildah(registry, knows, fresh):
    if not shutil.which("buildah") or os.geteuid() != 0:
        say("skipped: FROM one of ours (no buildah, or not root)")
        return
    top, t = directory("buildah-"), registry.host + "/t/"
    write(top + "/policy.json", '{"default": [{"type": "insecureAcceptAnything"}]}')
    old = Layout(top + "/old")
    old.add(with_labels(registry, old, "web", 0), "web")
    options = ["buildah", "--root", top + "/store", "--runroot", top + "/run", "--storage-driver", "vfs"]
    policy = ["--signature-policy", top + "/policy.json", "--tls-verify=false"]
    write(top + "/context/file", "own\n")
    # By a relative path: buildah makes a name of it, which not every temporary directory's is.
    for name, base in (("new", t + "web:judge"), ("old", "oci:old:web")):
        write(top + "/context/Dockerfile", "FROM %s\nCOPY file /etc/own\n" % base)
        run(*options, "bud", *policy, "--isolation", "chroot", "-t", "child-" + name, top + "/context",
            cwd=top)
        run(*options, "push", *policy, "child-" + name, "docker://%sbuilt:%s" % (t, name))
        ref = t + "built:" + name
        labels = json.loads(run("skopeo", "inspect", "--tls-verify=false", "--config", "docker://" + ref).out)["config"]["Labels"]
        inherited = [k for k in labels if k.startswith(OCI)]
        check(bool(inherited) == (name == "old"), "buildah inherits labels, of which the new version has none", labels)
        judge(knows, ref, t + "web:judge", "layers", "FROM web (%s): the base by its layers" % name)
    judge(fresh, t + "built:new", t + "web:judge", "annotation", "and by what buildah says")
    say("judged: what buildah builds FROM ours")


def test_regctl(registry, archive, p):
    if not shutil.which("regctl"):
        say("skipped: check-base and rebase (there is no regctl)")
        return
    t, env = registry.host + "/t/", dict(os.environ, HOME=directory("home-"))

    def regctl(*args, status=0):
        return run("regctl", *args, env=env, status=status).out

    regctl("registry", "set", "--tls", "disabled", registry.host)
    for image, base in (("web:judge", "base:judge"), ("shop:2", "web:judge")):
        same(regctl("image", "check-base", t + image).strip(), "base image matches", "check-base " + image)
        # Without the annotation's digest it compares layers and history.
        same(regctl("image", "check-base", t + image, "--base", t + base).strip(), "base image matches",
             "check-base --base " + base)
    q = Program(write_fleet(archive, p.registry, "two"), p.store, p.db)
    q.run("lock", "--quiet")
    q.run("push", "base", "--quiet")
    same(regctl("image", "check-base", t + "web:judge", status=1).strip(), "base image has changed", "a new base")
    regctl("image", "mod", t + "web:judge", "--rebase", "--create", t + "web:rebased")
    same(regctl("image", "check-base", t + "web:rebased", "--base", t + "base:judge").strip(), "base image matches", "rebased")
    q.run("push", "--quiet")
    for ours, theirs in zip(blobs(registry, "t/web", "judge")[1], blobs(registry, "t/web", "rebased")[1]):
        same(json.loads(theirs[2]), json.loads(ours[2]), "its rebase is our rebuild: the same config")
        same(theirs[1]["layers"], ours[1]["layers"], "and layers")
    same(regctl("image", "check-base", t + "shop:2").strip(), "base image matches", "check-base of the renewed")
    say("judged: check-base and rebase by regctl")


def test():
    archive = Archive()
    archive.publish("stable", [Package("libone", "1.0-1", source="one"),
                               Package("webd", "1", depends="libone", files={"usr/bin/webd": File("x\n", 0o755, mtime=WHEN + 999)})])
    registry = Registry()
    p = Program(write_fleet(archive, registry.host + "/t"))
    p.registry = registry.host + "/t"
    p.run("lock", "--quiet")
    p.run("push", "--quiet")
    fresh = Program(p.fleet, p.store)  # whose inventory is empty
    test_bytes(registry)
    test_labels(registry, p, fresh)
    test_buildah(registry, p, fresh)
    test_regctl(registry, archive, p)


if __name__ == "__main__":
    need("gpg", "skopeo", "docker-registry")
    main(test)
