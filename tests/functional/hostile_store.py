#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=240 needs=gpg,gpgv
"""Damaged stores, full disks, read-only directories, damaged and locked databases, two at once, kills."""
import atexit
import errno
import resource
import shutil
import signal
import sqlite3
import tempfile

from harness.lab import *

lab = Lab()
Q = ("--progress", "none")
LOCK = os.path.join(lab.fleet, "plimsoll.lock")
lab.works("lock", lab.run("lock", *Q))
good_lock = open(LOCK, "rb").read()
good = lab.digests()
lab.works("push", lab.run("push", *Q))
DB = lab.path("db", "inventory.db")


def again(name, *first):
    """After whatever was broken: at most `first` failing runs that say what to do, then as good as new."""
    for i in range(12):
        r = lab.run("push", *Q, "--offline") if not first else lab.run(*first, *Q)
        lab.sane("%s: run %d" % (name, i), r)
        if r.status == 0:
            break
        lab.check("%s: run %d says what to do" % (name, i),
                  r.status in (1, 5, 6, 9) and (b"again" in r.err or b"remove" in r.err), r)
    lab.check(name + ": it heals itself", r.status == 0, r)
    lab.check(name + ": the same digests", lab.digests() == good)
    s = lab.run("scan", "oci:%s/hello:2" % lab.path("out"), *Q, "--output", "json")
    lab.works(name + ": what was pushed is whole", s)


# --- bytes flipped, files cut, files gone: each file of the store alone ---------------------------
def cut(path):
    with open(path, "r+b") as f:
        f.truncate(os.path.getsize(path) // 2)


def fill(path):
    with open(path, "wb"):
        pass


def change_definition(n):
    """So that layers are there already but the image must be made again from fragments."""
    with open(os.path.join(lab.fleet, "images", "hello.yaml"), "a") as f:
        f.write("labels: {n: \"%d\"}\n" % n)


shutil.copytree(lab.path("store"), lab.path("store.good"))
for harm in (lab.flip, cut, fill, os.remove):
    for area in ("blobs", "inputs", "records"):
        shutil.rmtree(lab.path("store"))
        shutil.copytree(lab.path("store.good"), lab.path("store"))
        lab.clean("out")
        for path in lab.store_files(area):
            harm(path)
        # the archive is there, so what is gone may be fetched again
        again("every file of %s: %s" % (area, harm.__name__), "push")
for n, path in enumerate(sorted(lab.store_files("inputs"))):
    name = os.path.basename(path)
    shutil.rmtree(lab.path("store"))
    shutil.copytree(lab.path("store.good"), lab.path("store"))
    lab.flip(os.path.join(lab.path("store", "inputs", "sha256"), name))
    lab.write_fleet()
    change_definition(n)
    for i in range(3):
        r = lab.run("lock", *Q)
        lab.sane("a damaged input: lock %d" % i, r)
        if r.status == 0:
            break
        lab.check("a damaged input: lock %d says what to do" % i, r.status == 5 and b"again" in r.err, r)
    lab.works("a damaged input: lock heals itself", r)
    for i in range(5):
        r = lab.run("build", *Q)
        lab.sane("a damaged input: run %d" % i, r)
        if r.status == 0:
            break
        lab.check("a damaged input: run %d says what to do" % i, b"again" in r.err or b"remove" in r.err, r)
    lab.check("a damaged input %s: it heals itself" % name[:8], r.status == 0, r)
    whole = lab.digests()
    lab.clean("store")
    lab.check("a damaged input %s: the same digests as in a new store" % name[:8], lab.digests() == whole)
lab.write_fleet()
with open(LOCK, "wb") as f:
    f.write(good_lock)
shutil.rmtree(lab.path("store"))
shutil.copytree(lab.path("store.good"), lab.path("store"))
for name, text in (("garbage", b"garbage"), ("empty", b""), ("of another kind", b"[]"), ("deep", b"[" * 100000)):
    with open(lab.path("store", "index.json"), "wb") as f:
        f.write(text)
    lab.fails("index.json of the store: " + name, lab.run("build", *Q), (1, 5), "index.json")
os.remove(lab.path("store", "index.json"))
lab.check("without index.json it is made again", lab.digests() == good)
with open(lab.path("store", "oci-layout"), "wb") as f:
    f.write(b'{"imageLayoutVersion": "9.0.0"}')
lab.fails("a layout of another version", lab.run("build", *Q), 1, "oci-layout")
lab.clean("store")

# --- limits of the disk ---------------------------------------------------------------------------
def limited(size):
    def set_limits():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return set_limits


for size in (0, 100, 300, 700, 1500, 4096, 20000):
    for args in (("lock",), ("build",), ("push",)):
        lab.clean("store", "out", "db")
        before = open(LOCK, "rb").read()
        r = lab.run(*args, *Q, preexec_fn=limited(size))
        name = "files of at most %d bytes: %s" % (size, args[0])
        lab.sane(name, r)
        lab.check(name + ": the lock is whole", open(LOCK, "rb").read() == before)
        lab.check(name + ": nothing half-made", not lab.store_files("tmp"), lab.store_files("tmp"))
lab.check("after all that the same digests", lab.digests() == good)

tmpfs = lab.path("small")
os.mkdir(tmpfs)
mounted = os.getuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", tmpfs],
                                              stderr=subprocess.DEVNULL).returncode == 0
