#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300
"""The store: what gc deletes and what it never does, beside running builds and killed at any moment.

SEED makes the moments of the kills the same again.
"""
import contextlib
import fcntl
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

from harness.lab import Deb, Lab

DAYS = 86400


def answer(r):
    return json.loads(r.out)


def kinds(r):
    return {k["kind"]: k for k in answer(r)["kinds"]}


class StoreLab(Lab):
    def gc(self, *args, **kw):
        return self.run("store", "gc", "--output", "json", "--progress", "plain", *args, **kw)

    def locked_and_built(self):
        self.works("lock", self.run("lock"))
        return self.digests()

    def files(self):
        return set(self.store_files("blobs") + self.store_files("inputs") + self.store_files("records"))

    def age(self, days, area=""):
        for path in self.store_files(area):
            os.utime(path, (time.time() - days * DAYS,) * 2)

    def offline_digests(self, name, wanted):
        """Builds with the archive away: whatever is needed must be in the store."""
        os.rename(self.archive, self.archive + ".away")
        self.check(name, self.digests() == wanted)
        os.rename(self.archive + ".away", self.archive)


def deletes_only_what_is_not_needed(lab):
    before = lab.locked_and_built()
    r = lab.gc("--dry-run")
    lab.check("all is recent", r.status == 0 and answer(r)["goes"]["files"] == 0, r)
    there = lab.files()
    r = lab.gc("--dry-run", "--keep-days", "0")
    lab.check("a dry run says that there is work", r.status == 4 and answer(r)["goes"]["files"] > 0, r)
    lab.check("and deletes nothing", lab.files() == there)
    planned = answer(r)["goes"]
    r = lab.gc("--keep-days", "0")
    lab.works("gc", r)
    lab.check("what was planned goes", answer(r)["deleted"] == planned, (planned, r))
    k = kinds(r)
    lab.check("named images and what locks name stay",
              k["images"]["deleted"]["files"] == 0 and k["locked"]["deleted"]["files"] == 0 and
              k["fragments"]["deleted"]["files"] == 2 and k["inputs"]["deleted"]["files"] > 0, r)
    lab.check("the fleet is known", answer(r)["fleets"] ==
              [{"lock": lab.path("fleet", "plimsoll.lock"), "state": "read", "reason": None}], r)
    r = lab.run("build", "--output", "json")
    lab.check("nothing is made again", not any(i["made"] for i in answer(r)["images"]), r)
    shutil.rmtree(lab.path("store", "records", "image"))
    shutil.rmtree(lab.path("store", "records", "layer"))
    lab.offline_digests("the .debs are there, and give the same digests", before)
    r = lab.gc("--keep-days", "0", "--inputs")
    lab.check("with --inputs they go too", kinds(r)["locked"]["deleted"]["files"] >= 2, r)
    lab.check("and are fetched again", lab.digests() == before)


def superseded_images(lab):
    lab.locked_and_built()
    named = kinds(lab.run("store", "status", "-o", "json"))["images"]["there"]["files"]
    lab.write_fleet({"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\nlabels: {org.example.n: \"2\"}\n"})
    after = lab.locked_and_built()
    k = kinds(lab.run("store", "status", "-o", "json"))
    lab.check("hello keeps its name, base's former content has none",
              k["unnamed"]["there"]["files"] > 0 and k["images"]["there"]["files"] >= named, k)
    k = kinds(lab.gc())
    lab.check("it stays a while", k["unnamed"]["deleted"]["files"] == 0 and k["unnamed"]["recent"]["files"] > 0, k)
    lab.age(9, "blobs")
    k = kinds(lab.gc())
    lab.check("and goes then", k["unnamed"]["deleted"]["files"] > 0 and k["images"]["deleted"]["files"] == 0, k)
    lab.check("the images are whole", lab.digests() == after)


def last_use_counts(lab):
    lab.locked_and_built()
    lab.age(9)
    lab.write_fleet({"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\nlabels: {org.example.n: \"2\"}\n"})
    for d in ("store/records/image", "store/records/layer"):
        shutil.rmtree(lab.path(d))
    lab.works("lock", lab.run("lock"))
    lab.age(9, "inputs")
    lab.works("build", lab.run("build"))
    k = kinds(lab.gc())
    lab.check("a fragment that was used stays, the other goes",
              k["fragments"]["recent"]["files"] == 1 and k["fragments"]["deleted"]["files"] == 1, k)
    lab.check("indexes that nobody read go", k["inputs"]["deleted"]["files"] > 0, k)


