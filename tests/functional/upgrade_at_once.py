#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=400 needs=gpg,gcc
"""Two that write one plimsoll.lock at once: neither takes the other's change back. Two upgrades, a lock beside
an upgrade, another store, a holder that was killed, a directory that cannot be locked or written."""
import fcntl
import os
import shutil
import subprocess
import time

from harness.archive import Archive, Package
from harness.checks import check, directory, main, need, same, say, write
from harness.program import RELEASE, Program, run
from harness.cache import new_store

ROUNDS = 10
OLD, NEW = "1.0-1", "1.0-1+deb12u1"
FIXES = ("libone", "libtwo")
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]


def stable():
    return [Package("libone", OLD, source="one"), Package("libtwo", OLD, source="two"), Package("webd", "2", depends="libone"),
            Package("workerd", "3", depends="libtwo")]


def apply(package):
    return ("upgrade", "--package", package, "--fixed", NEW, "--apply")


class Case:
    """A fleet that is pushed with the old versions, and put back to that again and again."""

    def __init__(self):
        self.archive = Archive()
        self.archive.publish("stable", stable())
        self.archive.publish("security", [Package("libone", NEW, source="one"), Package("libtwo", NEW, source="two")])
        self.path = directory("fleet-")
        for image, packages in (("base", "libone, libtwo"), ("one", "libone, webd"), ("two", "libtwo, workerd")):
            write("%s/images/%s.yaml" % (self.path, image),
                  "image: %s\ndistro: judge\npackages: [%s]\nuser: 65532:65532\n" % (image, packages))
        self.suites(["stable"])
        self.p = Program(self.path, directory("store-"), binary=RELEASE)
        self.p.run("lock", "--quiet")
        self.p.run("push", "--quiet")
        self.suites(["stable", "security"])
        self.saved = {}
        for path in (self.path, self.p.store, os.path.dirname(self.p.db)):
            copy = directory("saved-") + "/copy"
            shutil.copytree(path, copy)
            self.saved[copy] = path

    def suites(self, names):
        write(self.path + "/fleet.yaml", self.archive.fleet_yaml("oci:out", names))

    def back(self):
        for copy, path in self.saved.items():
            shutil.rmtree(path)
            shutil.copytree(copy, path)

    def other(self):
        """The same checkout and inventory with another store."""
        return Program(self.path, new_store(), self.p.db, RELEASE)

    def judge(self, what, fixed=FIXES):
        with open(self.path + "/plimsoll.lock") as f:
            lock = f.read()
        for package in fixed:
            check("%s=%s/" % (package, NEW) in lock and "%s=%s/" % (package, OLD) not in lock,
                  "%s: the lock has the fix of %s" % (what, package), lock)
            check("none" in self.p.run("packages", package, "--version", "lt:" + NEW).out,
                  "%s: no registered image holds the old %s" % (what, package))
        plan = self.p.json("upgrade", "--package", fixed[0])["plan"]
        same((plan["images"], plan["changes"]), ([], []), what + ": nothing is left to do")
        built, listed = self.p.digests(), self.p.json("images")["images"]
        same({i["name"].rsplit("/", 1)[-1].split(":")[0]: i["digest"] for i in listed}, built,
             what + ": what is registered is what the lock builds")


def at_once(*commands):
    """Of (program, arguments): all end well; their standard errors."""
    running = [p.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for p, args in commands]
    said = [r.communicate(timeout=120)[1].decode() for r in running]
    for r, text, (_, args) in zip(running, said, commands):
        same(r.returncode, 0, "status of %s\n%s" % (" ".join(args), text))
    return said


def test_upgrades(case):
    waited = 0
    for k in range(ROUNDS):
        case.back()
        second = case.other() if k % 2 else case.p
        said = at_once((case.p, apply(FIXES[0])), (second, apply(FIXES[1])))
        case.judge("round %d" % k)
        waited += any("waiting up to" in text for text in said)
    check(waited > 0, "the rounds were at once, and the second said that it waits", waited)
    same([n for n in os.listdir(case.path) if "guard" in n], [], "what a guard leaves in the checkout")


def test_lock_beside(case):
    for k in range(4):
        case.back()
        at_once((case.p, apply(FIXES[0])), (case.other(), ("lock",)))
        case.judge("lock beside an upgrade, round %d" % k, FIXES[:1])


