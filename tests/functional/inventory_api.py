#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The inventory's server over real HTTP: every call, every refusal, a killed, locked and damaged
database, and random histories against a naive model. Usage: inventory_api.py SERVER [SEED]"""
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
import time
from urllib.parse import quote

from harness import inventory_server
from harness.inventory_server import JSON
from inventory_model import Model

PROGRAM = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def Server(*args):
    return inventory_server.Server(PROGRAM, *args)


def expect(what, got, want):
    assert got == want, f"{what}: {got!r}, expected {want!r}"


def pkg(name, version, **more):
    return {"name": name, "version": version, **more}


def names(answer):
    return [c["name"] for c in answer["children"]]


def calls(d):
    s = Server(d + "/calls.db")
    a = s.ask
    expect("health", a("GET", "/healthz")[:2], (200, {"status": "ok"}))
    expect("empty list", a("GET", "/v1/images")[1], {"images": [], "next": None})
    base = {"base": None, "packages": [pkg("libssl3", "3.0.1-1", source="openssl"), pkg("libc6", "2.36-9")]}
    st, made, h = a("POST", "/images/reg:5000/team/base:1", base)
    expect("created", (st, h["Location"]), (201, "/images/reg:5000/team/base:1"))
    first = made["digest"]
    expect("again", a("POST", "/images/reg:5000/team/base:1", base)[0], 200)
    expect("encoded", a("POST", "/v1/images/" + quote("reg:5000/team/base:1", safe=""), base)[0], 200)
    st, p, _ = a("POST", "/images/reg:5000/team/base:1", {"base": None, "packages": []})
    expect("conflict", st, 409)
    # A child before its base: stands on it as soon as that appears.
    app = {"base": "mid:1", "packages": [pkg("app", "1")], "removed": ["libc6"]}
    expect("child", a("POST", "/images/app:1", app)[0], 201)
    expect("unknown base", a("GET", "/images/app:1")[1]["base_digest"], None)
    expect("404 children", a("GET", "/images/mid:1/children")[0], 404)
    a("POST", "/images/mid:1", {"base": "reg:5000/team/base:1", "packages": [pkg("libssl3", "3.0.2-1", source="openssl")]})
    one = a("GET", "/images/app:1")[1]
    expect("base appeared", one["base_digest"], a("GET", "/images/mid:1")[1]["digest"])
    expect("not behind", one["behind"], False)
    expect("children", names(a("GET", "/images/reg:5000/team/base:1/children")[1]), ["mid:1"])
    rec = a("GET", "/images/reg:5000/team/base:1/children?recursive=1")[1]
    expect("waves", rec["waves"], [["mid:1"], ["app:1"]])
    expect("own", [x["name"] for x in a("GET", "/images/app:1/packages")[1]["packages"]], ["app"])
    eff = a("GET", "/images/app:1/packages?effective=1")[1]["packages"]
    expect("effective", [(x["name"], x["version"]) for x in eff], [("app", "1"), ("libssl3", "3.0.2-1")])
    got = a("GET", "/packages/libssl3")[1]["versions"]
    expect("holdings", [(v["version"], v["images"]) for v in got],
           [("3.0.1-1", ["reg:5000/team/base:1"]), ("3.0.2-1", ["app:1", "mid:1"])])
    got = a("GET", "/packages/libssl3?version=lt:3.0.2-1")[1]["versions"]
    expect("lt", [v["version"] for v in got], ["3.0.1-1"])
    expect("source", len(a("GET", "/packages/openssl?source=1&version=ge:3.0.2-1")[1]["versions"]), 1)
    expect("removed", [v["images"] for v in a("GET", "/packages/libc6")[1]["versions"]],
           [["mid:1", "reg:5000/team/base:1"]])
    expect("never seen", a("GET", "/packages/nothing")[0], 404)
    expect("other ecosystem", a("GET", "/packages/libc6?ecosystem=pypi")[0], 404)
    expect("running", a("GET", "/packages/libc6?running=1")[0], 501)
    # A moved base: children keep what they stand on, marked, until they are replaced.
    newer = {"base": None, "packages": [pkg("libssl3", "3.0.3-1", source="openssl"), pkg("libc6", "2.36-10")]}
    st, now, h = a("PUT", "/images/reg:5000/team/base:1", newer)
    expect("put", st, 200)
    assert now["digest"] != first
    expect("put again", a("PUT", "/images/reg:5000/team/base:1", newer)[1], now)
    expect("put absent", a("PUT", "/images/no:1", newer)[0], 404)
    expect("behind", [(c["name"], c["behind"]) for c in a("GET", "/images/reg:5000/team/base:1/children")[1]["children"]],
           [("mid:1", True)])
    expect("old packages", [v["version"] for v in a("GET", "/packages/libc6")[1]["versions"]], ["2.36-9", "2.36-10"])
    expect("former", a("GET", f"/images/reg:5000/team/base@{first}")[1]["digest"], first)
    expect("former, tag", a("GET", f"/images/reg:5000/team/base:1@{first}/packages")[1]["packages"][0]["version"], "2.36-9")
    expect("former, wrong name", a("GET", f"/images/app@{first}")[0], 404)
    expect("former children", names(a("GET", f"/images/reg:5000/team/base@{first}/children")[1]), ["mid:1"])
    a("PUT", "/images/mid:1", {"base": "reg:5000/team/base:1", "packages": []})
    expect("caught up", a("GET", "/images/mid:1")[1]["behind"], False)
    # Cycles.
    st, p, _ = a("PUT", "/images/reg:5000/team/base:1", {"base": "app:1", "packages": []})
    expect("cycle", st, 409)
    for n in ("base:1", "mid:1", "app:1"):
        assert n in p["detail"], p
    expect("self", a("POST", "/images/me:1", {"base": "me:1", "packages": []})[0], 409)
    expect("unchanged", a("GET", "/images/reg:5000/team/base:1")[1], now)
    # Conditional requests.
    etag = a("GET", "/images/mid:1")[2]["ETag"]
    expect("304", a("GET", "/images/mid:1", headers={"If-None-Match": etag})[0], 304)
    expect("412", a("PUT", "/images/mid:1", newer, {"If-Match": '"00"'})[0], 412)
    expect("412 delete", a("DELETE", "/images/app:1", headers={"If-Match": '"00"'})[0], 412)
    expect("bad If-Match", a("PUT", "/images/mid:1", newer, {"If-Match": "00"})[0], 400)
    st, _, h2 = a("PUT", "/images/mid:1", {"base": "reg:5000/team/base:1", "packages": [pkg("x", "1")]}, {"If-Match": etag})
    expect("matched", st, 200)
    assert h2["ETag"] != etag
    # Aliases are asked by name, not listed; they keep what they meant.
    dg = "sha256:" + "1" * 64
    a("POST", "/images/al:1", {"base": None, "digest": dg, "packages": [pkg("zlib1g", "1")], "aliases": ["al:1-20260101.1"]})
    expect("alias", a("GET", "/images/al:1-20260101.1")[1]["digest"], dg)
    a("PUT", "/images/al:1", {"base": None, "packages": [pkg("zlib1g", "2")]})
    expect("alias stays", a("GET", "/images/al:1-20260101.1")[1]["digest"], dg)
    expect("alias not current", [v["version"] for v in a("GET", "/packages/zlib1g")[1]["versions"]], ["2"])
    a("POST", "/images/on:1", {"base": "al:1-20260101.1", "packages": []})
    expect("child of alias", [(c["name"], c["behind"]) for c in a("GET", "/images/al:1/children")[1]["children"]], [("on:1", True)])
    # Paging.
    seen, after = [], ""
    while True:
        page = a("GET", "/images?limit=2" + (f"&after={quote(after)}" if after else ""))[1]
        seen += [i["name"] for i in page["images"]]
        after = page["next"]
        if not after:
            break
    expect("pages", seen, sorted(seen))
    expect("all", set(seen), {"al:1", "on:1", "app:1", "mid:1", "reg:5000/team/base:1"})
    # Deleting.
    st, p, _ = a("DELETE", "/images/mid:1")
    expect("has children", st, 409)
    assert "app:1" in p["detail"]
    expect("deleted", a("DELETE", "/images/app:1")[0], 204)
    expect("gone", a("GET", "/images/app:1")[0], 404)
    expect("seen, in none", a("GET", "/packages/app")[1]["versions"], [])
    expect("force", a("DELETE", "/images/reg:5000/team/base:1?force=1")[0], 204)
    expect("child keeps", [x["name"] for x in a("GET", "/images/mid:1/packages?effective=1")[1]["packages"]], ["libc6", "libssl3", "x"])
    expect("delete absent", a("DELETE", "/images/app:1")[0], 404)
    # HEAD and methods.
    st, body, h = a("HEAD", "/images/mid:1")
    expect("HEAD", (st, body, int(h["Content-Length"]) > 0), (200, b"", True))
    st, p, h = a("POST", "/healthz", {})
    expect("405", (st, h["Allow"]), (405, "GET, HEAD"))
    expect("405 images", a("PATCH", "/images/a:1")[2]["Allow"], "GET, HEAD, POST, PUT, DELETE")
    refusals(s)
    s.stop()


def refusals(s):
    a = s.ask
    before = a("GET", "/images")[1]
    good = {"base": None, "packages": []}
    for path in ("/", "/nothing", "/images/", "/v2/images", "/packages/", "/v1"):
        expect(path, a("GET", path)[0], 404)
    for path in ("/images/%zz", "/images/a%2", "/images/a:1?force=%f", "/packages/a%00b", "/images/notag", "/images/a:1:2",
                 "/images/../etc:1", "/images/a@sha256:12", "/images/a:1?fource=1", "/packages/a?version=3",
                 "/packages/a?version=xx:3", "/packages/a?version=lt:", "/images?limit=0", "/images?limit=x",
                 "/images/a:1/children?recursive=maybe", "/images?after=x", "/images/" + "a" * 300 + ":1",
                 "/images?" + "&".join("limit=1" for _ in range(9))):
        expect(path, a("GET", path)[0], 400)
    for body in ("", "{", "[]", "null", '{"packages":[],"packages":[]}', '{"base":null}', '{"base":1,"packages":[]}',
                 '{"packages":{}}', '{"packages":[{}]}', '{"packages":[{"name":"a"}]}', '{"packages":[{"name":"","version":"1"}]}',
                 '{"packages":[{"name":"a","version":1}]}', '{"packages":[{"name":"a\\u0007","version":"1"}]}',
                 '{"packages":[{"name":"a","version":"1","versoin":"2"}]}', '{"packages":[],"digest":"sha256:xyz"}',
                 '{"packages":[],"digest":"sha256:' + "A" * 64 + '"}', '{"packages":[],"base":"x"}', '{"packages":[],"bse":"x:1"}',
                 '{"packages":[],"removed":[1]}', '{"packages":[],"base_digest":"sha256:' + "1" * 64 + '"}',
                 '{"packages":[],"base":"x:1","base_evidence":"guess"}', '{"packages":[],"aliases":["bad"]}',
                 '{"packages":[],"diff_ids":["x"]}', '{"packages":[],"more_diff_ids":["x"]}', '{"packages":[],"more_diff_ids":[["x"]]}',
                 '{"packages":[],"more_diff_ids":[[]]}', '{"packages":[],"more_diff_ids":{}}', '{"packages":[],"more_diff_id":[]}', '{"packages":[{"name":"' + "a" * 600 + '","version":"1"}]}', "\xff\xfe"):
        st, p, _ = a("POST", "/images/bad:1", body.encode("latin-1"), JSON)
        expect(body[:60], st, 400)
    expect("depth", a("POST", "/images/bad:1", b'{"base":' + b"[" * 100 + b"]" * 100 + b"}", JSON)[0], 413)
    many = ["sha256:" + "1" * 64] * 1025
    expect("platforms", a("POST", "/images/bad:1", {**good, "more_diff_ids": [many[:1]] * 65})[0], 413)
    expect("layers", a("POST", "/images/bad:1", {**good, "more_diff_ids": [many]})[0], 400)
    expect("nearest", "did you mean 'base'" in a("POST", "/images/bad:1", b'{"packages":[],"bse":1}', JSON)[1]["detail"], True)
    expect("415", a("POST", "/images/bad:1", b"{}", {"Content-Type": "text/plain"})[0], 415)
    expect("415 none", a("POST", "/images/bad:1", b"{}")[0], 415)
    expect("charset", a("POST", "/images/bad:1", b"{", {"Content-Type": "application/json; charset=utf-8"})[0], 400)
    expect("digest twice", a("POST", "/images/bad:1@sha256:" + "1" * 64, {**good, "digest": "sha256:" + "2" * 64})[0], 400)
    expect("413 announced", a("POST", "/images/bad:1", b"{}", {**JSON, "Content-Length": str(17 << 20)})[0], 413)
    s.c = None
    expect("413 sent", a("POST", "/images/bad:1", iter([b" " * (1 << 20)] * 17), JSON)[0], 413)
    s.c = None
    expect("web page", a("POST", "/images/bad:1", good, {"Host": "evil.example:80"})[0], 403)
    raw = socket.create_connection(("127.0.0.1", int(s.port)))
    raw.sendall(b"GARBAGE\r\n\r\n")
    raw.recv(1000)
    raw.close()
    expect("nothing changed", a("GET", "/images")[1], before)


def tokens(d):
    path = d + "/tokens"
    with open(path, "w") as f:
        f.write("# comment\n0123456789abcdef\n")
    s = Server(d + "/tokens.db", path, "0.0.0.0:0")
    body = {"base": None, "packages": []}
    st, _, h = s.ask("POST", "/images/a:1", body)
    expect("401", (st, h["WWW-Authenticate"]), (401, 'Bearer realm="plimsoll"'))
    expect("wrong", s.ask("POST", "/images/a:1", body, {"Authorization": "Bearer 0123456789abcdeX"})[0], 401)
    expect("prefix", s.ask("POST", "/images/a:1", body, {"Authorization": "Bearer 0123456789"})[0], 401)
    expect("right", s.ask("POST", "/images/a:1", body, {"Authorization": "Bearer 0123456789abcdef"})[0], 201)
    expect("reading", s.ask("GET", "/images/a:1")[0], 200)
    expect("delete", s.ask("DELETE", "/images/a:1")[0], 401)
    assert "0123456789abcdef" not in s.log()
    s.stop()
    s = Server(d + "/tokens.db", None, "0.0.0.0:0")
    expect("403", s.ask("POST", "/images/b:1", body)[0], 403)
    expect("read", s.ask("GET", "/images/a:1")[0], 200)
    s.stop()
    with open(path, "w") as f:
        f.write("short\n")
    try:
        Server(d + "/tokens.db", path)
        raise AssertionError("short token taken")
    except RuntimeError as e:
        assert "tokens:1" in str(e), e


def model(d, seed):
    r = random.Random(seed)
    s = Server(d + f"/model{seed}.db")
    m = Model()
    all_names = [f"h:1/i{i}:{t}" for i in range(7) for t in (1, 2)]
    pkgs = [f"p{i}" for i in range(8)]
    for step in range(160):
        name = r.choice(all_names)
        base = r.choice(all_names + [None] * 4)
        own = {p: f"{step}" for p in r.sample(pkgs, r.randint(0, 4))}
        removed = r.sample(pkgs, r.randint(0, 2))
        body = {"base": base, "packages": [pkg(p, v) for p, v in own.items()], "removed": removed,
                "digest": f"sha256:{step:064x}"}
        method = "PUT" if name in m.now else "POST"
        want = 409 if base and m.cyclic(name, base) else 200 if method == "PUT" else 201
        st, ans, _ = s.ask(method, "/images/" + name, body)
        expect(f"seed {seed} step {step} {method} {name} on {base}", st, want)
        if st < 300:
            m.put(name, base, own, removed)
        if step % 8:
            continue
        for n in all_names:
            if n not in m.now:
                expect(n, s.ask("GET", f"/images/{n}/children")[0], 404)
                continue
            got = s.ask("GET", f"/images/{n}/children?recursive=1")[1]
            expect(f"seed {seed} step {step} waves of {n}", got["waves"], m.waves(n))
            for c in got["children"]:
                content = m.contents[m.now[c["name"]]]
                expect(f"seed {seed} step {step} behind {c['name']}", c["behind"], m.now[content["base"]] != content["on"])
            expect("children", names(s.ask("GET", f"/images/{n}/children")[1]), m.children(n))
            got = s.ask("GET", f"/images/{n}/packages?effective=1")[1]["packages"]
            expect(f"seed {seed} step {step} effective {n}", {x["name"]: x["version"] for x in got}, m.effective(m.now[n]))
        for p in pkgs:
            want = {}
            for n, c in m.now.items():
                v = m.effective(c).get(p)
                if v is not None:
                    want.setdefault(v, []).append(n)
            st, got, _ = s.ask("GET", "/packages/" + p)
            if st == 200:
                expect(f"seed {seed} step {step} holders of {p}", {v["version"]: v["images"] for v in got["versions"]},
                       {v: sorted(n) for v, n in want.items()})
            else:
                expect("never seen", (st, want), (404, {}))
    s.stop()


def killed(d):
    """kill -9 while four clients write: what was acknowledged is there, whole."""
    db, known = d + "/killed.db", {}
    for round in range(4):
        s = Server(db)
        lock = threading.Lock()

        def work(k):
            c = http.client.HTTPConnection("127.0.0.1", int(s.port), timeout=10)
            for i in range(10000):
                name = f"k{k}/r{round}:{i}"
                body = json.dumps({"base": None, "packages": [pkg(f"a{j}", str(i)) for j in range(20)]})
                try:
                    c.request("POST", "/images/" + name, body, JSON)
                    r = c.getresponse()
                    digest = json.loads(r.read())["digest"]
                    assert r.status == 201, r.status
                except (OSError, http.client.HTTPException, ValueError):
                    return
                with lock:
                    known[name] = digest

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for t in threads:
            t.start()
        time.sleep(0.4 + 0.1 * round)
        s.p.kill()
        s.p.wait()
        for t in threads:
            t.join()
    assert len(known) > 20, len(known)
    s = Server(db)
    for name, digest in known.items():
        st, got, _ = s.ask("GET", f"/images/{name}")
        expect(name, (st, got["digest"]), (200, digest))
    name = next(iter(known))
    expect("whole", len(s.ask("GET", f"/images/{name}/packages")[1]["packages"]), 20)
    s.stop()
    c = sqlite3.connect(db)
    expect("integrity", c.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
    expect("foreign keys", c.execute("PRAGMA foreign_key_check").fetchall(), [])


def broken(d):
    db = d + "/broken.db"
    s = Server(db)
    for i in range(300):
        s.ask("POST", f"/images/x:{i}", {"base": None, "packages": [pkg(f"p{i}-{j}", "1") for j in range(20)]})
    # Somebody else holds the database: reading goes on, writing waits, then says so.
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begin = time.time()
    st, p, h = s.ask("POST", "/images/y:1", {"base": None, "packages": []})
    expect("locked", (st, h["Retry-After"]), (503, "5"))
    assert "locked" in p["detail"] and time.time() - begin > 4
    expect("reading", s.ask("GET", "/images/x:1")[0], 200)
    other.execute("ROLLBACK")
    time.sleep(0.3)  # it is not tried again at once
    expect("free again", s.ask("POST", "/images/y:1", {"base": None, "packages": []})[0], 201)
    other.close()
    s.stop()
    with open(db, "rb") as f:
        good = f.read()

    def refused(data, words, path=d + "/damaged.db"):
        with open(path, "wb") as f:
            f.write(data)
        try:
            s = Server(path)
        except RuntimeError as e:
            assert words in str(e), (words, str(e))
            with open(path, "rb") as f:
                assert f.read() == data, "a damaged file was changed"
            return
        s.stop()
        raise AssertionError("a damaged database was opened: " + words)

    refused(b"this is no database at all, but long enough to look at" * 100, "damaged")
    refused(good[: len(good) // 2], "damaged")
    refused(b"\0" * 16 + good[16:], "damaged")
    hole = bytearray(good)
    for at in range(8192, len(hole) - 4096, 16384):
        hole[at:at + 64] = os.urandom(64)
    refused(bytes(hole), "damaged")
    path = d + "/foreign.db"
    c = sqlite3.connect(path)
    c.execute("CREATE TABLE t (x)")
    c.commit()
    c.close()
    with open(path, "rb") as f:
        refused(f.read(), "another program's", path)
    c = sqlite3.connect(db)
    c.execute("PRAGMA user_version = 99")
    c.commit()
    c.close()
    try:
        Server(db)
        raise AssertionError("a newer schema was opened")
    except RuntimeError as e:
        assert "newer plimsoll" in str(e), e


def stopping(d):
    """A request under way is answered when the server is told to end."""
    s = Server(d + "/stop.db")
    raw = socket.create_connection(("127.0.0.1", int(s.port)))
    body = json.dumps({"base": None, "packages": []}).encode()
    raw.sendall(b"POST /images/late:1 HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % (s.bound.encode(), len(body)) + body[:5])
    time.sleep(0.3)
    s.p.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    raw.sendall(body[5:])
    assert raw.recv(1000).startswith(b"HTTP/1.1 201"), "request under way was dropped"
    raw.close()
    s.stop()


with tempfile.TemporaryDirectory() as d:
    for part in (calls, tokens, stopping, broken, killed):
        part(d)
        print("ok", part.__name__, flush=True)
    for seed in range(SEED, SEED + 6):
        model(d, seed)
    print("ok model")
