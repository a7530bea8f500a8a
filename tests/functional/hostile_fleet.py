#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=180 needs=gpg,gpgv
"""Definitions and locks that are wrong, huge or changed by hand; parts of a fleet; usage errors."""
import copy

from harness.lab import *

lab = Lab()
lab.debs = [Deb("base-files"), Deb("hello", depends="base-files"), Deb("other")]
lab.publish()
Q = ("--progress", "none")
LOCK = os.path.join(lab.fleet, "plimsoll.lock")

# --- a part of a fleet is the same as in the whole -----------------------------------------------
lab.write_fleet(fleet="registry: oci:%s\nplatforms: [linux/amd64, linux/arm64]\ndistros:\n  test: {suites: "
                "[test], mirror: \"file:%s\", signed_by: %s}\n" % (lab.path("out"), lab.archive, lab.keyring),
                images={"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n",
                        "one": "image: one\nbase: base\nplatforms: [linux/arm64]\nversion: 2\npackages: [hello]\n",
                        "two": "image: two\nbase: base\nplatforms: [linux/amd64]\nversion: 2\npackages: [other]\n"
                               "variants:\n  a: {version: 3}\n  b: {version: 4, packages: [hello]}\n"})
lab.works("a fleet of several platforms locks", lab.run("lock", *Q))
whole = lab.digests()
for part in ("one", "two", "two:a"):
    lab.clean("store", "out")
    r = lab.run("push", part, *Q, "--output", "json")
    lab.works("pushing only %s" % part, r)
    made = {i["name"].rsplit("/", 1)[1]: i["digest"] for i in json.loads(r.out)["images"]} if r.status == 0 else {}
    lab.check("%s alone has the same base as in the whole fleet" % part,
              made.get("base:1") == whole["base"], (made, whole))
    lab.check("%s alone is the same as in the whole fleet" % part,
              all(d in whole.values() for d in made.values()) and len(made) >= 2, (made, whole))

# --- the lock ------------------------------------------------------------------------------------
lab.write_fleet()
os.remove(LOCK)
lab.works("lock", lab.run("lock", *Q))
good = open(LOCK, "rb").read()
digests = lab.digests()
doc = json.loads(good)


def build_with(name, text, status=(1,), **kw):
    with open(LOCK, "wb") as f:
        f.write(text)
    lab.clean("out")
    r = lab.run("build", *Q, **kw)
    lab.fails("lock: " + name, r, status, "plimsoll.lock")
    lab.check("lock: %s: build leaves the lock alone" % name, open(LOCK, "rb").read() == text)
    return r


def walk(value, path=()):
    """Every place of the document."""
    yield path, value
    if isinstance(value, dict):
        for k in value:
            yield from walk(value[k], path + (k,))
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from walk(v, path + (i,))


def replaced(path, value):
    out = copy.deepcopy(doc)
    at = out
    for k in path[:-1]:
        at = at[k]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return json.dumps(out).encode()


wrong = 0
for path, value in walk(doc):
    if not path:
        continue
    spoilt = {"type": {"x": [1]} if not isinstance(value, dict) else 7, "missing": None}
    if isinstance(path[-1], int):
        del spoilt["missing"]  # a list without one of its items may be a good one
    if isinstance(value, str):
        spoilt["nul"] = "a\0b"
        spoilt["escape"] = "\033[2J" + value
    if isinstance(value, bool) or isinstance(value, int):
        spoilt["negative"] = -1
        spoilt["huge"] = 1 << 70
        spoilt["real"] = 1.5
    for how, v in spoilt.items():
        with open(LOCK, "wb") as f:
            f.write(replaced(path, v))
        r = lab.run("build", *Q, "--offline")
        where = "lock: %s: %s" % ("/".join(map(str, path)), how)
        lab.sane(where, r)
        free_text = path[-1] in ("why", "reason") and how == "escape"
        optional = path[-1] in ("why", "reason", "from", "base", "layer", "scripts") and how == "missing"
        same = r.status == 0 and (free_text or optional)
        if not same:
            lab.check(where + " is refused", r.status in (1, 5, 6, 8), r)
            wrong += 1