def locks_are_roots(lab):
    before = lab.locked_and_built()
    shutil.copytree(lab.fleet, lab.path("other"))
    lab.works("another fleet", lab.run("build", cwd=lab.path("other")))
    shutil.rmtree(lab.path("other"))
    r = lab.gc("--keep-days", "0")
    states = {f["lock"]: f["state"] for f in answer(r)["fleets"]}
    lab.check("a fleet that is gone is no root", states == {lab.path("fleet", "plimsoll.lock"): "read",
                                                            lab.path("other", "plimsoll.lock"): "gone"}, r)
    lab.check("its record goes", len(lab.store_files("records/fleet")) == 1)
    lock = lab.path("fleet", "plimsoll.lock")
    whole = open(lock, "rb").read()
    with open(lock, "wb") as f:
        f.write(whole[:len(whole) // 2])
    r = lab.gc("--keep-days", "0", cwd=lab.dir)
    lab.works("a lock that cannot be read", r)
    lab.check("is said, and keeps all inputs", b"is unknown" in r.err and lock.encode() in r.err and answer(r)["fleets"][0]["state"] == "unknown" and
              kinds(r)["inputs"]["deleted"]["files"] == 0, r)
    with open(lock, "wb") as f:
        f.write(whole)
    lab.check("the fleet builds", lab.digests() == before)
    record = lab.store_files("records/fleet")[0]
    lab.flip(record)
    for _ in range(2):
        r = lab.gc("--keep-days", "0", cwd=lab.dir)
        lab.check("a damaged record keeps them too", kinds(r)["inputs"]["there"]["files"] >= 2 and
                  kinds(r)["inputs"]["deleted"]["files"] == 0 and answer(r)["fleets"][0]["lock"] is None, r)
    lab.check("until a build mends it", lab.digests() == before and lab.gc("--keep-days", "0").status == 0)
    os.remove(lock)
    r = lab.gc("--keep-days", "0", cwd=lab.dir)
    lab.check("without a lock its packages go", kinds(r)["locked"]["there"]["files"] == 0 and
              kinds(r)["inputs"]["deleted"]["files"] >= 2 and kinds(r)["images"]["deleted"]["files"] == 0, r)


def unmounted(lab):
    """A fleet on a medium that is not there now."""
    medium = lab.path("medium")
    os.mkdir(medium)
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", medium],
                                          stderr=subprocess.DEVNULL).returncode != 0:
        print("nothing can be mounted here", flush=True)
        return
    try:
        shutil.copytree(lab.fleet, medium + "/fleet")
        lab.works("lock on a medium", lab.run("lock", cwd=medium + "/fleet"))
    finally:
        subprocess.run(["umount", medium], check=True)
    r = lab.gc("--keep-days", "0", cwd=lab.dir)
    lab.check("its packages stay", kinds(r)["inputs"]["deleted"]["files"] == 0 and
              answer(r)["fleets"][0]["state"] == "unknown" and b"nothing is mounted at" in r.err, r)


def read_only(lab):
    """A store on a medium that cannot be written."""
    medium = lab.path("readonly")
    os.mkdir(medium)
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", medium],
                                          stderr=subprocess.DEVNULL).returncode != 0:
        print("nothing can be mounted here", flush=True)
        return
    try:
        before = lab.locked_and_built()
        shutil.copytree(lab.path("store"), medium + "/store")
        for name in glob.glob(medium + "/store/records/fleet/*") + [medium + "/store/.use.lock"]:
            os.remove(name)
        subprocess.run(["mount", "-o", "remount,ro", medium], check=True)
        env = lab.env(PLIMSOLL_STORE=medium + "/store")
        r = lab.run("build", "-o", "json", env=env)
        lab.works("a build in which nothing changed", r)
        lab.check("as before", {i["id"]: i["digest"] for i in answer(r)["images"]} == before)
        lab.works("status", lab.run("store", "status", env=env))
        lab.works("check", lab.run("store", "check", env=env))
        lab.fails("gc", lab.gc("--keep-days", "0", env=env), 1, "read-only")
    finally:
        subprocess.run(["umount", medium], check=True)


def waits_for_others(lab):
    before = lab.locked_and_built()
    with open(lab.path("store", ".use.lock")) as f:
        fcntl.flock(f, fcntl.LOCK_SH)
        there = lab.files()
        p = lab.start("store", "gc", "--keep-days", "0", "--progress", "plain")
        time.sleep(0.7)
        lab.check("gc waits for a running build", p.poll() is None and lab.files() == there)
        lab.check("a build does not wait for a build", lab.digests() == before)
        fcntl.flock(f, fcntl.LOCK_UN)
        out, err = p.communicate(timeout=60)
        lab.check("says so, and goes on", p.returncode == 0 and b"waiting" in err and lab.files() < there, err)
        fcntl.flock(f, fcntl.LOCK_EX)
        p = lab.start("build", "--progress", "plain")
        time.sleep(0.7)
        lab.check("a build waits for gc", p.poll() is None)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=60)
        lab.check("and can be interrupted", p.returncode == 130, p.returncode)


