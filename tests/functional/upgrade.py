#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=400 needs=docker-registry,gpg
"""From one advisory to a rebuilt, pushed, registered fleet: base <- web, worker; worker <- cron; and a
stranger that holds nothing of it. Against a directory of layouts and against Debian's docker-registry."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import time

from harness.archive import Archive, Package
from harness.checks import check, directory, main, need, same, say, write
from harness.layouts import tags_of
from harness.program import RELEASE, Program
from harness.registry import Registry

OLD, NEW = "3.0.1-1", "3.0.1-1+deb12u1"
IMAGES = {
    "base": "distro: judge\npackages: [libtls3, common]\nuser: 65532:65532",
    "web": "base: base\npackages: [webd]\nlabels: {org.example.role: front}",
    "worker": "base: base\npackages: [workerd]",
    "cron": "base: worker\npackages: [ticker]",
    "stranger": "distro: judge\npackages: [lonely]",
}
PLANNED = [["base"], ["web", "worker"], ["cron"]]


def stable():
    return [Package("libtls3", OLD, source="tls", depends="common"), Package("tls-tools", OLD, source="tls"),
            Package("common", "1.0", architecture="all"), Package("webd", "2.4-1", depends="libtls3 (>= 3)"),
            Package("workerd", "1:0.9-2", depends="libtls3"), Package("ticker", "5"), Package("lonely", "7-1")]


def security():
    return [Package("libtls3", NEW, source="tls", depends="common"), Package("tls-tools", NEW, source="tls")]


class Layouts:
    """oci:DIR: one layout an image."""

    def __init__(self, path):
        self.path, self.name = path, "oci:" + path

    def tags(self, image):
        return tags_of("%s/%s" % (self.path, image))

    def writes(self):
        """Every file with what it holds: a write shows as a difference."""
        found = {}
        for where, _, files in os.walk(self.path):
            for f in files:
                s = os.stat(os.path.join(where, f))
                found[os.path.join(where, f)] = (s.st_ino, s.st_size, s.st_mtime_ns)
        return found


class Remote:
    def __init__(self, registry):
        self.registry, self.name = registry, registry.host + "/fleet"

    def tags(self, image):
        return {t: self.registry.digest("fleet/" + image, t) for t in self.registry.tags("fleet/" + image)}

    def writes(self):
        return self.registry.writes()


def waves_of(plan):
    waves = {}
    for i in plan["images"]:
        waves.setdefault(i["wave"], []).append(i["id"])
    return [sorted(waves[w]) for w in sorted(waves)]


def registered(p):
    return {i["name"].rsplit("/", 1)[-1]: (i["digest"], i["behind"]) for i in p.json("images")["images"]}


def holders(p, version):
    a = p.json("packages", "libtls3", "--version", "lt:" + version)
    return sorted({n.rsplit("/", 1)[-1] for h in a["packages"] for n in h["images"]})


def tag(image):
    return image + ":judge"


class Case:
    """A fleet pushed with the old library; the suite with the fix is added on demand."""

    def __init__(self, archive, target, path=None):
        self.archive, self.target = archive, target
        self.path = path or directory("fleet-")
        self.suites(["stable"])
        for name, text in IMAGES.items():
            write("%s/images/%s.yaml" % (self.path, name), "image: %s\n%s\n" % (name, text))
        layouts = {"PLIMSOLL_ALLOW_OUTSIDE": target.path} if isinstance(target, Layouts) else None
        self.p = Program(self.path, directory("store-"), env=layouts)

    def suites(self, names):
        write(self.path + "/fleet.yaml", self.archive.fleet_yaml(self.target.name, names))

    def lock_text(self):
        with open(self.path + "/plimsoll.lock", "rb") as f:
            return f.read()

    def tags(self):
        return {i: self.target.tags(i) for i in IMAGES}

    def publish(self):
        self.p.run("lock", "--quiet")
        self.old = self.p.digests()
        platforms = [p for i in self.p.json("build")["images"] for p in i["platforms"]]
        layers = {layer["digest"] for p in platforms for layer in p["layers"]}
        pushed = self.p.json("push")
        same(pushed["blobs_uploaded"], len(layers) + len(platforms), "each layer and config is sent once")
        same([i["uploaded"] and i["registered"] for i in pushed["images"]], [True] * len(IMAGES), "first push")
        self.old_tags = self.tags()
        self.suites(["stable", "security"])
        return pushed


def moved(before, after):
    return [] if before == after else sorted(set(before) ^ set(after)) or ["something"]


def test_push(case):
    """Tags, and a second push that moves nothing."""
    pushed = case.publish()
    for i in pushed["images"]:
        name, immutable = i["name"], i["immutable"]
        check(immutable.startswith(name + "-") and immutable.endswith(".1"), "the immutable tag", immutable)
    for image, tags in case.old_tags.items():
        same(set(tags.values()), {case.old[image]}, image + ": both tags mean what was built")
        same(len(tags), 2, image + ": a moving and an immutable tag")
    before = case.target.writes()
    again = case.p.json("push")
    same((again["bytes_uploaded"], again["blobs_uploaded"], again["blobs_mounted"]), (0, 0, 0), "pushing again")
    same([(i["uploaded"], i["registered"]) for i in again["images"]], [(False, False)] * len(IMAGES), "pushing again")
    same(moved(before, case.target.writes()), [], "nothing is written when pushing again")


def test_refusals(case):
    """What cannot be done says so, with its status, and changes nothing."""
    before, text = (case.target.writes(), registered(case.p)), case.lock_text()
    for args, status, words in (
            (["--package", "libtls3", "--fixed", "9.9-1"], 6, ["libtls3", NEW, "9.9-1"]),
            (["--package", "libtls3", "--fixed", "9.9-1", "--apply"], 6, ["libtls3", "9.9-1"]),
            (["--package", "no-such-thing", "--apply"], 6, ["no-such-thing"]),
            (["--apply"], 2, ["--package"]),
            (["--all", "--fixed", "1"], 2, ["--fixed"])):
        a = case.p.run("upgrade", *args, "--quiet", status=status)
        for w in words:
            check(w in a.err, "the error of upgrade %s speaks of %s" % (" ".join(args), w), a.err)
    same((case.target.writes(), registered(case.p)), before, "registry and inventory after refusals")
    same(case.lock_text(), text, "the lock after refusals")


def test_plan(case):
    before, text = (case.target.writes(), registered(case.p)), case.lock_text()
    same(holders(case.p, NEW), sorted(tag(i) for w in PLANNED for i in w), "who holds the old library")
    plan = case.p.json("upgrade", "--package", "libtls3", "--fixed", NEW, status=4)["plan"]
    same(waves_of(plan), PLANNED, "the plan's waves")
    same(plan["waves"], 3, "number of waves")
    held = {i["id"]: (i["holds"], i["based_on"]) for i in plan["images"]}
    same(held["base"], ("tls " + OLD, None), "why base is in the plan: by source and source version")
    same([held[i][1] for i in ("web", "worker", "cron")], ["base", "base", "worker"], "whom the others follow")
    same(sorted({(c["package"], c["from"], c["to"]) for c in plan["changes"]}), [("libtls3", OLD, NEW)],
         "what the lock would change")
    # Another binary package of the same source names the same images.
    plan = case.p.json("upgrade", "--package", "libtls3", status=4)["plan"]
    same(waves_of(plan), PLANNED, "the plan without --fixed")
    same((case.target.writes(), registered(case.p)), before, "registry and inventory after planning")
    same(case.lock_text(), text, "the lock after planning")


def judge_applied(case, reference=None):
    """The state every upgrade must end in, however often it was killed."""
    p = case.p
    new = p.digests()
    if reference:
        same(new, reference, "digests of the upgraded fleet")
    same([i for i in IMAGES if new[i] != case.old[i]], ["base", "web", "worker", "cron"], "images that changed")
    tags = case.tags()
    for image, of in tags.items():
        same(of["judge"], new[image], image + ": the moving tag")
        for name, digest in case.old_tags[image].items():
            if name != "judge":
                same(of.get(name), digest, "%s: immutable tag %s" % (image, name))
        wanted = {case.old[image], new[image]}
        same({d for t, d in of.items() if t != "judge"}, wanted, image + ": what the immutable tags mean")
        same(len(of), 1 + len(wanted), "%s: one immutable tag for each content" % image)
    same(registered(p), {tag(i): (new[i], False) for i in IMAGES}, "the inventory: current contents, nobody behind")
    same(holders(p, NEW), [], "who holds the old library afterwards")
    check("none" in p.run("packages", "libtls3", "--version", "lt:" + NEW).out, "the answer is 'none'")
    for args in (["--all"], ["--package", "libtls3", "--fixed", NEW]):
        a = p.json("upgrade", *args)
        same((a["plan"]["images"], a["plan"]["changes"]), ([], []), "nothing left for upgrade " + args[0])
    return new


def test_apply(case):
    before = case.target.writes()
    a = case.p.json("upgrade", "--package", "libtls3", "--fixed", NEW, "--apply")
    same([sorted(i["name"].rsplit("/", 1)[-1] for i in w) for w in a["applied"]["waves"]],
         [[tag(i) for i in w] for w in PLANNED], "waves applied")
    check(all(i["uploaded"] and i["registered"] for w in a["applied"]["waves"] for i in w), "each pushed and registered", a)
    check(0 < a["applied"]["bytes_uploaded"], "bytes were sent", a)
    writes = case.target.writes()
    news = [w for w in writes if w not in before] if isinstance(before, dict) else writes[len(before):]
    check(news, "something was written")
    same([w for w in news if "stranger" in str(w)], [], "what was written of the image that holds nothing of it")
    new = judge_applied(case)
    before = case.target.writes()
    a = case.p.json("upgrade", "--package", "libtls3", "--fixed", NEW, "--apply")
    same((a["applied"]["waves"], a["applied"]["bytes_uploaded"]), ([], 0), "applied again")
    same(moved(before, case.target.writes()), [], "what a second upgrade writes")
    return new


def test_same_digest(case):
    """The inventory believes an image to be older than it is: rebuilt the same, it is not pushed, nor is
    anything that stands on it."""
    with case.p.serving() as host:
        name = "%s/base:judge" % case.target.name
        c = http.client.HTTPConnection(host, timeout=30)
        quoted = name.replace("/", "%2F").replace(":", "%3A")
        digest = case.p.digests()["base"]
        c.request("PUT", "/v1/images/" + quoted, json.dumps({"base": None, "digest": digest, "packages": [
            {"name": n, "version": v, "architecture": "amd64", "source": s, "source_version": v}
            for n, v, s in (("libtls3", OLD, "tls"), ("common", "1.0", "common"))]}), {"Content-Type": "application/json"})
        r = c.getresponse()
        check(r.status == 200, "PUT of the older registration", r.status, r.read())
        c.close()
    before = case.target.writes()
    a = case.p.json("upgrade", "--package", "libtls3", "--fixed", NEW, "--apply")
    same(a["plan"]["images"][0]["id"], "base", "the plan believes the inventory")
    same(a["applied"]["bytes_uploaded"], 0, "bytes of an upgrade that changes nothing")
    check("base" in a["applied"]["unchanged"], "base is said to be unchanged", a)
    same([i for w in a["applied"]["waves"] for i in w], [], "pushed, though unchanged")
    same(moved(before, case.target.writes()), [], "what an upgrade that changes nothing writes")


class Copy(Case):
    """The state of a case before its upgrade, again and again: fleet, layouts, store and inventory."""

    def __init__(self, case, saved):
        self.archive, self.old, self.old_tags = case.archive, case.old, case.old_tags
        self.target, self.path, self.p = case.target, case.path, case.p
        for name, to in saved.items():
            shutil.rmtree(to, ignore_errors=True)
            shutil.copytree(name, to)

    @staticmethod
    def save(case):
        saved = {}
        for path in (case.path, case.target.path, case.p.store, os.path.dirname(case.p.db)):
            copy = directory("saved-") + "/copy"
            shutil.copytree(path, copy)
            saved[copy] = path
        return saved


APPLY = ("upgrade", "--package", "libtls3", "--fixed", NEW, "--apply", "--quiet")


def kill_after_wave(case, image):
    """kill -9 as soon as the inventory knows the new content of `image`. False when it had ended before."""
    process = case.p.start(*APPLY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    quick = Program(case.path, case.p.store, case.p.db, RELEASE)
    old = case.old[image]
    while process.poll() is None:
        a = quick.run("images", "--output", "json", status=None)
        if a.status == 0 and any(i["name"].endswith("/" + tag(image)) and i["digest"] != old for i in a.json["images"]):
            process.kill()
            process.wait()
            return process.returncode == -signal.SIGKILL
    return False


def test_killed(case, saved, reference):
    """Killed between waves and at many other moments; the same command ends in the same state."""
    between = 0
    for image in ("base", "web"):
        for _ in range(4):
            c = Copy(case, saved)
            killed = kill_after_wave(c, image)
            behind = [n for n, (_, b) in registered(c.p).items() if b]
            if killed and behind:
                between += 1
                a = c.p.json("upgrade", "--package", "libtls3", "--fixed", NEW, status=4)
                same([i["id"] in ("web", "worker", "cron") for i in a["plan"]["images"]],
                     [True] * len(a["plan"]["images"]), "what is planned after a kill is what was not done")
            c.p.run(*APPLY)
            judge_applied(c, reference)
            if killed and behind:
                break
    check(between >= 1, "the program could be killed between two waves", between)
    start = time.time()
    Copy(case, saved).p.run(*APPLY)
    whole = time.time() - start
    landed = 0
    for k in range(10):
        c = Copy(case, saved)
        process = c.p.start(*APPLY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(whole * (k + 0.5) / 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            landed += 1
        c.p.run(*APPLY)
        judge_applied(c, reference)
    check(landed >= 5, "kills that landed", landed)


def test():
    archive = Archive()
    archive.publish("stable", stable())
    archive.publish("security", security())
    digests = {}
    for target in (Layouts(directory("layouts-") + "/out"), Remote(Registry())):
        start = time.time()
        case = Case(archive, target)
        test_push(case)
        saved = Copy.save(case) if isinstance(target, Layouts) else None
        test_refusals(case)
        test_plan(case)
        digests[target.name] = test_apply(case)
        test_same_digest(case)
        say("%s: upgraded (%.1f s)" % (type(target).__name__, time.time() - start))
        if saved:
            start = time.time()
            test_killed(case, saved, digests[target.name])
            say("killed and resumed (%.1f s)" % (time.time() - start))
    # A child's annotations name its base (image-spec annotations.md); what has no base knows no registry.
    for image in ("base", "stranger"):
        same(len({d[image] for d in digests.values()}), 1, image + ": the same bytes for either registry")


if __name__ == "__main__":
    need("docker-registry", "gpg")
    main(test)