lab.check("many places of the lock were spoilt", wrong > 60, wrong)

text = good.decode()
lines = text.splitlines(True)
build_with("empty", b"")
build_with("cut", good[:len(good) // 2])
build_with("one byte more", good + b"x")
build_with("NULs", good.replace(b":", b":\0", 1))
build_with("not UTF-8", good.replace(b"base-files", b"base-\xff\xfe\xfdles", 1))
build_with("a list", b"[]")
build_with("deep nesting", b"[" * 200000)
build_with("deep objects", b'{"a":' * 200000)
build_with("a key twice", good.replace(b'"format"', b'"format": 1, "format"', 1))
build_with("an unknown key", good.replace(b'"format"', b'"forman": 1, "format"', 1))
build_with("a format of the future", good.replace(b'"format": ', b'"format": 9', 1))
build_with("a huge exponent", good.replace(b'"size": ', b'"size": 1e999', 1) if b'"size": ' in good
           else good.replace(b'"size":', b'"size":1e999', 1))
for key in ("distros", "images"):
    v = copy.deepcopy(doc)
    items = v.get(key)
    if isinstance(items, list) and items:
        build_with("duplicate in " + key, json.dumps(dict(v, **{key: items + [items[-1]]})).encode())
        if len(items) > 1:
            build_with("unsorted " + key, json.dumps(dict(v, **{key: items[::-1]})).encode())
        build_with("nothing in " + key, json.dumps(dict(v, **{key: []})).encode(), status=(1, 6)) \
            if key == "distros" else None
with open(LOCK, "wb") as f:
    f.write(b'{"format": 1, "x": "' + b"A" * (200 << 20) + b'"}')
r = lab.fails("lock: 200 MB", lab.run("build", *Q), 1, "plimsoll.lock")
lab.check("lock: 200 MB: at once", r.seconds < 10, r)
os.remove(LOCK)
os.mkdir(LOCK)
lab.fails("lock: a directory", lab.run("build", *Q), 1, "plimsoll.lock")
lab.fails("lock: a directory, locking", lab.run("lock", *Q), 1, "plimsoll.lock")
os.rmdir(LOCK)
os.mkfifo(LOCK)
r = lab.fails("lock: a fifo", lab.run("build", *Q, timeout=20), 1, "plimsoll.lock")
os.remove(LOCK)
lab.fails("lock: none", lab.run("build", *Q), 6, "plimsoll lock")
with open(LOCK, "wb") as f:
    f.write(good)
lab.check("lock: and with the good one, the same digests", lab.digests() == digests)

# --- definitions ---------------------------------------------------------------------------------
H = "image: hello\nbase: base\nversion: 2\npackages: [hello]\n"
definitions = {
    "tab": "image:\thello\n\tx: y\n", "unclosed": "image: [hello\n", "alias": "image: &a hello\nx: *a\n",
    "billion laughs": "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b]\n", "tag": "image: !!python/object hello\n",
    "two documents": H + "---\n" + H, "nothing": "", "a list": "- a\n- b\n", "a word": "hello\n",
    "NUL": b"image: he\0llo\n", "not UTF-8": b"image: \xff\xfe\xfd\n", "escape": "image: \"\\e[2Jx\"\n",
    "deep": "image: " + "[" * 100000 + "\n", "unknown key": H + "pakages: [x]\n", "key twice": H + "version: 3\n",
    "file upwards": H + "files:\n  - {from: ../../etc/passwd, to: /x}\n",
    "file absolute": H + "files:\n  - {from: /etc/passwd, to: /x}\n",
    "file through proc": H + "files:\n  - {from: images/../../../etc/passwd, to: /x}\n",
    "target upwards": H + "files:\n  - {content: x, to: /../x}\n",
    "target of a whiteout": H + "files:\n  - {content: x, to: /etc/.wh.passwd}\n",
    "a file of nothing": H + "files:\n  - {from: none, to: /x}\n",
    "an owner of nobody": H + "files:\n  - {content: x, to: /x, owner: \"nobody-here:x\"}\n",
    "a file where a directory is": H + "files:\n  - {content: x, to: /usr/share}\n",
    "a file below a file": H + "files:\n  - {content: x, to: /usr/share/hello/hello/x}\n",
    "packages of garbage": H.replace("[hello]", "[\"hello; rm\", \"-o\"]"),
    "package of nothing": H.replace("[hello]", "[hello, no-such-package]"),
    "base of itself": "image: hello\nbase: hello\n", "base missing": "image: hello\nbase: nothing\n",
    "version with an escape": H.replace("version: 2", "version: \"2\\e[31m\""),
    "version of 300 bytes": H.replace("version: 2", "version: " + "1" * 300),
    "user upwards": H + "user: \"a\\nb\"\n", "huge number": H + "healthcheck: {command: [x], retries: 99999999999999999999}\n",
    "platform of Mars": H + "platforms: [mars/amd64]\n", "too many platforms": H + "platforms: [linux/amd64, linux/riscv64]\n",
}
lab.write_fleet()
lab.works("a good fleet", lab.run("lock", *Q))
good = open(LOCK, "rb").read()
for name, body in definitions.items():
    images = {"base": "image: base\ndistro: test\nversion: 1\npackages: [base-files]\n", "hello": body}
    lab.write_fleet(images=images)
    r = lab.run("lock", *Q, timeout=30)
    if r.status == 0:
        r = lab.run("build", *Q, timeout=30)
    lab.fails("definition: " + name, r, (1, 6), "hello")
    lab.check("definition: %s: bounded" % name, r.seconds < 10, r)
    lab.check("definition: %s: the lock stays" % name, open(LOCK, "rb").read() == good or b'"hello"' in good)
    with open(LOCK, "wb") as f:
        f.write(good)
lab.write_fleet()
images = os.path.join(lab.fleet, "images")
os.symlink("/etc/passwd", os.path.join(images, "link.yaml"))
lab.fails("definition: a link out of the fleet", lab.run("lock", *Q), 1, "link.yaml")
os.remove(os.path.join(images, "link.yaml"))
os.mkfifo(os.path.join(images, "fifo.yaml"))
lab.fails("definition: a fifo", lab.run("lock", *Q, timeout=20), 1, "fifo.yaml")
os.remove(os.path.join(images, "fifo.yaml"))
with open(os.path.join(images, "big.yaml"), "wb") as f:
    f.write(b"image: big\ndescription: " + b"x" * (200 << 20))
r = lab.fails("definition: 200 MB", lab.run("lock", *Q), 1, "big.yaml")
lab.check("definition: 200 MB: at once", r.seconds < 10, r)
os.remove(os.path.join(images, "big.yaml"))
lab.fails("no fleet", lab.run("lock", *Q, "-C", lab.path("nowhere")), 6)

# --- the command line ----------------------------------------------------------------------------
for args in (["lokc"], ["lock", "--updat"], ["lock", "x"], ["lock", "-Z"], ["--jobs", "0", "lock"],
             ["lock", "--jobs", "1e3"], ["lock", "--jobs", "99999999999999999999"], ["lock", "--output", "yaml"],
             ["lock", "--output"], ["lock", "--update=yes"], ["packages"], ["packages", "a", "b"], ["packages", "a", "--version", "1.0"],
             ["upgrade"], ["upgrade", "--all", "--package", "x"], ["\033[2J"], ["lock", "--\033[2J"], ["children"],
             ["serve", "--listen", "nonsense"], ["lock", "-"]):
    r = lab.run(*args)
    lab.check("usage: %r" % args, r.status == 2 and b"plimsoll:" in r.err and b"\033" not in r.err and not r.out, r)
r = lab.run("build", "no-such-image", *Q)
lab.fails("an image that is not in the fleet", r, 6, "no-such-image")
r = lab.run("scan", "http://x/y")
lab.fails("a reference of garbage", r, (1, 6), "x/y")
lab.done()
