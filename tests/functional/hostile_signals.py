#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""Killed and interrupted at any moment, and two at once: the next run ends with the same digests."""
import random
import signal
import socket

from harness.lab import *

lab = Lab()
rng = random.Random(int(os.environ.get("PLIMSOLL_SEED", "20260801")))
Q = ("--progress", "none")
LOCK = os.path.join(lab.fleet, "plimsoll.lock")
big = {"./usr/share/bulk/%02d" % i: rng.randbytes(200000) for i in range(10)}
old = [Deb("base-files", scripts={}), Deb("hello", depends="base-files"), Deb("bulk", files=big)]
new = [old[0], Deb("hello", "1.0-2", depends="base-files"), Deb("bulk", "2.0-1", files=big)]
images = {"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files, bulk]\n",
          "hello": "image: hello\nbase: base\nversion: 2\npackages: [hello]\n",
          "top": "image: top\nbase: hello\nversion: 3\nfiles:\n  - {to: /etc/top, content: \"hi\"}\n"}
lab.publish(old)
lab.write_fleet(images)
begun = time.monotonic()
lab.works("lock", lab.run("lock", *Q))
old_lock = open(LOCK, "rb").read()
old_digests = lab.digests()
lab.works("push", lab.run("push", *Q))
full = time.monotonic() - begun
begun = time.monotonic()
lab.run("version")
startup = time.monotonic() - begun
shutil.copytree(lab.path("db"), lab.path("db.old"))
shutil.copytree(lab.path("out"), lab.path("out.old"))
lab.publish(new, Date="Sun, 02 Aug 2026 10:00:00 UTC")
lab.works("upgrade", lab.run("upgrade", "--all", "--apply", *Q))
new_lock = open(LOCK, "rb").read()
new_digests = lab.digests()
lab.check("the upgrade changed what it should", all(new_digests[i] != old_digests[i] for i in new_digests)
          and new_lock != old_lock)


def registered():
    r = lab.run("images", "--output", "json")
    return {i["name"].rsplit("/", 1)[-1].split(":")[0]: i["digest"] for i in json.loads(r.out)["images"]} \
        if lab.works("images", r) else None


def back(fresh_store):
    lab.clean(*(["store"] if fresh_store else []), "db", "out")
    with open(LOCK, "wb") as f:
        f.write(old_lock)
    for d in ("db", "out"):
        shutil.rmtree(lab.path(d))
        shutil.copytree(lab.path(d + ".old"), lab.path(d))


def interrupt(args, delay, how):
    p = lab.start(*args, *Q)
    time.sleep(delay)
    p.send_signal(how)
    out, err = p.communicate(timeout=60)
    return Result(args, p.returncode, out, err, delay)


def leftovers(name):
    files = [f for f in lab.store_files("tmp") if not f.endswith(".lck")]
    lab.check(name + ": nothing half-made is left", not files, files)


# --- stopped after the wave before the last: what stands on former content is still to be done --------
for ask in (("--all",), ("--package", "hello"), ("--package", "hello", "--fixed", "1.0-2")):
    back(False)
    with open(LOCK, "wb") as f:
        f.write(new_lock)
    lab.works("push all but the top", lab.run("push", "hello", *Q))
    r = lab.run("upgrade", *ask, *Q)
    lab.check("upgrade %s: the top is behind" % (ask,), r.status == 4 and b"top" in r.out and b"1 image in 1 wave" in r.out, r)
    lab.works("upgrade %s: apply" % (ask,), lab.run("upgrade", *ask, "--apply", *Q))
    lab.check("upgrade %s: all is new" % (ask,), registered() == new_digests)
    r = lab.run("upgrade", *ask, *Q)
    lab.check("upgrade %s: none is left" % (ask,), r.status == 0 and b"none" in r.out, r)

