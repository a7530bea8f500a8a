#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What we claim to be fast at, beside what users would use instead, measured side by side in one run.

Prints a table and writes build/bench.json, an array of {"name", "ours", "peer", "unit", "ratio", "bar", "ok"}. A row's
`bar` is a sentence about `ours` or `ratio` ("ratio >= 6"); null means that the row only informs. Ours and the peer's
runs alternate, and the median counts. Preparing (locking, downloading) uses the network and is not measured; what is
measured runs without it. The exit status is 1 when a bar is missed.
"""
import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from measure import MB, ROOT, Failed, Place, Table, blobs, median, run

from coverage import survey  # measure.py says where they are
from harness.registry import Registry

SLOW, FAST = 3, 10
# What the cold build is measured with.
SETS = {"flask": ["python3", "python3-flask"], "nginx": ["nginx"], "jre": ["openjdk-17-jre-headless"], "postgres": ["postgresql-15"]}
SUITES = ["bookworm", "bookworm-updates", "bookworm-security"]


# ---- the cold build -------------------------------------------------------------------------------------------------

def peer_tar(name, repo, work):
    """mmdebstrap of the set to a tar, as a user types it: root where we are root (no user namespace to set up),
    the packages copied by apt from a local directory (0.1 s of it all); all else as it comes."""
    tar = work / "root.tar"
    tar.unlink(missing_ok=True)
    return tar, ["mmdebstrap", "--quiet", "--variant=essential", "--include=" + ",".join(SETS[name]),
                 "bookworm", tar, f"deb [trusted=yes] copy:{repo} ./"]


def peer_cold(name, repo, work):
    """From packages to an OCI image. `umoci raw add-layer` takes the tar as it is: unpack and repack, umoci's usual
    way, would read and write the whole tree once more."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    tar, make = peer_tar(name, repo, work)
    layout = work / "image"
    steps = [make, ["umoci", "init", "--layout", layout], ["umoci", "new", "--image", f"{layout}:{name}"],
             ["umoci", "raw", "add-layer", "--image", f"{layout}:{name}", tar]]
    script = " && ".join(" ".join(f"'{a}'" for a in s) for s in steps)
    ran = run(["sh", "-c", script], env=dict(os.environ, TMPDIR=str(work)))
    blobs(layout)
    return ran


def local_archive(place, lock, directory):
    """The locked packages as a flat archive that apt reads: the same bytes for the peer."""
    directory.mkdir(parents=True)
    index = []
    for p in lock["distros"]["bookworm"]["packages"]:
        name = Path(p["filename"]).name
        shutil.copy(place.store / "inputs" / "sha256" / p["sha256"].removeprefix("sha256:"), directory / name)
        control = subprocess.run(["dpkg-deb", "--field", directory / name], check=True, capture_output=True, text=True)
        data = (directory / name).read_bytes()
        index.append(f"{control.stdout.rstrip()}\nFilename: ./{name}\nSize: {len(data)}\n"
                     f"SHA256: {hashlib.sha256(data).hexdigest()}\n")
    text = "\n".join(index).encode()
    (directory / "Packages").write_bytes(text)
    # mmdebstrap takes the essential packages of the archive that is named like the suite.
    (directory / "Release").write_text("Suite: bookworm\nCodename: bookworm\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"
                                    f"SHA256:\n {hashlib.sha256(text).hexdigest()} {len(text)} Packages\n")
    os.sync()
    os.chmod(directory, 0o755)


def apt_essential():
    """The names that the archive marks as essential, from apt's own indexes."""
    files = subprocess.run(["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages",
                            "Architecture: amd64"], check=True, capture_output=True, text=True).stdout.split()
    names = set()
    for f in files:
        text = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", f], check=True, capture_output=True, text=True)
        for stanza in text.stdout.split("\n\n"):
            if "\nEssential: yes" in stanza:
                names.add(stanza.split("Package: ", 1)[1].split("\n", 1)[0])
    return sorted(names)


