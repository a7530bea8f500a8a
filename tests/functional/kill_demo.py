#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300
"""kill -9 at random moments of lock, build, push and upgrade --apply, again and again; then the same
commands run to their end and must give the digests, tags and lock of a run that nobody disturbed.

PLIMSOLL_RELEASE is the program. SEED makes the moments the same again; SECONDS (default 40) bounds
the disturbed runs. The archive is the one of the machine's apt sources: without it, skipped.
"""
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from harness.checks import skip, write
from harness.layouts import tags_of
from harness.program import RELEASE, Program

SEED = int(os.environ.get("SEED", str(time.time_ns() % 100000)))
SECONDS = float(os.environ.get("SECONDS", "40"))
OLD = "[bookworm, bookworm-updates]"
NEW = "[bookworm, bookworm-updates, bookworm-security]"
FLEET = """registry: oci:registry
platforms: [linux/amd64, linux/arm64]
distros:
  bookworm: {suites: %s}
"""
IMAGES = {
    "base": "image: base\ndistro: bookworm\npackages: [base-files, libssl3, netbase]\nuser: 65532:65532\n",
    "tls": "image: tls\nbase: base\npackages: [openssl]\nentrypoint: [/usr/bin/openssl]\n",
    "more": "image: more\nbase: tls\npackages: [ca-certificates]\nversion: 1.2.0\n"
            "variants: {a: {version: 1.0.0}, b: {version: 1.0.0, env: {B: b}}}\n",
}
# Each step: its command line, and the suites the fleet has from then on.
STEPS = [(["lock"], OLD), (["build"], OLD), (["push"], OLD), (["upgrade", "--all", "--apply"], NEW)]


class Fleet:
    def __init__(self, path, like=None):
        self.path = path
        self.program = Program(path, path + "/store", path + "/db", RELEASE)
        if like:
            shutil.copytree(like, path, symlinks=True)
            return
        os.makedirs(path + "/images")
        for name, text in IMAGES.items():
            self.write(f"images/{name}.yaml", text)

    def write(self, name, text):
        write(f"{self.path}/{name}", text)

    def start(self, args):
        return self.program.start(*args[:1], "--progress", "none", *args[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)

    def finish(self, args):
        p = self.start(args)
        out = p.communicate()[0]
        return p.returncode, out

    def must(self, args):
        rc, out = self.finish(args)
        assert rc == 0, f"plimsoll {' '.join(args)} ended with {rc}:\n{out}"
        return out

    def kill_in(self, args, seconds):
        """True when the command was killed, False when it had ended well before."""
        p = self.start(args)
        try:
            out = p.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
            p.communicate()
            self.lock_is_whole()
            return True
        assert p.returncode == 0, f"plimsoll {' '.join(args)} after a kill ended with {p.returncode}:\n{out}"
        return False

    def lock_is_whole(self):
        path = self.path + "/plimsoll.lock"
        if os.path.exists(path):
            with open(path) as f:
                json.load(f)

    def outcome(self):
        """What must not depend on kills: the lock, what each name means, and all tags of the layouts."""
        with open(self.path + "/plimsoll.lock", "rb") as f:
            lock = hashlib.sha256(f.read()).hexdigest()
        images = json.loads(self.must(["images", "--output", "json"]))["images"]
        tags = {}
        for path in glob.glob(self.path + "/registry/**/index.json", recursive=True):
            for name, digest in tags_of(os.path.dirname(path)).items():
                tags[os.path.relpath(path, self.path) + ":" + name] = digest
        return {"lock": lock, "images": {i["name"]: i["digest"] for i in images}, "tags": tags}

    def check(self):
        """Every blob is what its name says, whatever index.json names is there, the database is sound."""
        blobs = glob.glob(self.path + "/registry/**/blobs/sha256/*", recursive=True)
        assert blobs, "no blob was pushed"
        for path in blobs:
            if len(os.path.basename(path)) == 64:
                with open(path, "rb") as f:
                    assert hashlib.sha256(f.read()).hexdigest() == os.path.basename(path), f"{path} is damaged"
        for path in glob.glob(self.path + "/registry/**/index.json", recursive=True):
            with open(path) as f:
                for m in json.load(f)["manifests"]:
                    blob = os.path.dirname(path) + "/blobs/" + m["digest"].replace(":", "/")
                    assert os.path.exists(blob), f"{path} names {m['digest']}, which is not there"
        with sqlite3.connect(self.path + "/db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA foreign_key_check").fetchone() is None


def undisturbed(path):
    """The outcome, and for each step how long it took; path.N is what stood before step N."""
    fleet, times = Fleet(path), []
    for i, (args, suites) in enumerate(STEPS):
        shutil.copytree(path, f"{path}.{i}", symlinks=True)
        fleet.write("fleet.yaml", FLEET % suites)
        start = time.monotonic()
        rc, out = fleet.finish(args)
        if rc == 8 and args == ["lock"]:
            skip("the archive cannot be read: " + out.strip().splitlines()[-1])
        assert rc == 0, f"plimsoll {' '.join(args)} ended with {rc}:\n{out}"
        times.append(time.monotonic() - start)
    fleet.check()
    return fleet.outcome(), times


def disturbed(path, first, times, rng, until, counts):
    """The steps from the one with the number first on."""
    fleet = Fleet(path, f"{path}.{first}")
    for (args, suites), usual in list(zip(STEPS, times))[first:]:
        fleet.write("fleet.yaml", FLEET % suites)
        for _ in range(rng.randint(1, 6)):
            if time.monotonic() > until:
                break
            killed = fleet.kill_in(args, rng.uniform(0.002, usual * 1.05))
            counts[args[0]][0 if killed else 1] += 1
            # Content that is there already makes the next run short: kill early as well.
            usual = max(usual * rng.uniform(0.3, 1), 0.02)
        fleet.must(args)
    fleet.check()
    outcome = fleet.outcome()
    rc, out = fleet.finish(["upgrade", "--all"])
    assert rc == 0 and out.startswith("none"), f"not all is renewed ({rc}):\n{out}"
    return outcome


def main():
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    counts = {args[0]: [0, 0] for args, _ in STEPS}
    top = tempfile.mkdtemp(prefix="kill-demo-")
    try:
        expected, times = undisturbed(top + "/fleet")
        print("undisturbed: " + ", ".join(f"{a[0]} {t:.1f} s" for (a, _), t in zip(STEPS, times)))
        assert len(expected["images"]) == 4, expected["images"]
        until, n = time.monotonic() + SECONDS, 0
        while n == 0 or time.monotonic() < until:
            n += 1
            # The first round is the whole way; fetching anew each time would leave too little for the rest.
            first = 0 if n == 1 else rng.choice([1, 2, 3, 3])
            # In the same place: a name in the inventory is the directory's.
            shutil.rmtree(top + "/fleet")
            got = disturbed(top + "/fleet", first, times, rng, until, counts)
            for what in expected:
                assert got[what] == expected[what], \
                    f"round {n}: {what} differ\n{json.dumps(expected[what], indent=1)}\n{json.dumps(got[what], indent=1)}"
        print(f"{n} rounds, the same outcome each time; killed (and not in time): "
              + ", ".join(f"{k} {v[0]} ({v[1]})" for k, v in counts.items()))
        assert sum(v[0] for v in counts.values()) >= 3, "hardly anything was killed"
    finally:
        shutil.rmtree(top, ignore_errors=True)


main()
