#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=120 needs=gpg,gpgv
"""--set: a closed set of parameters, one lock for all of their values, and --locked beside them."""
from harness.lab import *

lab = Lab()
Q = ("--progress", "none")
FLEET = "registry: oci:%s\nplatforms: [linux/amd64]\nparameters:\n  version: {default: 0.0.0}\n" \
        "  channel: {default: stable, values: [stable, beta]}\n  with: {default: hello}\n" \
        "distros:\n  test: {suites: [test], mirror: \"file:%s\", signed_by: %s}\n" % (lab.path("out"), lab.archive, lab.keyring)
APP = "image: app\nbase: base\nversion: \"${version}\"\npackages: [\"${with}\"]\nenv: {V: \"${version}\", C: \"${channel}\"}\n" \
      "files:\n  - {from: \"conf/${channel}\", to: \"/opt/${version}/conf\"}\n  - {to: /etc/v, content: \"${version}\"}\n"
BASE = "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n"


def put(name, data):
    os.makedirs(os.path.dirname(lab.path("fleet", name)), exist_ok=True)
    with open(lab.path("fleet", name), "w") as f:
        f.write(data)


def built(*args):
    r = lab.run("build", "--output", "json", *args, *Q)
    lab.works("build %s" % (args,), r)
    return {i["id"]: i for i in json.loads(r.out)["images"]} if r.status == 0 else {}


def lock():
    with open(lab.path("fleet", "plimsoll.lock"), "rb") as f:
        return f.read()


lab.debs.append(Deb("other"))
lab.publish()
lab.write_fleet({"base": BASE, "app": APP}, FLEET)
put("conf/stable", "s")
put("conf/beta", "b")
lab.works("lock", lab.run("lock", *Q))
locked, usual = lock(), built()
lab.check("the defaults", usual["app"]["tag"] == "0.0.0")

# The tag that CI gives.
for tag in ("1.2.3", "1.2.4-rc1"):
    now = built("--set", "version=" + tag)
    lab.check("its tag", now["app"]["tag"] == tag and now["app"]["digest"] != usual["app"]["digest"])
    lab.check("its base is the same", now["base"] == dict(usual["base"], made=False))
    config = json.load(open(lab.path("store/blobs/sha256", json.load(open(lab.path(
        "store/blobs/sha256", now["app"]["platforms"][0]["digest"][7:])))["config"]["digest"][7:])))
    lab.check("in its environment", "V=" + tag in config["config"]["Env"], config)
    r = lab.run("push", "--locked", "--set=version=" + tag, "--output", "json", *Q)
    lab.works("push --locked", r)
    lab.check("pushed under it", [i["name"].split(":")[-1] for i in json.loads(r.out)["images"] if "/app:" in i["name"]] == [tag])
    lab.check("and once more as before", not built("--set", "version=" + tag)["app"]["made"])
r = lab.run("lock", "--set", "version=7", "--output", "json", *Q)
lab.works("lock with it", r)
lab.check("is the same lock", lock() == locked and json.loads(r.out)["edits"] == [], r)
lab.check("without it as before", built()["app"]["digest"] == usual["app"]["digest"])

# A value that chooses another file, which the lock has not.
lab.check("another file", built("--set", "channel=beta")["app"]["digest"] != usual["app"]["digest"])
lab.fails("which is not locked", lab.run("build", "--locked", "--set", "channel=beta", *Q), 5, "app: conf/beta (new)")
put("conf/stable", "edited")
lab.fails("an edit is none of --set's", lab.run("build", "--locked", "--set", "version=2", *Q), 5, "app: conf/stable (changed)")
put("conf/stable", "s")

# A value that chooses packages.
r = lab.fails("other packages", lab.run("build", "--set", "with=other", *Q), 1, "run plimsoll lock with the same --set")
r = lab.run("lock", "--check", "--set", "with=other", *Q)
lab.check("lock --check says so too", r.status == 4 and b"run plimsoll lock with the same --set" in r.out, r)
lab.works("lock", lab.run("lock", "--set", "with=other", *Q))
lab.check("another lock", lock() != locked)
for more in ((), ("--locked",), ("--locked", "--set", "version=3")):
    built("--set", "with=other", *more)
lab.fails("then not the former ones", lab.run("build", *Q), 1, "run plimsoll lock")
lab.works("lock", lab.run("lock", *Q))
lab.check("the former lock", lock() == locked)

# A closed set. 2 is for the command line alone: what a value does to a definition is said there.
for args, status, texts in (
        (("--set", "verison=1"), 2, ("did you mean 'version'?",)), (("--set", "x=1"), 2, ("declares no such parameter",)),
        (("--set", "image=x"), 2, ("no such parameter",)), (("--set", "version"), 2, ("write --set NAME=VALUE",)),
        (("--set", "version="), 2, ("1 to 128",)), (("--set", "version=a b"), 2, ("a value must be",)),
        (("--set", "version=1\n2\x1b"), 2, ("x0a", "x1b")), (("--set", "version=" + "1" * 100000), 2, ("a value must be",)),
        (("--set", "channel=gamma"), 2, ("give one of stable, beta",)), (("--set", "=1"), 2, ("no such parameter",)),
        (("--set", "version=1", "--set", "version=2"), 2, ("given twice",)),
        (("--set", "version=v1.2"), 1, ("images/app.yaml:3:10", "drop the 'v'")),
        (("--set", "version=a/b"), 1, ("images/app.yaml:3:10", "cannot stand in a tag")),
        (("--set", "version=1-20260101.1"), 1, ("reserved",)),
        (("--set", "with=../x"), 1, ("images/app.yaml:4", "is not a package"))):
    for command in ("build", "push", "lock"):
        r = lab.run(command, *args, *Q)
        lab.check("%s %s" % (command, args[:4]), r.status == status and r.out == b"" and
                  all(t in r.err.decode() for t in texts) and b"Sanitizer" not in r.err, r)
lab.check("nothing changed", lock() == locked)
lab.write_fleet({"base": BASE, "app": APP.replace("conf/${channel}", "${with}")}, FLEET)
put("hello", "h")
lab.works("lock", lab.run("lock", *Q))
lab.fails("a way out of the fleet", lab.run("build", "--set", "with=../fleet/hello", *Q), 1, "images/app.yaml")
lab.fails("a way out of the fleet", lab.run("build", "--set", "with=/etc/passwd", *Q), 1, "images/app.yaml")

# What was pushed with it is upgraded with it.
lab.write_fleet({"base": BASE, "app": APP}, FLEET)
lab.works("lock", lab.run("lock", *Q))
lab.debs[1] = Deb("hello", "1.0-2", depends="base-files")
lab.publish(Date="Sat, 21 Nov 2026 10:00:00 UTC")
r = lab.run("upgrade", "--package", "hello", "--set", "version=1.2.3", "--output", "json", *Q)
lab.check("the plan", r.status == 4 and [i["tag"] for i in json.loads(r.out)["plan"]["images"]] == ["1.2.3"] and
          json.loads(r.out)["plan"]["edits"] == [], r)
r = lab.run("upgrade", "--package", "hello", "--set", "version=1.2.3", "--apply", *Q)
lab.works("apply", r)
r = lab.run("packages", "hello", "--version", "eq:1.0-2", *Q)
lab.check("renewed", b"app:1.2.3" in r.out, r)
lab.done()