if mounted:
    try:
        for what in ("store", "db", "fleet", "out"):
            for pages in (0, 1, 3, 5, 8, 12, 40, 80) if what != "fleet" else (0, 1):
                lab.clean("store", "out", "db")
                subprocess.run(["find", tmpfs, "-mindepth", "1", "-delete"], check=True)
                env, cwd = lab.env(), lab.fleet
                if what == "store":
                    env["PLIMSOLL_STORE"] = tmpfs + "/store"
                elif what == "db":
                    env["PLIMSOLL_DB"] = tmpfs + "/i.db"
                elif what == "out":
                    lab.write_fleet(fleet=open(os.path.join(lab.fleet, "fleet.yaml")).read()
                                    .replace(lab.path("out"), tmpfs + "/out", 1))
                else:
                    cwd = tmpfs + "/f"
                    shutil.copytree(lab.fleet, cwd)
                    os.remove(cwd + "/plimsoll.lock")
                with open(tmpfs + "/ballast", "wb") as f:
                    try:
                        f.write(b"x" * (4 << 20))
                        f.flush()
                    except OSError as e:
                        assert e.errno == errno.ENOSPC
                    os.ftruncate(f.fileno(), max(0, os.fstat(f.fileno()).st_size - pages * 4096))
                for args in (("lock",), ("push",)):
                    r = lab.run(*args, *Q, env=env, cwd=cwd)
                    name = "a full disk under the %s (%d pages): %s" % (what, pages, args[0])
                    lab.sane(name, r)
                    if r.status in (1, 9):
                        lab.check(name + " says so", b"space" in r.err or b"full" in r.err or
                                  b"plimsoll lock" in r.err, r)
                os.remove(tmpfs + "/ballast")
                if what != "fleet":
                    r = lab.run("push", *Q, env=env, cwd=cwd)
                    lab.works("with room again (%s, %d pages)" % (what, pages), r)
                lab.write_fleet()
    finally:
        subprocess.run(["umount", "-l", tmpfs], check=False)
lab.write_fleet()
with open(LOCK, "wb") as f:
    f.write(good_lock)
lab.clean("store", "out", "db")
for stream in ("stdout", "stderr"):
    with open("/dev/full", "w") as full:
        r = lab.run("build", **{stream: full})
        lab.check("%s is full" % stream, r.status == (1 if stream == "stdout" else 0), r)
        lab.check("%s is full: it says so" % stream, stream == "stderr" or b"standard output" in r.err, r)