def write_set(place, name, packages, unknown=()):
    """The definition. Scripts that we do not account for are acknowledged: what is measured is the building."""
    (place.fleet / "images").mkdir(exist_ok=True)
    (place.fleet / "fleet.yaml").write_text(
        "registry: oci:registry\nplatforms: [linux/amd64]\ndistros:\n"
        f"  bookworm: {{suites: [{', '.join(SUITES)}], components: [main]}}\n")
    text = f"image: {name}\ndistro: bookworm\npackages: [{', '.join(packages)}]\n"
    if unknown:
        text += "acknowledge:\n" + "".join(
            f"  - {{package: {u['package']}, script: {u['script']}, sha256: \"{u['sha256']}\", reason: measured only}}\n"
            for u in unknown)
    (place.fleet / "images" / f"{name}.yaml").write_text(text)


def lock_set(place, name, packages):
    write_set(place, name, packages)
    unknown = json.loads(place.plimsoll("lock", "--output", "json").out)["unknown_scripts"]
    if unknown:
        write_set(place, name, packages, unknown)
        place.plimsoll("lock", "--offline")
    return json.loads((place.fleet / "plimsoll.lock").read_text())


def names_of(lock):
    return sorted(p["name"] for p in lock["distros"]["bookworm"]["packages"])


def prepare_set(program, name, work):
    """The lock of exactly the packages that the peer installs. apt, asked for the same names, may prefer other
    alternatives than a lock of the essential names gives; so apt's simulated answer is what is locked, all by name."""
    work.mkdir(exist_ok=True)
    place = Place(program, work / "fleet")
    empty = work / "no-status"
    empty.write_text("")
    asked = apt_essential() + SETS[name]
    answer = subprocess.run(["apt-get", "install", "--simulate", "--no-install-recommends",
                             "-oAPT::Architecture=amd64", f"-oDir::State::status={empty}", *asked],
                            check=True, capture_output=True, text=True).stdout
    names = sorted({line.split()[1] for line in answer.splitlines() if line.startswith("Inst ")})
    lock = lock_set(place, name, names)
    if names_of(lock) != names:
        raise Failed(f"our lock has other packages than apt's: {set(names) ^ set(names_of(lock))}")
    local_archive(place, lock, work / "archive")
    return place, lock


def check_peer_set(work, names):
    """Both sides must have made the same set."""
    status = subprocess.run(["tar", "-xOf", work / "peer" / "root.tar", "./var/lib/dpkg/status"], check=True,
                            capture_output=True, text=True).stdout
    have = sorted(line[9:] for line in status.splitlines() if line.startswith("Package: "))
    if have != names:
        raise Failed(f"the peer installed other packages: {set(have) ^ set(names)}")


def gzip_6(place):
    """Bytes of the image's layers, and of the same ones at gzip's own level 6."""
    ours = theirs = 0
    for digest in blobs(place.store):
        path = place.store / "blobs" / "sha256" / digest.removeprefix("sha256:")
        if path.read_bytes()[:2] == b"\x1f\x8b":
            ours += path.stat().st_size
            theirs += int(subprocess.run(["sh", "-c", 'gzip -dc "$0" | gzip -6 | wc -c', path], check=True, capture_output=True,
                                         text=True).stdout)
    return ours, theirs


