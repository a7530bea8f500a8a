#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the program grows with the fleet: times and peak memory of each step over a generated fleet of N images on one
base and one platform, without bars. The lock's downloads come first and are not measured."""
import argparse
import json
import shutil
import sys
from pathlib import Path

from measure import MB, ROOT, Place

PACKAGES = ["curl", "nginx-light", "redis-server", "python3-yaml", "jq", "sqlite3", "git", "less", "gzip", "xz-utils",
            "zstd", "socat", "file", "tree", "rsync", "bc", "patch", "unzip", "zip", "lsof", "procps", "psmisc"]


def generate(place, count, packages):
    (place.fleet / "images").mkdir()
    (place.fleet / "fleet.yaml").write_text("registry: oci:registry\nplatforms: [linux/amd64]\ndistros:\n"
                                            "  bookworm: {suites: [bookworm, bookworm-updates], components: [main]}\n")
    (place.fleet / "images" / "base.yaml").write_text(
        "image: base\ndistro: bookworm\npackages: [base-files, tzdata, libssl3, netbase]\n"
        "exclude: [docs, man, locales]\n")
    for i in range(count - 1):
        # Neighbours share some packages, and hardly two images have the same set.
        own = {packages[(i * k + i // 7) % len(packages)] for k in (1, 3, 7)}
        (place.fleet / "images" / f"i{i:04}.yaml").write_text(
            f"image: i{i:04}\nbase: base\nversion: 1.{i}\npackages: [{', '.join(sorted(own))}]\n")


def refused(place, packages):
    """Packages with a script that we do not account for, or that the archive lacks, are left out of the fleet."""
    unknown = json.loads(place.plimsoll("lock", "--output", "json").out)["unknown_scripts"]
    return {u["package"] for u in unknown} & set(packages), unknown


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("count", type=int, nargs="?", default=300)
    ap.add_argument("--program", default=ROOT / "build/src/plimsoll", type=Path)
    ap.add_argument("--work", default=ROOT / "build/scale-work", type=Path, help="a directory of its own, emptied first")
    args = ap.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    packages = list(PACKAGES)
    trial = Place(args.program, args.work / "trial")
    generate(trial, len(packages) + 2, packages)
    bad, unknown = refused(trial, packages)
    packages = [p for p in packages if p not in bad]
    place = Place(args.program, args.work / "fleet")
    trial.store.rename(place.store)
    generate(place, args.count, packages)
    text = "".join(f"  - {{package: {u['package']}, script: {u['script']}, sha256: \"{u['sha256']}\", reason: measured}}\n"
                   for u in unknown if u["package"] not in bad)
    if text:
        with open(place.fleet / "images" / "base.yaml", "a") as f:
            f.write("acknowledge:\n" + text)
    place.plimsoll("lock")
    (place.fleet / "plimsoll.lock").unlink()

    def step(name, *command, may_exit=(0,)):
        ran = place.plimsoll(*command, may_exit=may_exit)
        print(f"{name:34} {ran.wall:8.2f} s {ran.cpu:8.2f} s of processor {ran.rss / MB:7.0f} MB", flush=True)

    print(f"{args.count} images, each with 3 of {len(packages)} packages")
    step("lock", "lock", "--offline")
    step("lock again", "lock", "--offline")
    step("build", "build", "--offline")
    step("build again", "build", "--offline")
    step("push", "push", "--offline")
    step("push again", "push", "--offline")
    settings = place.fleet / "fleet.yaml"
    settings.write_text(settings.read_text().replace("bookworm-updates]", "bookworm-updates, bookworm-security]"))
    place.plimsoll("upgrade", "--package", "libssl3", may_exit=(0, 4))
    step("plan an upgrade of libssl3", "upgrade", "--package", "libssl3", "--offline", may_exit=(0, 4))
    step("upgrade of libssl3", "upgrade", "--package", "libssl3", "--apply", "--offline")
    step("upgrade again", "upgrade", "--package", "libssl3", "--apply", "--offline")
    step("packages libssl3", "packages", "libssl3")
    step("children of the base", "children", "oci:registry/base:bookworm", may_exit=(0, 6))
    shutil.rmtree(args.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
