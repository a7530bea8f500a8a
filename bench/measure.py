# SPDX-License-Identifier: Apache-2.0
"""What bench/run.py and bench/scale.py share: running a program and measuring it, and copies of prepared state."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MB = 1e6
ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests/functional"))  # the tests' harness
sys.path.insert(0, str(ROOT / "tests/coverage"))  # first: another program is called coverage, too


class Failed(Exception):
    """A program that should have succeeded did not."""


class Ran:
    """One run: seconds on the wall and of processor time, the largest resident set in bytes, its output."""

    def __init__(self, wall, cpu, rss, out):
        self.wall, self.cpu, self.rss, self.out = wall, cpu, rss, out


def run(command, cwd=None, env=None, may_exit=(0,)):
    """Runs it to its end, below time(1): a child of ours would start with our own resident set as its largest, for
    Linux carries that over exec. Its output goes to files, so that nothing of ours is read meanwhile."""
    command = [str(c) for c in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile("r") as times:
        begin = time.monotonic()
        status = subprocess.run(["/usr/bin/time", "--quiet", "-f", "%U %S %M", "-o", times.name, *command], cwd=cwd, env=env,
                                stdin=subprocess.DEVNULL, stdout=out, stderr=errors).returncode
        wall = time.monotonic() - begin
        out.seek(0)
        errors.seek(0)
        if status not in may_exit:
            tail = errors.read().decode(errors="replace")[-3000:]
            raise Failed(f"{' '.join(command[:6])}: exit status {status}\n{tail}")
        user, system, kib = times.read().split()
        return Ran(wall, float(user) + float(system), int(kib) * 1024, out.read().decode(errors="replace"))


class Place:
    """Where a fleet and all its state stand: fleet/ (with the registry in it), store/, inventory.db."""

    def __init__(self, program, directory):
        self.program, self.dir = Path(program).resolve(), Path(directory)
        self.fleet, self.store = self.dir / "fleet", self.dir / "store"
        self.fleet.mkdir(parents=True, exist_ok=True)

    def plimsoll(self, *args, may_exit=(0,)):
        env = dict(os.environ, PLIMSOLL_STORE=str(self.store), PLIMSOLL_DB=str(self.dir / "inventory.db"))
        return run([self.program, *args, "--quiet"], cwd=self.fleet, env=env, may_exit=may_exit)

    def copy(self, directory):
        """The same state somewhere else, settled on disk, so that a measured run pays for its own writes only."""
        shutil.rmtree(directory, ignore_errors=True)
        run(["cp", "-a", "--reflink=auto", self.dir, directory])
        os.sync()
        return Place(self.program, directory)

    def without_caches(self, digests):
        """Of the store only these inputs (packages) stay: no record, no fragment, no blob."""
        kept = self.dir / "kept"
        kept.mkdir()
        for d in digests:
            shutil.move(self.store / "inputs" / "sha256" / d.removeprefix("sha256:"), kept)
        shutil.rmtree(self.store)
        (self.store / "inputs").mkdir(parents=True)
        kept.rename(self.store / "inputs" / "sha256")
        os.sync()


def median(runs, of=lambda r: r.wall):
    return statistics.median(of(r) for r in runs)


def blobs(directory):
    """The blobs of an OCI layout: digest to size."""
    return {f.name: f.stat().st_size for f in Path(directory, "blobs", "sha256").iterdir()}


class Table:
    """The rows, as bench.json has them. `bar` says what must hold of `ours` or of `ratio`."""

    def __init__(self):
        self.rows = []

    def add(self, name, ours, peer, unit, ratio=None, bar=None):
        ok = True
        if bar:
            what, op, value = bar.split()
            is_ = ours if what == "ours" else ratio
            ok = is_ >= float(value) if op == ">=" else is_ <= float(value)
        digits = 4
        row = {"name": name, "ours": round(ours, digits), "peer": None if peer is None else round(peer, digits),
               "unit": unit, "ratio": None if ratio is None else round(ratio, digits), "bar": bar, "ok": ok}
        self.rows.append(row)
        print(self.line(row), flush=True)

    @staticmethod
    def head():
        return f"{'':4} {'what':58} {'ours':>10} {'peer':>10} {'unit':6} {'ratio':>8}  bar"

    @staticmethod
    def line(r):
        def number(v):
            return "-" if v is None else f"{v:.3f}" if abs(v) < 100 else f"{v:.0f}"
        return (f"{'ok' if r['ok'] else 'MISS':4} {r['name'][:58]:58} {number(r['ours']):>10} {number(r['peer']):>10} "
                f"{r['unit']:6} {number(r['ratio']):>8}  {r['bar'] or ''}")
