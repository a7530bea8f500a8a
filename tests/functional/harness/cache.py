# SPDX-License-Identifier: Apache-2.0
"""Downloads, kept in $BUILD/test-cache between runs, and stores that begin with them."""
import contextlib
import fcntl
import os
import shutil
import tempfile

from harness.checks import directory


def cache():
    root = os.environ.get("BUILD")
    path = os.path.join(root, "test-cache") if root else os.path.join(tempfile.gettempdir(), "plimsoll-test-cache")
    os.makedirs(os.path.join(path, "inputs/sha256"), exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    with open(os.path.join(cache(), name + ".lck"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def link_all(a, b):
    """What directory a has and b lacks; links where both are on one disk."""
    os.makedirs(b, exist_ok=True)
    for name in os.listdir(a):
        to = os.path.join(b, name)
        if os.path.exists(to):
            continue
        with contextlib.suppress(FileExistsError):
            try:
                os.link(os.path.join(a, name), to)
            except OSError:
                shutil.copyfile(os.path.join(a, name), to + ".part")
                os.rename(to + ".part", to)


def new_store():
    """A store in which nothing is but what was downloaded before."""
    path = directory("store-")
    link_all(os.path.join(cache(), "inputs/sha256"), os.path.join(path, "inputs/sha256"))
    return path


def keep_downloads(store):
    link_all(os.path.join(store, "inputs/sha256"), os.path.join(cache(), "inputs/sha256"))
