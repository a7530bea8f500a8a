# SPDX-License-Identifier: Apache-2.0
"""What a test says: skipped, wrong, done; and what it leaves behind, which is nothing."""
import contextlib
import os
import shutil
import sys
import tempfile
import time


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def need(*programs):
    """Skips where the tests' environment or one of these is not there."""
    if not (os.environ.get("PLIMSOLL_RELEASE") or os.environ.get("PLIMSOLL")):
        skip("PLIMSOLL and PLIMSOLL_RELEASE name no program")
    for p in programs:
        if not shutil.which(p, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            skip("there is no " + p)


def check(condition, what, *more):
    """assert that -O does not take away, and that says what it looked at."""
    if not condition:
        raise AssertionError("\n".join([what] + [m if isinstance(m, str) else repr(m) for m in more]))


def same(got, wanted, what):
    check(got == wanted, what, "wanted: %r" % (wanted,), "got:    %r" % (got,))


def say(text):
    print(text, flush=True)


class Tally:
    """For tests that go on after a failure: what passed and what did not, said at the end."""

    def __init__(self):
        self.passed, self.failed = 0, []

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
            return True
        self.failed.append(name)
        print("FAILED: %s\n%s" % (name, detail), flush=True)
        return False

    def end(self):
        print("%d passed, %d failed" % (self.passed, len(self.failed)))
        sys.exit(1 if self.failed else 0)


_at_end = contextlib.ExitStack()


def at_end(function, *args):
    """Called when main() ends, the last one first."""
    _at_end.callback(function, *args)


def directory(prefix="plimsoll-"):
    """A temporary one, removed when main() ends."""
    return _at_end.enter_context(tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as f:
        f.write(text)


def main(function):
    start = time.time()
    try:
        with _at_end:
            function()
    except AssertionError as e:
        print("FAILED: %s" % e, flush=True)
        raise
    say("passed in %.1f s" % (time.time() - start))
