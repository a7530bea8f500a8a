#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300 needs=gpg,gpgv
"""An immutable tag means one image for ever, whoever pushes at the same time."""
import collections
import shutil
import threading

from harness.lab import *
from harness.quirk_registry import QuirkRegistry, digest_of
from harness.registry import Registry

ROUNDS = 12
lab = Lab()
Q = ("--progress", "none", "--jobs", "1")


class Pusher:
    """A program with a fleet, a store and an inventory of its own."""

    def __init__(self, name, registry):
        self.dir, self.registry = lab.path(name), registry
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(os.path.join(self.dir, "images"))
        self.env = lab.env(PLIMSOLL_STORE=os.path.join(self.dir, "store"),
                           PLIMSOLL_DB=os.path.join(self.dir, "inventory.db"))
        self.write("fleet.yaml", "registry: %s\nplatforms: [linux/amd64]\ndistros:\n  test: {suites: [test], "
                   "mirror: \"file:%s\", signed_by: %s}\n" % (registry, lab.archive, lab.keyring))
        self.write("images/base.yaml", "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n")

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def content(self, text):
        self.write("images/hello.yaml", "image: hello\nbase: base\nversion: 2\npackages: [hello]\n"
                   "files:\n  - {to: /etc/hello, content: \"%s\"}\n" % text)
        lab.works("lock", lab.run("lock", *Q, cwd=self.dir, env=self.env))
        lab.works("build", lab.run("build", *Q, cwd=self.dir, env=self.env))

    def start(self):
        return lab.start("push", "--output", "json", *Q, cwd=self.dir, env=self.env)

    def push(self):
        return pushed(self.start())


def pushed(process):
    """{image: (immutable tag, digest)}"""
    out, err = process.communicate(timeout=100)
    lab.check("push", process.returncode == 0, (out, err))
    return {i["name"].rpartition("/")[2].partition(":")[0]: (i["immutable"].rpartition(":")[2], i["digest"])
            for i in json.loads(out)["images"]} if process.returncode == 0 else {}


class Watch:
    """All that each tag of hello has ever been seen to mean."""

    def __init__(self, look):
        self.look, self.seen, self.over = look, collections.defaultdict(set), False
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.over:
            self.note(self.look())
            time.sleep(0.002)
        self.note(self.look())

    def note(self, tags):
        for tag, digest in tags.items():
            self.seen[tag].add(digest)

    def end(self):
        self.over = True
        self.thread.join()
        return {t: d for t, d in self.seen.items() if t != "2"}


def race(name, registry, look, rounds=ROUNDS):
    pushers = [Pusher("one", registry), Pusher("two", registry)]
    watch = Watch(look)
    told = collections.defaultdict(set)
    contents = set()
    for i in range(rounds):
        for k, p in enumerate(pushers):
            p.content("%d of %d" % (i, k))
        for images in [pushed(p) for p in [p.start() for p in pushers]]:
            tag, digest = images.get("hello", (None, None))
            told[tag].add(digest)
            contents.add(digest)
    seen = watch.end()
    lab.check(name + ": each push had content of its own", len(contents) == 2 * rounds, contents)
    lab.check(name + ": no two pushes were told the same tag", len(told) == 2 * rounds and
              all(len(d) == 1 for d in told.values()), told)
    lab.check(name + ": no tag ever meant two images", all(len(d) == 1 for d in seen.values()), seen)
    lab.check(name + ": each tag means what was told", all(seen.get(t) == d for t, d in told.items()), (seen, told))


def layout_tags():
    try:
        with open(lab.path("out", "hello", "index.json"), encoding="utf-8") as f:
            entries = json.load(f)["manifests"]
    except FileNotFoundError:
        return {}
    return {m["annotations"]["org.opencontainers.image.ref.name"]: m["digest"] for m in entries}


race("layout", "oci:" + lab.path("out"), layout_tags)

q = QuirkRegistry()
race("registry", q.host + "/team", lambda: dict(q.tags.get("team/hello", {})))
lab.check("registry: nothing is set but where nothing is", all(h.get("If-None-Match") == "*" for m, p, h in q.log
          if m == "PUT" and "/manifests/2-" in p), [p for m, p, _ in q.log if m == "PUT"])
q.close()

# Pushers on other machines do not take turns with ours: who wins is for the registry, or seen afterwards.
other = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}).encode()
for fault, wins in (("tag_taken_before", True), ("tag_taken_after", False), ("tag_taken_unseen", False)):
    q = QuirkRegistry()
    p = Pusher("one", q.host + "/team")
    p.content(fault)
    q.manifests["team/hello"] = {digest_of(other): ("application/vnd.oci.image.index.v1+json", other)}
    q.faults = {fault: 2, "taken_by": digest_of(other), "if_none_match": wins}
    images = p.push()
    tags = dict(q.tags["team/hello"])
    moving = tags.pop("2")
    lab.check(fault + ": the third tag is ours", len(tags) == 3 and images["hello"] == (sorted(tags)[2], moving)
              and tags[sorted(tags)[2]] == moving, (images, tags))
    lab.check(fault + ": the others stay another's", [tags[t] for t in sorted(tags)[:2]] == [digest_of(other)] * 2, tags)
    replaced = q.replaced
    lab.check(fault + ": nothing of another's was replaced", not replaced, replaced)
    before = dict(q.tags["team/hello"])
    again = p.push()
    lab.check(fault + ": pushing again makes no new tag", again == images and q.tags["team/hello"] == before, again)
    q.close()

if shutil.which("docker-registry"):
    real = Registry()

    def registry_tags():
        found = {t: real.digest("team/hello", t) for t in real.tags("team/hello")}
        return {t: d for t, d in found.items() if d}

    race("docker-registry", real.host + "/team", registry_tags)
    real.stop()
lab.done()