def cold(t, program, name, work):
    place, lock = prepare_set(program, name, work)
    digests = [p["sha256"] for p in lock["distros"]["bookworm"]["packages"]]
    ours, peer = [], []
    for _ in range(SLOW):
        fresh = place.copy(work / "cold")
        fresh.without_caches(digests)
        ours.append(fresh.plimsoll("build", "--offline"))
        peer.append(peer_cold(name, work / "archive", work / "peer"))
    check_peer_set(work, names_of(lock))
    t.add(f"cold build, {name}, {len(digests)} packages, to an OCI image", median(ours), median(peer), "s",
          median(peer) / median(ours), "ratio >= 8")
    t.add("  its processor time", median(ours, lambda r: r.cpu), median(peer, lambda r: r.cpu), "s",
          median(peer, lambda r: r.cpu) / median(ours, lambda r: r.cpu))
    t.add("  its peak memory", max(r.rss for r in ours) / MB, None, "MB", None, "ours <= 200")
    size, at_6 = gzip_6(fresh)
    t.add("  its layers, beside gzip -6", size / MB, at_6 / MB, "MB", at_6 / size, "ratio >= 1")
    return fresh


# ---- our encoder ----------------------------------------------------------------------------------------------------

def deflate(t, program, debs, work):
    """The tar of a set's packages, as layers hold it, by our encoder and by libdeflate. Sizes cannot be helped by an
    idle machine, so they have the bar; a speed beside the same machine's has one with room."""
    build = program.resolve().parent.parent
    made = subprocess.run(["ninja", "-C", build, "bench/deflate-bench"], capture_output=True, text=True)
    if made.returncode:
        print("not measured: our encoder beside libdeflate, which is not installed (or was not when meson set up)")
        return
    tar = work / "packages.tar"
    with open(tar, "wb") as f:
        for deb in debs:
            f.write(subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True).stdout)
    out = run([build / "bench" / "deflate-bench", tar, SLOW]).out
    size = tar.stat().st_size
    (name, ours, seconds), *peers = [(n, int(b), float(s)) for n, b, s in (line.split() for line in out.splitlines())]
    for name, packed, took in peers:
        first = name == "libdeflate-1"
        t.add(f"our encoder, {size / MB:.0f} MB of tar, beside {name}", size / MB / seconds, size / MB / took, "MB/s",
              took / seconds, "ratio >= 0.75" if first else None)
        t.add("  its output", ours / MB, packed / MB, "MB", ours / packed, "ratio <= 1" if first else None)
    tar.unlink()


# ---- the demo fleet -------------------------------------------------------------------------------------------------

def prepare_demo(program, work, registry):
    """The demo fleet, locked without the security suite, built, pushed and registered; then what the archive has with
    it in the store, so that the upgrade that is measured needs no network."""
    place = Place(program, work / "demo")
    shutil.copytree(ROOT / "examples" / "demo", place.fleet, dirs_exist_ok=True)
    for old in ("plimsoll.lock", "registry"):
        path = place.fleet / old
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    settings = place.fleet / "fleet.yaml"
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("registry:")]
    settings.write_text("\n".join(lines + [f"registry: {registry}", ""]))
    place.plimsoll("lock")
    place.plimsoll("build")
    place.plimsoll("push")
    settings.write_text(settings.read_text().replace("bookworm-updates]", "bookworm-updates, bookworm-security]"))
    plan = json.loads(place.plimsoll("upgrade", "--all", "--output", "json", may_exit=(0, 4)).out)["plan"]
    fixed = sorted({c["source"] for c in plan["changes"] if c["from"] and c["to"]})
    if not fixed:
        raise Failed("the archive has nothing newer than the release for the demo fleet")
    source = "openssl" if "openssl" in fixed else fixed[0]
    package = next(c["package"] for c in plan["changes"]
                   if c["source"] == source and c["from"] and (source != "openssl" or c["package"] == "libssl3"))
    return place, package


def demo_memory(t, place, work):
    lock = json.loads((place.fleet / "plimsoll.lock").read_text())
    fresh = place.copy(work / "demo-cold")
    fresh.without_caches(sorted({p["sha256"] for d in lock["distros"].values() for p in d["packages"]}))
    ran = fresh.plimsoll("build", "--offline")
    t.add("cold build of the demo fleet, two platforms", ran.wall, None, "s")
    t.add("  its peak memory", ran.rss / MB, None, "MB", None, "ours <= 200")
    shutil.rmtree(fresh.dir)


