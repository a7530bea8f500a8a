#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300 needs=gpg,gpgv
"""A command over many images of one registry: connections, challenges and tokens are counted, not assumed."""
import base64
import collections
import re
import shutil
import urllib.parse

from harness.lab import *
from harness.quirk_registry import QuirkRegistry

IMAGES, JOBS = 40, 4
lab = Lab()
Q = ("--progress", "none", "--jobs", str(JOBS))


class Counted:
    """What the registry saw since it was made."""

    def __init__(self, registry):
        self.q, self.connections, self.seen = registry, registry.connections, len(registry.log)

    def connected(self):
        return self.q.connections - self.connections

    def requests(self):
        return self.q.log[self.seen:]

    def scopes(self):
        """How often a token was asked for each list of scopes."""
        lists = []
        for method, path, _ in self.requests():
            if path.startswith("/token"):
                lists.append(tuple(urllib.parse.parse_qs(path.partition("?")[2]).get("scope", ())))
        return collections.Counter(lists)

    def naked(self):
        return [p for _, p, h in self.requests() if p.startswith("/v2/") and "Authorization" not in h]


def login(registry):
    os.makedirs(lab.path(".docker"), exist_ok=True)
    secret = base64.b64encode(("%s:%s" % (registry.user, registry.password)).encode()).decode()
    with open(lab.path(".docker", "config.json"), "w", encoding="utf-8") as f:
        json.dump({"auths": {registry.host: {"auth": secret}}}, f)


def fleet(registry):
    images = {"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n"}
    for i in range(IMAGES):
        images["i%d" % i] = ("image: i%d\nbase: base\nversion: 1\npackages: [hello]\n"
                             "files:\n  - {to: /etc/name, content: \"%d\"}\n" % (i, i))
    lab.write_fleet(images, "registry: %s/team\nplatforms: [linux/amd64]\ndistros:\n  test: {suites: [test], "
                            "mirror: \"file:%s\", signed_by: %s}\n" % (registry.host, lab.archive, lab.keyring))


def helper(registry):
    """Credentials from a program that notes each call; the notes' path."""
    notes, program = lab.path("helper-calls"), lab.path("docker-credential-noting")
    with open(program, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\necho \"$1\" >>%s\necho '{\"Username\": \"%s\", \"Secret\": \"%s\"}'\n"
                % (notes, registry.user, registry.password))
    os.chmod(program, 0o755)
    with open(lab.path(".docker", "config.json"), "w", encoding="utf-8") as f:
        json.dump({"credsStore": "noting"}, f)
    return notes


def requests_of(name, most, **more):
    """A push that changes nothing; most: requests for each image, besides /v2/ and tokens."""
    c, before = Counted(q), {r: dict(t) for r, t in q.tags.items()}
    r = lab.run("push", "--output", "json", *Q, timeout=120, **more)
    lab.works(name, r)
    asked = [(m, p) for m, p, _ in c.requests() if re.match("/v2/.", p)]
    lab.check(name + ": requests", len(asked) <= most * (IMAGES + 1) + (JOBS if q.auth else 0), (len(asked), asked[:20]))
    lab.check(name + ": nothing is written", q.tags == before and
              all(m in ("GET", "HEAD") for m, _ in asked), [a for a in asked if a[0] not in ("GET", "HEAD")])
    told = json.loads(r.out)
    lab.check(name + ": what is told", all(not i["uploaded"] and i["bytes"] == 0 and q.tags[i["name"].partition("/")[2]
              .partition(":")[0]][i["immutable"].rpartition(":")[2]] == i["digest"] for i in told["images"]) and
              told["blobs_present"] > IMAGES and len(told["images"]) == IMAGES + 1, told)
    return told


for auth in ("bearer", "basic"):
    q = QuirkRegistry(auth=auth)
    login(q)
    lab.clean()
    lab.debs = [Deb("base-files"), Deb("hello", depends="base-files")]
    lab.publish()
    fleet(q)
    lab.works("lock", lab.run("lock", *Q))

    for name in ("push", "push again"):
        c = Counted(q)
        lab.works("%s: %s" % (auth, name), lab.run("push", *Q, timeout=120))
        lab.check("%s: %s: a connection for each worker" % (auth, name), c.connected() <= JOBS + 1, c.connected())
        lab.check("%s: %s: no token is asked for twice" % (auth, name), max(c.scopes().values(), default=1) == 1,
                  c.scopes())
        # /v2/ itself is asked without, and then at most each worker's first request.
        lab.check("%s: %s: the challenge is learned once" % (auth, name), len(c.naked()) <= JOBS + 1, c.naked())
    lab.check(auth + ": all images are there", len([r for r in q.tags if q.tags[r]]) == IMAGES + 1, list(q.tags))

    told = requests_of(auth + ": push of what stands", 2)
    shutil.rmtree(lab.path("store", "records", "pushed"))
    lab.check(auth + ": the same without memory", requests_of(auth + ": without memory", 3) == told, told)
    requests_of(auth + ": after that", 2)
    # What does not stand is seen, whatever the memory says.
    good = {t: d for t, d in q.tags["team/i1"].items()}
    immutable = [t for t in good if t != "1"][0]
    for what, broken in (("moving tag gone", {immutable: good["1"]}), ("immutable tag gone", {"1": good["1"]}),
                         ("moving tag moved", dict(good, **{"1": q.tags["team/base"]["1"]})), ("all gone", {})):
        q.tags["team/i1"] = dict(broken)
        q.manifests["team/i1"].update(q.manifests["team/base"])
        if not broken:
            q.manifests["team/i1"].clear()
            q.blobs["team/i1"].clear()
        lab.works("%s: %s" % (auth, what), lab.run("push", *Q))
        lab.check("%s: %s: mended" % (auth, what), q.tags["team/i1"] == good and good["1"] in q.manifests["team/i1"] and
                  q.blobs["team/i1"], (good, q.tags["team/i1"]))

    lab.debs = [Deb("base-files"), Deb("hello", "1.0-2", depends="base-files")]
    lab.publish(Date="Sat, 08 Aug 2026 10:00:00 UTC")
    c = Counted(q)
    r = lab.run("upgrade", "--package", "hello", "--output", "json", *Q)
    lab.sane(auth + ": plan", r)
    lab.check(auth + ": plan: all images hold it", r.status == 4 and r.out.count(b'"next_tag": "1-') == IMAGES, r)
    lab.check(auth + ": plan: one connection", c.connected() == 1, c.connected())
    lab.check(auth + ": plan: one token for each scope", max(c.scopes().values(), default=1) == 1 and
              len(c.scopes()) == (IMAGES if auth == "bearer" else 0), c.scopes())
    lab.check(auth + ": plan: one challenge", len(c.naked()) <= 2, c.naked())

    calls = helper(q)
    r = lab.run("push", *Q, timeout=120, env=lab.env(PATH=lab.dir + ":" + os.environ["PATH"]))
    lab.works(auth + ": push with a helper", r)
    with open(calls, encoding="utf-8") as f:
        lab.check(auth + ": the helper runs once", f.read() == "get\n", r)
    os.unlink(calls)
    q.close()

lab.done()
