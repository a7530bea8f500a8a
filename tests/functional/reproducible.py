#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=400
"""The same lock gives the same digests: as root and as nobody, under other time zones, umasks, locales, directories,
core counts and compilers' options; and the same definitions and indexes give the same lock, byte for byte."""
import contextlib
import filecmp
import json
import os
import shutil
import subprocess
import tempfile
import time

from harness.cache import cache, new_store
from harness.checks import check, directory, main, need, same, say, write
from harness.fleets import sets_fleet
from harness.program import RELEASE, Program

IMAGES = ("base", "flask", "nginx", "redis")
UMASK = ["sh", "-c", 'umask "$0" && exec "$@"']

# base, nginx and redis of fleets.SETS, said in another order, in another style, with another system's line ends.
SAID_OTHERWISE = {
    "base": "user: '65532:65532'\nexclude:\n- docs\n- man\n- locales\npackages:\n- base-files\n- netbase\n- tzdata\n"
            "# a remark\ndistro: bookworm\nimage: \"base\"\n",
    "nginx": "entrypoint: ['/usr/sbin/nginx']\nlabels:\n    org.example.set:   web\npackages: [ nginx ]\n"
             "files:\n  - to: /etc/plimsoll/nginx.conf\n    from: nginx.conf\nbase: base\nimage: nginx\n",
    "redis": "labels: {org.example.set: cache}\nuser: 65532:65532\n\n\nentrypoint:\n  - /usr/bin/redis-server\n"
             "packages: [redis-server]\nimage: redis\ndistro: bookworm\n",
}


def store_of(lock, path):
    """A store with the lock's inputs and nothing else."""
    with open(lock, encoding="utf-8") as f:
        wanted = {p["sha256"][7:] for d in json.load(f)["distros"].values() for p in d["packages"]}
    os.makedirs(path + "/inputs/sha256")
    for name in wanted:
        shutil.copyfile("%s/inputs/sha256/%s" % (cache(), name), "%s/inputs/sha256/%s" % (path, name))
    return path


def readable_by_all(stack):
    """A directory that nobody can reach: the test's own may be closed to others."""
    path = tempfile.mkdtemp(prefix="plimsoll-nobody-", dir="/tmp")
    stack.callback(shutil.rmtree, path, ignore_errors=True)
    os.chmod(path, 0o755)
    return path


def full(result):
    """All that identifies what was built: indexes, manifests, and the layers of both kinds of digest."""
    return {(i["id"], p["platform"]): (i["digest"], p["digest"], [(x["digest"], x["diff_id"]) for x in p["layers"]])
            for i in result["images"] for p in i["platforms"]}


def build(fleet, what, reference=None, **how):
    start = time.time()
    p = Program(fleet, **how)
    result = p.json("build", "--offline", *how_jobs(what))
    same([i["made"] for i in result["images"]], [True] * len(IMAGES), what + ": made, not found")
    got = full(result)
    if reference:
        for key in reference:
            same(got[key], reference[key], "%s: %s %s" % (what, *key))
        same(len(got), len(reference), what + ": images")
    say("%s: %d images on their platforms (%.1f s)" % (what, len(got), time.time() - start))
    return got


def how_jobs(what):
    return ["--jobs", "1"] if "one job" in what else ["--jobs", "4"] if "four jobs" in what else []


def test_locks(first):
    """Made anew elsewhere: the same bytes; and the definitions' style is not in them."""
    second = sets_fleet(only=IMAGES)
    Program(second, env={"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"}, prefix=UMASK + ["077"]).lock("--jobs", "1")
    check(filecmp.cmp(first + "/plimsoll.lock", second + "/plimsoll.lock", shallow=False), "two fresh locks are the same bytes")
    again = Program(second).lock()
    same(again["changed"], False, "locked again")
    third = sets_fleet(only=IMAGES)
    for name, text in SAID_OTHERWISE.items():
        write("%s/images/%s.yaml" % (third, name), text.replace("\n", "\r\n"))
    with open(third + "/fleet.yaml", encoding="utf-8") as f:
        head, platforms, rest = f.read().partition("platforms: [linux/amd64, linux/arm64]\n")
    write(third + "/fleet.yaml", (rest + head + platforms).replace("\n", "\r\n"))
    Program(third).lock()
    check(filecmp.cmp(first + "/plimsoll.lock", third + "/plimsoll.lock", shallow=False), "definitions said otherwise, locked")
    return second, third


def as_nobody(stack, fleet, reference):
    if os.geteuid() != 0:
        say("not root, so not as nobody too: what was built above was built without privilege")
        return
    where = readable_by_all(stack)
    shutil.copy(RELEASE, where + "/plimsoll")
    os.chmod(where + "/plimsoll", 0o755)
    shutil.copytree(fleet, where + "/other name")
    store_of(fleet + "/plimsoll.lock", where + "/store")
    subprocess.run(["chown", "-R", "65534:65534", where + "/store", where + "/other name"], check=True)
    with open(where + "/other name/nginx.conf", "a"):
        os.utime(where + "/other name/nginx.conf", (1, 1))
    os.mkdir(where + "/db")
    os.chown(where + "/db", 65534, 65534)
    build(where + "/other name", "nobody, umask 077, TZ of Kiritimati, one job on one core", reference,
          store=where + "/store", db=where + "/db/i", binary=where + "/plimsoll",
          env={"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "TMPDIR": "/tmp"},
          prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "taskset", "-c",
                  str(min(os.sched_getaffinity(0)))] + UMASK + ["077"])


def test():
    first = sets_fleet(only=IMAGES)
    Program(first).lock()
    second, third = test_locks(first)
    lock = first + "/plimsoll.lock"
    reference = build(first, "root", store=store_of(lock, directory() + "/s"), binary=RELEASE,
                      prefix=UMASK + ["022"])
    same(len(reference), 2 * len(IMAGES), "images on their platforms")
    with contextlib.ExitStack() as stack:
        as_nobody(stack, first, reference)
    build(third, "definitions said otherwise, umask 000, four jobs", reference,
          store=store_of(third + "/plimsoll.lock", directory() + "/s"), binary=RELEASE,
          env={"TZ": "QQQ-14:37", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "ja"}, prefix=UMASK + ["000"])
    build(second, "the program with sanitizers", reference, store=store_of(lock, directory() + "/s"))
    # What is in a file counts, so equality above is no accident.
    with open(second + "/nginx.conf", "a") as f:
        f.write("# changed\n")
    p = Program(second, new_store())
    p.lock()
    other = full(p.json("build", "nginx", "--offline"))
    check(other["nginx", "linux/amd64"] != reference["nginx", "linux/amd64"], "another file, another digest")
    same(other["base", "linux/amd64"], reference["base", "linux/amd64"], "the base does not hold that file")


if __name__ == "__main__":
    need("gpgv", "setpriv", "taskset")
    main(test)