r = lab.run("build", *Q, preexec_fn=lambda: (os.close(1), None)[1])
lab.check("closed standard output", r.status == 1 and b"standard output" in r.err, r)
r = lab.run("build", *Q, preexec_fn=lambda: [os.close(i) for i in (0, 1, 2)] and None)
lab.check("all streams closed", r.status in (0, 1), r)
lab.check("closed streams did not end in the store's files", lab.digests() == good)

# --- what may not be written ------------------------------------------------------------------------
def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


if os.getuid() == 0:
    os.chmod(lab.dir, 0o755)
    # The checkout, and the tests' own directories, may be where nobody else may look.
    reachable = tempfile.mkdtemp(prefix="plimsoll-nobody-", dir="/tmp")
    atexit.register(shutil.rmtree, reachable, ignore_errors=True)
    os.chmod(reachable, 0o755)
    copy = shutil.copy(PLIMSOLL, reachable + "/plimsoll")
    for directory_ in ("store", "db", "out", "fleet"):
        r = lab.run("lock" if directory_ == "fleet" else "push", *Q, "--update" if directory_ == "fleet" else "--offline",
                    preexec_fn=as_nobody, program=copy)
        lab.fails("directories of another user (%s)" % directory_, r, 1, "ermission denied")
    lab.check("and it is all as before", lab.digests() == good and open(LOCK, "rb").read() == good_lock)

# --- databases ------------------------------------------------------------------------------------
lab.works("push", lab.run("push", *Q))
lab.clean("out")
shutil.copy(DB, DB + ".good")


def script(text):
    c = sqlite3.connect(DB)
    c.executescript(text)
    c.close()


def databases():
    yield "garbage", lambda: open(DB, "wb").write(b"garbage " * 4000)
    yield "a header and garbage", lambda: open(DB, "wb").write(open(DB + ".good", "rb").read(100) + b"x" * 30000)
    yield "cut", lambda: cut(DB)
    yield "of something else", lambda: (os.remove(DB), script("create table t(x); insert into t values (1)"))
    yield "of the future", lambda: script("pragma user_version = 9999")
    yield "a directory", lambda: (os.remove(DB), os.mkdir(DB))


for name, harm in databases():
    for args in (("images",), ("packages", "hello"), ("push",), ("upgrade", "--all"), ("serve", "--listen", "127.0.0.1:0")):
        for suffix in ("", "-wal", "-shm"):
            if os.path.isdir(DB + suffix):
                os.rmdir(DB + suffix)
            elif os.path.exists(DB + suffix):
                os.remove(DB + suffix)
        shutil.copy(DB + ".good", DB)
        harm()
        before = None if os.path.isdir(DB) else open(DB, "rb").read()
        r = lab.run(*args, *Q, timeout=20) if args[0] != "serve" else lab.run(*args, *Q, timeout=5)
        where = "a database %s: %s" % (name, args[0])
        if args[0] == "serve" and r.status == -9:
            lab.check(where + ": does not start on it", False, r)
            continue
        lab.fails(where, r, (9,) if args[0] == "push" else (1, 5), "inventory.db")
        lab.check(where + ": left as it is", before is None or open(DB, "rb").read() == before)
for suffix in ("", "-wal", "-shm"):
    if os.path.isdir(DB + suffix):
        os.rmdir(DB + suffix)
    elif os.path.exists(DB + suffix):
        os.remove(DB + suffix)
lab.clean("out")
holder = sqlite3.connect(DB, isolation_level=None)
lab.works("a new database", lab.run("push", *Q))
holder = sqlite3.connect(DB, isolation_level=None)
holder.execute("begin exclusive")
lab.clean("out")
r = lab.fails("a locked database", lab.run("push", *Q, timeout=60), 9, "not registered")
lab.check("a locked database: bounded", r.seconds < 40, r)
holder.execute("rollback")
r = lab.run("push", *Q, "--output", "json")
lab.works("a database that is free again", r)
lab.check("registering later sends nothing", r.status == 0 and json.loads(r.out)["bytes_uploaded"] == 0, r)
lab.done()