def demo_nothing(t, place):
    """Before the upgrade's lock: everything is built already."""
    built = [place.plimsoll("build", "--offline") for _ in range(FAST)]
    t.add("no-change build of the demo fleet", median(built) * 1000, None, "ms", None, "ours <= 100")
    pushed = [place.plimsoll("push", "--offline") for _ in range(FAST)]
    t.add("push of the demo fleet again, to image layouts", median(pushed) * 1000, None, "ms")
    lock = [place.plimsoll("lock", "--offline") for _ in range(SLOW)]
    t.add("lock of the demo fleet, indexes and packages in the store", median(lock), None, "s")


def image_bytes(place):
    """What the fleet's images of now are made of: each blob once, and added up over the images (one a platform)."""
    images = json.loads(place.plimsoll("build", "--offline", "--output", "json").out)["images"]
    blob = place.store / "blobs" / "sha256"
    once, total = {}, 0
    for index in images:
        names = [index["digest"]]
        for m in json.loads((blob / index["digest"][7:]).read_text())["manifests"]:
            manifest = json.loads((blob / m["digest"][7:]).read_text())
            parts = [m["digest"], manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
            total += sum((blob / p[7:]).stat().st_size for p in parts)
            names += parts
        once.update({n: (blob / n[7:]).stat().st_size for n in names})
    return sum(once.values()), total


def demo_upgrade(t, program, work, to_directory):
    """To a directory of layouts the runs start from copies. A registry cannot be set back, so there it is one run."""
    where = "image layouts" if to_directory else "docker-registry"
    registry = None if to_directory else Registry(str(work / "registry"))
    try:
        target = "oci:registry" if to_directory else f"{registry.host}/demo"
        place, package = prepare_demo(program, work, target)
        before = registry.blobs() if registry else {}
        saved, runs = place.copy(work / "demo-saved"), []
        for _ in range(SLOW if to_directory else 1):
            fresh = saved.copy(place.dir)  # in the same place: a name in the inventory is its directory's
            runs.append(fresh.plimsoll("upgrade", "--package", package, "--apply", "--offline", "--output", "json"))
        applied = json.loads(runs[-1].out)["applied"]
        if applied["bytes_uploaded"] == 0:
            raise Failed(f"the upgrade of {package} changed nothing: there is nothing to measure")
        t.add(f"whole upgrade of {package}, demo fleet, to {where}", median(runs), None, "s", None, "ours <= 2")
        t.add("  its peak memory", max(r.rss for r in runs) / MB, None, "MB", None, "ours <= 200")
        if registry:
            sent = sum(size for name, size in registry.blobs().items() if name not in before)
            once, total = image_bytes(fresh)
            t.add("  bytes that arrived, of the images' (each blob once)", sent / MB, once / MB, "MB", sent / once,
                  "ratio <= 0.15")
            t.add("  bytes that arrived, of the sum over images", sent / MB, total / MB, "MB", sent / total)
            said = applied["bytes_uploaded"]
            t.add("  bytes the push counted, of the images' (each blob once)", said / MB, once / MB, "MB", said / once,
                  "ratio <= 0.15")
        again = fresh.plimsoll("upgrade", "--package", package, "--apply", "--offline")
        t.add("  the same again, nothing to do", again.wall, None, "s")
        place = saved.copy(place.dir)
        shutil.rmtree(saved.dir)
    finally:
        if registry:
            registry.stop()
    return place


def scan(t, place):
    ref = f"oci:{place.store}"
    names = [d["annotations"]["org.opencontainers.image.ref.name"]
             for d in json.loads((place.store / "index.json").read_text())["manifests"]]
    layers = {p.name: p.stat().st_size for p in (place.store / "blobs" / "sha256").iterdir()}
    scans = [place.plimsoll("scan", f"{ref}:{names[0]}", "--output", "json") for _ in range(SLOW)]
    size = sum(layers.values()) / MB
    t.add(f"scan of the flask image, {size:.0f} MB compressed", size / median(scans), None, "MB/s")


# ---- maintainer scripts ----------------------------------------------------------------------------------------------

def scripts(t, program, work):
    """All maintainer scripts of a PostgreSQL, its packages being in memory."""
    place = Place(program, work / "postgres")
    (place.fleet / "images").mkdir()
    (place.fleet / "fleet.yaml").write_text(
        "registry: oci:registry\nplatforms: [linux/amd64]\ndistros:\n"
        f"  bookworm: {{suites: [{', '.join(SUITES)}], components: [main]}}\n")
    (place.fleet / "images" / "db.yaml").write_text(
        "image: db\ndistro: bookworm\npackages: [base-files, tzdata, ca-certificates, postgresql-15]\n")
    place.plimsoll("lock")
    lock = json.loads((place.fleet / "plimsoll.lock").read_text())
    debs = [place.store / "inputs" / "sha256" / p["sha256"].removeprefix("sha256:")
            for p in lock["distros"]["bookworm"]["packages"]]
    tool = ROOT / "build" / "tests" / "differential" / "script-tool"
    subprocess.run(["ninja", "-C", ROOT / "build", "tests/differential/script-tool"], check=True, stdout=subprocess.DEVNULL)
    took = [float(run([tool, "--time", "amd64", *debs]).out) for _ in range(SLOW)]
    t.add(f"maintainer scripts of postgresql-15, {len(debs)} packages", statistics.median(took), None, "ms", None,
          "ours <= 50")


# ---- what builds at all ----------------------------------------------------------------------------------------------

BARS = {("roots", "bookworm"): 158, ("roots", "trixie"): 152, ("servers", "bookworm"): 280, ("servers", "trixie"): 275}


def builds(t, program):
    """One image for each package of tests/coverage: ours is how many build, the peer how many apt can install."""
    kept = ROOT / "build" / "coverage"
    rows = survey(program, kept, progress=lambda text: print(f"coverage: {text}", file=sys.stderr, flush=True))
    for r in rows:
        t.add(f"coverage: {r['list']}, {r['suite']}, {r['architecture']}", r["builds"], r["installable"], "images",
              r["builds"] / max(1, r["installable"]), f"ours >= {BARS[r['list'], r['suite']]}")
    (ROOT / "build" / "coverage.json").write_text(json.dumps(rows, indent=1) + "\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--program", default=ROOT / "build/src/plimsoll", type=Path)
    ap.add_argument("--json", default=ROOT / "build/bench.json", type=Path)
    ap.add_argument("--work", default=ROOT / "build/bench-work", type=Path, help="a directory of its own, emptied first")
    ap.add_argument("--only", choices=["flask", "demo", "coverage"],
                    help="one of the two sets; or coverage, how much of Debian builds, which is not measured otherwise: it takes "
                         "an hour, and some GB below build/coverage")
    args = ap.parse_args()
    work = args.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    t = Table()
    print(Table.head())
    try:
        if args.only == "coverage":
            builds(t, args.program)
        if args.only not in ("demo", "coverage"):
            fresh = cold(t, args.program, "flask", work / "flask")
            scan(t, fresh)
            deflate(t, args.program, sorted((work / "flask" / "archive").glob("*.deb")), work)
            for name in SETS:
                if name != "flask":
                    cold(t, args.program, name, work / name)
            scripts(t, args.program, work)
        if args.only not in ("flask", "coverage"):
            demo_upgrade(t, args.program, work / "pushed", False)
            place = demo_upgrade(t, args.program, work / "copied", True)
            demo_memory(t, place, work)
            demo_nothing(t, place)
    except Failed as e:
        print(f"bench: {e}", file=sys.stderr)
        return 1
    finally:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(t.rows, indent=1) + "\n")
        shutil.rmtree(work, ignore_errors=True)
    return 0 if all(r["ok"] for r in t.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
