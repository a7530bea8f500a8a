# SPDX-License-Identifier: Apache-2.0
"""The program in a fleet's directory. The environment is tests/run's: PLIMSOLL (built with sanitizers) and
PLIMSOLL_RELEASE (built for use)."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

from harness.cache import keep_downloads, new_store
from harness.checks import check, directory, same

RELEASE = os.environ.get("PLIMSOLL_RELEASE") or os.environ.get("PLIMSOLL")
PLIMSOLL = os.environ.get("PLIMSOLL") or RELEASE


class Answer:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout.decode()
        self.err = process.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)


def run(*args, status=0, timeout=300, **more):
    p = subprocess.run(list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                       **more)
    a = Answer(p)
    if status is not None and a.status != status:
        raise AssertionError("%s: status %d\n%s%s" % (" ".join(args), a.status, a.out, a.err))
    return a


class Program:
    """The program in a fleet's directory, with a store and an inventory of its own."""

    def __init__(self, fleet, store=None, db=None, binary=None, env=None, prefix=()):
        self.fleet, self.store = fleet, store or new_store()
        self.db = db or os.path.join(directory("db-"), "inventory.db")
        self.binary, self.prefix = binary or PLIMSOLL, list(prefix)
        self.env = dict(os.environ, PLIMSOLL_STORE=self.store, PLIMSOLL_DB=self.db, **(env or {}))

    def command(self, *args):
        return self.prefix + [self.binary] + list(args)

    def start(self, *args, **more):
        return subprocess.Popen(self.command(*args), cwd=self.fleet, env=self.env, stdin=subprocess.DEVNULL, **more)

    def run(self, *args, status=0, timeout=600):
        a = Answer(subprocess.run(self.command(*args), cwd=self.fleet, env=self.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout))
        check("Sanitizer" not in a.err and "runtime error" not in a.err, "no sanitizer speaks", a.err)
        wanted = status if isinstance(status, tuple) else (status,)
        if status is not None and a.status not in wanted:
            raise AssertionError("plimsoll %s: status %d, not %s\n%s%s" % (" ".join(args), a.status, wanted, a.out, a.err))
        return a

    def json(self, *args, **more):
        return self.run(*args, "--output", "json", "--quiet", **more).json

    def digests(self, built=None):
        return {i["id"]: i["digest"] for i in (built or self.json("build"))["images"]}

    def lock(self, *args):
        a = self.json("lock", *args)
        same(a["unknown_scripts"], [], "all maintainer scripts are accounted for")
        keep_downloads(self.store)
        return a

    @contextlib.contextmanager
    def serving(self):
        """`plimsoll serve` on a free loopback port; yields host:port."""
        p = self.start("serve", "--listen", "127.0.0.1:0", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            line = p.stderr.readline().decode()
            threading.Thread(target=p.stderr.read, daemon=True).start()
            yield line.split("http://")[1].strip()
        finally:
            p.send_signal(signal.SIGTERM)
            p.wait(20)


# wait4 in a process of its own: RUSAGE_CHILDREN is then this one program's peak.
MEASURE = ("import os,resource,subprocess,sys\n"
           "rc=subprocess.run(sys.argv[2:],stdout=subprocess.DEVNULL).returncode\n"
           "open(sys.argv[1],'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))\n"
           "sys.exit(rc)\n")


def peak(program, *args, status=0, says=""):
    """Peak resident memory in MB of a run that ends with the status and says that on standard error."""
    note = os.path.join(directory("peak-"), "kib")
    measured = Program(program.fleet, program.store, program.db, program.binary,
                       prefix=[sys.executable, "-c", MEASURE, note])
    a = measured.run(*args, "--quiet", status=status)
    check(says in a.err, "it says '%s'" % says, a.err)
    with open(note) as f:
        return int(f.read()) * 1024 / 1e6