def beside_builds(lab):
    """Builds and gcs at once: all succeed, all digests are the same."""
    before = lab.locked_and_built()
    until, bad = time.monotonic() + 8, []

    def again(make, name):
        while time.monotonic() < until:
            for path in lab.store_files("records/image") + lab.store_files("records/layer"):  # so that there is work
                with contextlib.suppress(FileNotFoundError):
                    os.remove(path)
            r = make()
            if r.status != 0:
                bad.append((name, str(r)))
            elif name == "build" and {i["id"]: i["digest"] for i in answer(r)["images"]} != before:
                bad.append(("digests", str(r)))

    work = [(lambda: lab.run("build", "-o", "json"), "build"), (lambda: lab.run("lock"), "lock"),
            (lambda: lab.gc("--keep-days", "0"), "gc"), (lambda: lab.gc("--keep-days", "0", "--inputs"), "gc")]
    threads = [threading.Thread(target=again, args=w) for w in work]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    lab.check("builds beside gcs", not bad, bad[:3])


def killed(lab, rng):
    before = lab.locked_and_built()
    kept = lab.path("kept")
    shutil.copytree(lab.path("store"), kept)
    start = time.monotonic()
    lab.works("gc", lab.gc("--keep-days", "0", "--inputs"))
    usual = time.monotonic() - start
    kills = 0
    for _ in range(25):
        shutil.rmtree(lab.path("store"))
        shutil.copytree(kept, lab.path("store"))
        p = lab.start("store", "gc", "--keep-days", "0", "--inputs")
        try:
            p.communicate(timeout=rng.uniform(usual * 0.3, usual * 1.1))
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            kills += 1
        lab.check("a build after a killed gc", lab.digests() == before)
        lab.works("gc after a killed one", lab.gc("--keep-days", "0"))
        lab.works("and all content is whole", lab.run("store", "check"))
    lab.check("some were killed", kills > 3, kills)
    shutil.rmtree(kept)


def damage(lab):
    before = lab.locked_and_built()
    index = [m["digest"] for m in json.load(open(lab.path("store", "index.json")))["manifests"]][0]
    path = lab.path("store", "blobs", index.replace(":", "/"))
    text = open(path, "rb").read()
    lab.flip(path)
    there = len(lab.files())
    lab.fails("an image that cannot be read", lab.gc("--keep-days", "0"), 5, "nothing is deleted")
    lab.check("deletes nothing", len(lab.files()) == there - 1)  # the damaged one was moved aside
    lab.fails("nor when it is not there", lab.gc("--keep-days", "0"), 6, "nothing is deleted")
    lab.check("a build mends it", lab.digests() == before and open(path, "rb").read() == text)
    r = lab.gc("--keep-days", "0")
    lab.check("what was moved aside goes", kinds(r)["leftovers"]["deleted"]["files"] == 1, r)
    layer = max(lab.store_files("blobs"), key=os.path.getsize)
    lab.flip(layer)
    r = lab.run("store", "check", "--output", "json")
    lab.fails("check finds it", r, 5, os.path.basename(layer))
    lab.works("once", lab.run("store", "check"))
    lab.check("and it is made again", lab.digests() == before and os.path.exists(layer))
    with open(lab.path("store", "index.json"), "w") as f:
        f.write("{")
    lab.fails("an index.json that cannot be read", lab.gc("--keep-days", "0"), 1, "index.json")


def wrong_words(lab):
    for args in (["store"], ["store", "prune"], ["store", "gc", "--keep-days", "-1"], ["store", "gc", "--keep-days", "4000"],
                 ["store", "status", "--dry-run"], ["store", "gc", "now"]):
        r = lab.run(*args)
        lab.check(" ".join(args), r.status == 2, r)
    lab.works("an empty store", lab.gc("--keep-days", "0", cwd=lab.dir))
    foreign = lab.path("store", "inputs", "sha256", "README")
    open(foreign, "w").close()
    lab.works("a file that is not the store's", lab.gc("--keep-days", "0"))
    lab.check("stays", os.path.exists(foreign))


def main():
    seed = int(os.environ.get("SEED", str(time.time_ns() % 100000)))
    print("SEED=%d" % seed, flush=True)
    lab = StoreLab()
    lab.debs.append(Deb("unused"))
    lab.publish()
    for case in (deletes_only_what_is_not_needed, superseded_images, last_use_counts, locks_are_roots, unmounted, read_only,
                 waits_for_others, beside_builds, lambda l: killed(l, random.Random(seed)), damage, wrong_words):
        lab.clean()
        lab.write_fleet()
        case(lab)
    lab.done()


main()