# --- kill -9, over and over -----------------------------------------------------------------------
rounds = 0
until = time.monotonic() + float(os.environ.get("PLIMSOLL_KILL_SECONDS", "15"))
while time.monotonic() < until:
    what = rng.choice(["lock", "build", "push", "upgrade"])
    back(rng.random() < 0.5)
    if what == "lock":
        os.remove(LOCK)
        args = ("lock",)
    elif what == "upgrade":
        args = ("upgrade", "--all", "--apply")
    else:
        args = (what,)
        with open(LOCK, "wb") as f:
            f.write(new_lock)
    for _ in range(rng.randrange(1, 4)):
        r = interrupt(args, rng.random() * full, signal.SIGKILL)
        lab.check("%s until killed" % what, r.status in (0, -9), r)
        if what == "lock" and os.path.exists(LOCK):
            lab.check("a lock is there whole or not at all", open(LOCK, "rb").read() == new_lock)
    rounds += 1
    lab.works("%s after kills" % what, lab.run(*args, *Q))
    if what == "lock":
        lab.check("the same lock after kills", open(LOCK, "rb").read() == new_lock)
    lab.check("%s after kills: the same digests" % what, lab.digests() == new_digests)
    if what in ("push", "upgrade"):
        lab.check("%s after kills: registered" % what, registered() == new_digests)
        r = lab.run("upgrade", "--all", *Q)
        lab.check("%s after kills: no work is left" % what, r.status == 0 and b"none" in r.out, r)
        r = lab.run("scan", "oci:%s/top:3" % lab.path("out"), *Q)
        lab.works("%s after kills: what was pushed is whole" % what, r)
lab.check("many rounds of kills", rounds >= 5, rounds)

# --- SIGINT and SIGTERM: 130, nothing half-made ------------------------------------------------------
seen = set()
for i in range(80):
    if i >= 24 and 130 in seen:
        break
    back(True)
    with open(LOCK, "wb") as f:
        f.write(new_lock)
    args = rng.choice([("build",), ("push",), ("upgrade", "--all", "--apply"), ("lock", "--update")])
    r = interrupt(args, startup * 0.7 + rng.random() * full * 0.6, rng.choice([signal.SIGINT, signal.SIGTERM]))
    seen.add(r.status)
    if r.status in (-signal.SIGINT, -signal.SIGTERM):
        continue  # it had not begun
    lab.sane("%s interrupted" % args[0], r)
    lab.check("%s interrupted" % args[0], r.status in (0, 130), r)
    leftovers("%s interrupted" % args[0])
lab.check("some were interrupted in the middle", 130 in seen, seen)

# A mirror and a registry that never answer: interrupted at once all the same.
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(50)
address = "127.0.0.1:%d" % silent.getsockname()[1]
back(True)
lab.write_fleet(images, mirror="http://%s/debian" % address)
for args in (("lock",), ("push", "--registry", address + "/x"), ("scan", address + "/x:1")):
    if args[0] == "push":
        lab.write_fleet(images)
        with open(LOCK, "wb") as f:
            f.write(new_lock)
    p = lab.start(*args, *Q)
    time.sleep(1.5)
    p.send_signal(signal.SIGINT)
    t = time.monotonic()
    try:
        out, err = p.communicate(timeout=15)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
    r = Result(args, p.returncode, out, err, time.monotonic() - t)
    lab.check("%s waiting for a silent server: interrupted at once" % args[0], r.status == 130 and r.seconds < 5, r)
silent.close()

# --- serve: ends cleanly, and survives being killed --------------------------------------------------
back(False)
for how, status in ((signal.SIGTERM, (0, 130)), (signal.SIGINT, (0, 130)), (signal.SIGKILL, (-9,))):
    p = lab.start("serve", "--listen", "127.0.0.1:0")
    line = p.stderr.readline()
    lab.check("serve says where", b"http://127.0.0.1:" in line, line)
    p.send_signal(how)
    out, err = p.communicate(timeout=20)
    lab.check("serve ends at signal %d" % how, p.returncode in status and b"Sanitizer" not in err,
              Result(("serve",), p.returncode, out, err, 0))
lab.check("and the inventory is there", registered() == old_digests)

# --- two and more at once on one store, layout and database -------------------------------------------
for args in (("lock",), ("build",), ("push",), ("upgrade", "--all", "--apply")):
    back(True)
    if args[0] in ("build", "push"):
        with open(LOCK, "wb") as f:
            f.write(new_lock)
    ps = [lab.start(*args, *Q) for _ in range(4)]
    for p in ps:
        out, err = p.communicate(timeout=120)
        r = Result(args, p.returncode, out, err, 0)
        lab.sane("four times %s at once" % args[0], r)
        lab.check("four times %s at once" % args[0], r.status == 0, r)
    leftovers("four at once")
    if args[0] == "lock":
        continue
    lab.check("four times %s at once: the same digests" % args[0], lab.digests() == new_digests)
    if args[0] != "build":
        lab.check("four times %s at once: registered" % args[0], registered() == new_digests)
        for i in new_digests:
            n = {"base": 1, "hello": 2, "top": 3}[i]
            s = lab.run("scan", "oci:%s/%s:%d" % (lab.path("out"), i, n), *Q, "--output", "json")
            lab.works("four at once: %s is whole" % i, s)
lab.done()