def held_by(case):
    """A command that waits for the guard, once it says so."""
    p = case.p.start(*apply(FIXES[0]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    line = p.stderr.readline().decode()
    check("waiting up to" in line and "plimsoll.lock" in line, "what the second says", line)
    return p


def test_holder(case):
    """It goes on when the holder has ended, from the lock that this one left; a killed one holds nothing."""
    case.back()
    held = os.open(case.path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    p = held_by(case)
    time.sleep(0.3)
    same(p.poll(), None, "it waits")
    p.terminate()
    p.communicate(timeout=20)
    same(p.returncode, 130, "the status of one that is interrupted while it waits")
    p = held_by(case)
    os.close(held)
    p.communicate(timeout=60)
    same(p.returncode, 0, "one that waited")
    case.judge("after waiting", FIXES[:1])
    for k in range(6):
        case.back()
        first = case.p.start(*apply(FIXES[0]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.05 * k)
        first.kill()
        first.wait()
        start = time.time()
        a = case.p.run(*apply(FIXES[1]))
        check("waiting up to" not in a.err and time.time() - start < 30, "a killed one's guard is free", a.err)
        case.p.run(*apply(FIXES[0]))
        case.judge("killed, round %d" % k)


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
int flock(int fd, int how)
{
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EBADF;
		return -1;
	}
	return ((int (*)(int, int))dlsym(RTLD_NEXT, "flock"))(fd, how);
}
"""


def test_no_directory_locks(case):
    """As on NFS: a file beside the lock is held, which every user may open."""
    where = directory("shim-")
    write(where + "/flock.c", SHIM)
    run("gcc", "-shared", "-fPIC", "-o", where + "/flock.so", where + "/flock.c", "-ldl")
    preload = {"LD_PRELOAD": where + "/flock.so"}
    for k in range(3):
        case.back()
        p = Program(case.path, case.p.store, case.p.db, RELEASE, env=preload)
        at_once((p, apply(FIXES[0])), (p, apply(FIXES[1])))
        case.judge("a file as the guard, round %d" % k)
    same(os.stat(case.path + "/plimsoll.lock.guard").st_mode & 0o777, 0o666, "the mode of the guard's file")
    os.unlink(case.path + "/plimsoll.lock.guard")
    os.symlink(where + "/elsewhere", case.path + "/plimsoll.lock.guard")
    a = p.run("lock", status=None)
    check(a.status > 0 and "plimsoll.lock.guard" in a.err, "a link at the place of the guard is refused", a.err)
    check(not os.path.lexists(where + "/elsewhere"), "a link at the guard's place is not followed")


def test_places(case):
    """A directory that cannot be written, and a lock that is a link."""
    case.back()
    os.rename(case.path + "/plimsoll.lock", case.path + "/elsewhere.lock")
    os.symlink("elsewhere.lock", case.path + "/plimsoll.lock")
    with open(case.path + "/elsewhere.lock") as f:
        before = f.read()
    for args in (("lock",), apply(FIXES[0])):
        a = case.p.run(*args, status=1)
        check("plimsoll.lock: is a symbolic link" in a.err, "what %s says of a link" % args[0], a.err)
    with open(case.path + "/elsewhere.lock") as f:
        same(f.read(), before, "what the link names")
    case.p.run("build", "--quiet")
    case.back()
    as_root = os.getuid() == 0
    if as_root and not shutil.which("setpriv"):
        return
    os.chmod(case.path, 0o555)
    above = os.path.dirname(case.path)
    while as_root and above != "/":  # made for root alone by who runs the tests
        os.chmod(above, os.stat(above).st_mode | 0o111)
        above = os.path.dirname(above)
    os.chmod(case.archive.dir, 0o755)
    db = directory("db-")
    os.chmod(db, 0o777)
    store = directory("store-")
    os.chmod(store, 0o777)
    p = Program(case.path, store + "/s", db + "/i.db", RELEASE, prefix=NOBODY if as_root else [])
    if as_root and p.run("version", status=None).status != 0:
        say("nobody may not start the program here: a directory that cannot be written is not tried")
        return
    a = p.run("lock", "--update", status=None)
    check(a.status not in (0, 139) and "the fleet's directory must be writable" in a.err and "Permission denied" in a.err,
          "what lock says in a directory that cannot be written", str(a.status) + a.err)
    os.chmod(case.path, 0o755)


def test():
    case = Case()
    for t in (test_upgrades, test_lock_beside, test_holder, test_no_directory_locks, test_places):
        start = time.time()
        t(case)
        say("%s (%.1f s)" % (t.__name__, time.time() - start))


if __name__ == "__main__":
    need("gpg", "gcc")
    main(test)
