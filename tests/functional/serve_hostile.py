#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that mean no good: requests that two servers could read differently, names that are not
the server's, bodies where none belong, connections held for ever. Usage: serve_hostile.py SERVER"""
import http.client
import os
import re
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
import time

from harness import inventory_server

PROGRAM = sys.argv[1]
TOKEN = "0123456789abcdef"
BODY = b'{"base":null,"packages":[]}'
MIB = 1 << 20


def Server(*args):
    return inventory_server.Server(PROGRAM, *args)


def expect(what, got, want):
    assert got == want, f"{what}: {got!r}, expected {want!r}"


def connect(s, timeout=10):
    return socket.create_connection(("127.0.0.1", int(s.port)), timeout=timeout)


def answer_of(raw):
    """Status of the first answer, its head, and whether the connection was closed after it."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            got = raw.recv(65536)
            if not got:
                return None, data, True
            data += got
        raw.settimeout(0.3)
        while True:
            got = raw.recv(65536)
            if not got:
                return int(data.split()[1]), data, True
            data += got
    except TimeoutError:
        return (int(data.split()[1]) if data else None), data, False
    except ConnectionResetError:
        return (int(data.split()[1]) if data else None), data, True


def send(s, text):
    with connect(s) as raw:
        raw.sendall(text)
        return answer_of(raw)


def request(line, *headers, body=b""):
    return b"\r\n".join([line.encode(), *(h.encode("latin-1") for h in headers), b"", b""]) + body


def rss_mib(s):
    with open(f"/proc/{s.p.pid}/status") as f:
        return int(next(x for x in f if x.startswith("VmRSS")).split()[1]) // 1024


def write(s, name, *headers, body=BODY):
    return request(f"POST /images/{name}:1 HTTP/1.1", *headers, "Content-Type: application/json",
                   f"Content-Length: {len(body)}", body=body)


def names_without_tokens(d):
    """Reads and writes alike: who asks under another name, or for somebody else, gets nothing."""
    s = Server(d + "/names.db")
    p = s.port
    good = [f"localhost:{p}", f"LocalHost:{p}", f"127.0.0.1:{p}", f"[::1]:{p}"]
    bad = ["evil.example", f"evil.example:{p}", f"127.evil.example:{p}", f"127.0.0.1.evil.example:{p}",
           f"localhost.evil.example:{p}", f"localhost.:{p}", "localhost", "127.0.0.1", "[::1]", "localhost:",
           f"localhost:{int(p) + 1}", f"localhost:0{p}", f"localhost:{p}0", f"127.0.0.2:{p}", f"127.1:{p}",
           f"[0:0:0:0:0:0:0:1]:{p}", f"::1:{p}", f"0.0.0.0:{p}", f"2130706433:{p}", f"[::ffff:127.0.0.1]:{p}",
           f"%6cocalhost:{p}", f"xlocalhost:{p}", f"localhost:{p}:{p}"]
    broken = [f"user@localhost:{p}", f"localhost:{p}@evil.example", f"localhost:{p}/", f"localhost:{p} evil",
              f"evil localhost:{p}", f"localhost\t:{p}", f"http://localhost:{p}", f"localhost:{p}, evil.example",
              f"localhost:{p}?", f"localhost:{p}#", f"localh\xf6st:{p}", "", f"local\\host:{p}"]
    for i, host in enumerate(good):
        expect(f"read {host}", send(s, request("GET /images HTTP/1.1", f"Host: {host}"))[0], 200)
        expect(f"write {host}", send(s, write(s, f"good{i}", f"Host: {host}"))[0], 201)
    for want, hosts in ((403, bad), (400, broken)):
        for host in hosts:
            for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
                got = send(s, request(f"{method} /images/good0:1 HTTP/1.1", f"Host: {host}"))[0]
                expect(f"{method} {host!r}", got, want)
            expect(f"write {host!r}", send(s, write(s, "bad", f"Host: {host}"))[0], want)
    ours = f"Host: localhost:{p}"
    for header in ("Forwarded: for=192.0.2.1", "X-Forwarded-For: 127.0.0.1", "x-forwarded-proto: https",
                   "X-FORWARDED-HOST: localhost", "X-Forwarded-Anything:", "Via: 1.1 proxy", "via: 1.0 x",
                   "X-Real-IP: 127.0.0.1", "Origin: http://evil.example", "Origin: null", "Origin:",
                   f"Origin: https://localhost:{p}", "Origin: http://localhost", f"Origin: http://localhost:{p}/",
                   f"Origin: http://localhost:{p}.evil.example", f"Origin: http://x@localhost:{p}",
                   f"Origin: http://127.0.0.1:{int(p) + 1}"):
        expect(f"read, {header}", send(s, request("GET /images HTTP/1.1", ours, header))[0], 403)
        expect(f"write, {header}", send(s, write(s, "bad", ours, header))[0], 403)
        expect(f"delete, {header}", send(s, request("DELETE /images/good0:1 HTTP/1.1", ours, header))[0], 403)
    expect("an old proxy", send(s, request("GET /images HTTP/1.0", ours))[0], 403)
    expect("our origin", send(s, write(s, "own", ours, f"Origin: http://127.0.0.1:{p}"))[0], 201)
    names = [i["name"] for i in s.ask("GET", "/images")[1]["images"]]
    expect("images", names, [f"good{i}:1" for i in range(4)] + ["own:1"])
    s.stop()
    # On all addresses: the one that the client came to, and no name.
    s = Server(d + "/names.db", None, "0.0.0.0:0")
    expect("arrived", send(s, request("GET /images HTTP/1.1", f"Host: 127.0.0.1:{s.port}"))[0], 200)
    with socket.create_connection(("127.0.0.3", int(s.port)), timeout=10) as raw:
        raw.sendall(request("GET /images HTTP/1.1", f"Host: 127.0.0.3:{s.port}"))
        expect("arrived elsewhere", answer_of(raw)[0], 200)
    expect("not there", send(s, request("GET /images HTTP/1.1", f"Host: 127.0.0.3:{s.port}"))[0], 403)
    expect("a name", send(s, request("GET /images HTTP/1.1", f"Host: evil.example:{s.port}"))[0], 403)
    s.stop()


def shapes(d):
    """What a server before this one could read otherwise; with and without tokens."""
    path = d + "/tokens"
    with open(path, "w") as f:
        f.write(TOKEN + "\n")
    for tokens in (None, path):
        s = Server(d + "/shapes.db", tokens)
        host = f"Host: localhost:{s.port}"
        head = (host, "Content-Type: application/json", f"Authorization: Bearer {TOKEN}")
        post = "POST /images/shape:1 HTTP/1.1"
        n = f"Content-Length: {len(BODY)}"
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
        smuggled = request("DELETE /images/kept:1 HTTP/1.1", *head)
        expect("kept", send(s, write(s, "kept", host, f"Authorization: Bearer {TOKEN}"))[0], 200 if tokens else 201)
        for what, text, want in [
            ("length and coding", request(post, *head, n, "Transfer-Encoding: chunked", body=chunks), {400}),
            ("coding and length", request(post, *head, "Transfer-Encoding: chunked", n, body=chunks), {400}),
            ("length 0 and coding", request(post, *head, "Content-Length: 0", "Transfer-Encoding: chunked",
                                            body=b"0\r\n\r\n" + smuggled), {400}),
            ("two lengths", request(post, *head, n, "Content-Length: 3", body=BODY), {400}),
            ("two lengths, the same", request(post, *head, n, n, body=BODY), {400}),
            ("two lengths, the first 0", request("GET /images HTTP/1.1", *head, "Content-Length: 0",
                                                 f"Content-Length: {len(smuggled)}", body=smuggled), {400}),
            ("two lengths in one", request(post, *head, f"{n}, {len(BODY)}", body=BODY), {400}),
            ("length with a sign", request(post, *head, f"Content-Length: +{len(BODY)}", body=BODY), {400}),
            ("negative length", request(post, *head, "Content-Length: -1", body=BODY), {400}),
            ("hex length", request(post, *head, "Content-Length: 0x1b", body=BODY), {400}),
            ("empty length", request(post, *head, "Content-Length:", body=BODY), {400}),
            ("huge length", request(post, *head, "Content-Length: 18446744073709551617", body=BODY), {413}),
            ("two codings", request(post, *head, "Transfer-Encoding: chunked", "Transfer-Encoding: identity",
                                    body=chunks), {400}),
            ("unknown coding", request(post, *head, "Transfer-Encoding: gzip, chunked", body=chunks), {400, 501}),
            ("coding with a tab", request(post, *head, "Transfer-Encoding: \x0bchunked", body=chunks), {400, 501}),
            ("coding in 1.0", request("POST /images/shape:1 HTTP/1.0", *head, "Transfer-Encoding: chunked",
                                      body=chunks), {400}),
            ("blank before the colon", request(post, *head, f"Content-Length : {len(BODY)}", body=BODY), {400}),
            ("blank in a name", request("GET /images HTTP/1.1", host, "X Forwarded-For: a"), {400}),
            ("no name", request("GET /images HTTP/1.1", host, ": a"), {400}),
            ("no name, at the end", request(post, *head, n, ":", "Transfer-Encoding: chunked", body=chunks), {400}),
            ("NUL in a value", request("GET /images HTTP/1.1", host + "\0evil.example"), {400}),
            ("NUL in a name", request("GET /images HTTP/1.1", host, "A\0: b"), {400}),
            ("NUL for a name", request("GET /images HTTP/1.1", host, "\0: b"), {400}),
            ("bare LF", request("GET /images HTTP/1.1", host + "\nA: b"), {400}),
            ("bare CR", request("GET /images HTTP/1.1", host + "\rA: b"), {400}),
            ("no colon", request("GET /images HTTP/1.1", host, "nothing"), {400}),
            ("folded coding", request(post, *head, "Transfer-Encoding:", " chunked", n, body=chunks), {400}),
            ("folded header", request("GET /images HTTP/1.1", host, "X-Forwarded-For: a", " b"), {400}),
            ("folded host", request("GET /images HTTP/1.1", host, "\tevil.example"), {400}),
            ("folded nothing", request("GET /images HTTP/1.1", host, "A: b", " "), {400}),
            ("two hosts", request("GET /images HTTP/1.1", host, host), {400}),
            ("two hosts, one foreign", request("GET /images HTTP/1.1", host, "hOsT: evil.example"), {400}),
            ("no host", request("GET /images HTTP/1.1"), {400}),
            ("no host, 1.0", request("GET /images HTTP/1.0"), {400}),
            ("absolute target", request(f"GET http://localhost:{s.port}/images HTTP/1.1", host), {400}),
            ("absolute target, foreign", request("GET http://evil.example/images HTTP/1.1", host), {400}),
            ("target of a proxy", request(f"CONNECT localhost:{s.port} HTTP/1.1", host), {400}),
            ("target *", request("OPTIONS * HTTP/1.1", host), {400}),
            ("target without a path", request("GET images HTTP/1.1", host), {400}),
            ("blank in the target", request("GET /images HTTP/1.1 HTTP/1.1", host), {400}),
            ("control byte in the target", request("GET /im\x01ages HTTP/1.1", host), {400}),
            ("two tokens", request("DELETE /images/kept:1 HTTP/1.1", host, "Authorization: Bearer x",
                                   f"Authorization: Bearer {TOKEN}"), {400}),
        ]:
            status, data, closed = send(s, text)
            assert status in want, (tokens, what, status, want, data[:300])
            assert closed, (tokens, what, "the connection stays open", data[:300])
            # The library (0.9.75) writes the head of its own refusals twice.
            all_of_them = {int(x) for x in re.findall(rb"HTTP/1\.. (\d+)", data)}
            assert all_of_them <= want, (tokens, what, "answered more than was asked", data)
        expect("chunked", send(s, request("PUT /images/kept:1 HTTP/1.1", *head, "Transfer-Encoding: chunked",
                                          body=chunks))[0], 200)
        expect("kept", s.ask("GET", "/images/kept:1")[0], 200)
        expect("nothing else", [i["name"] for i in s.ask("GET", "/images")[1]["images"]], ["kept:1"])
        if tokens:
            # Who reads, and under which name, does not matter then; who writes needs a token.
            for header in ("Host: other.example", "Via: 1.1 proxy", "Origin: http://evil.example"):
                hosts = () if header.startswith("Host") else (host,)
                expect(header, send(s, request("GET /images HTTP/1.1", *hosts, header))[0], 200)
                expect(header, send(s, write(s, "no", *hosts, header))[0], 401)
                expect(header, send(s, write(s, "kept", *hosts, header, f"Authorization: Bearer {TOKEN}"))[0], 200)
            expect("1.0", send(s, request("GET /healthz HTTP/1.0", host))[0], 200)
        s.stop()


def bodies_where_none_belong(d):
    s = Server(d + "/bodies.db")
    host, big = f"Host: {s.bound}", b" " * (4 * MIB)
    for line in ("GET /healthz", "GET /images", "HEAD /images", "DELETE /images/a:1", "GET /nothing", "POST /healthz",
                 "PUT /images", "PATCH /images/a:1"):
        want = {"POST": 405, "PUT": 405, "PATCH": 400}.get(line.split()[0], 400)
        for length in (f"Content-Length: {len(big)}", "Content-Length: 1", "Transfer-Encoding: chunked"):
            # The body is not waited for.
            got = send(s, request(line + " HTTP/1.1", host, length, "Content-Type: application/json"))
            expect((line, length), (got[0], got[2]), (want, True))
    expect("no body", send(s, request("GET /healthz HTTP/1.1", host, "Content-Length: 0"))[0], 200)
    held, before = [], rss_mib(s)
    for i in range(60):
        raw = connect(s)
        try:
            raw.sendall(request("GET /healthz HTTP/1.1", host, f"Content-Length: {len(big) + 1}", body=big))
        except OSError:
            pass
        held.append(raw)
    now = rss_mib(s)
    assert now - before < 40, f"{before} -> {now} MiB"
    for raw in held:
        raw.close()
    s.stop()


def is_served(s, within):
    begin = time.monotonic()
    c = http.client.HTTPConnection("127.0.0.1", int(s.port), timeout=within)
    c.request("GET", "/healthz")
    r = c.getresponse()
    expect("another client", (r.status, bool(r.read())), (200, True))
    c.request("POST", "/images/other:1", BODY, {"Content-Type": "application/json"})
    assert c.getresponse().status in (200, 201)
    c.close()
    return time.monotonic() - begin


def stop_quickly(s):
    begin = time.monotonic()
    s.p.send_signal(signal.SIGTERM)
    expect("ends", s.p.wait(20), 0)
    took = time.monotonic() - begin
    assert took < 8, f"stopping took {took:.1f} s"
    assert "Sanitizer" not in s.log() and "runtime error" not in s.log(), s.log()


def held_bodies(d, count, size, chunked):
    """Bodies that never end: memory has a bound, and others are served."""
    s = Server(d + "/held.db")
    before, held, part = rss_mib(s), [], b" " * (size - 1)
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    head = request("POST /images/held:1 HTTP/1.1", f"Host: {s.bound}", "Content-Type: application/json", length)
    for i in range(count):
        raw = connect(s, 2)
        try:
            raw.sendall(head + (b"%x\r\n" % size if chunked else b"") + part)
        except OSError:
            pass
        held.append(raw)
    time.sleep(0.5)
    took, now = is_served(s, 5), rss_mib(s)
    assert now - before < 110, f"{count} bodies of {size}: {before} -> {now} MiB"
    # There is no room for one more of the size, and that is said without waiting for it.
    if size * count > 200 * MIB and not chunked:
        status, data, closed = send(s, head)
        expect("one more", (status, closed), (503, True))
        assert b"Retry-After: 5\r\n" in data, data
    # When they go, there is.
    for raw in held:
        raw.close()
    for again in range(50):
        with connect(s) as raw:
            raw.settimeout(0.2)
            raw.sendall(request("POST /images/held:1 HTTP/1.1", f"Host: {s.bound}", "Content-Type: application/json",
                                f"Content-Length: {15 * MIB}"))
            try:
                if not raw.recv(100):
                    continue
            except TimeoutError:
                break
        time.sleep(0.1)
    else:
        raise AssertionError("the room of bodies that are gone is not given back")
    s.stop()
    print(f"   {count} x {size >> 10} KiB{' chunked' if chunked else ''}: {before} -> {now} MiB, other {took:.2f} s", flush=True)


def held_connections(d):
    """Silent, dripping and unfinished ones, more than there may be; then stopping under them."""
    s = Server(d + "/connections.db")
    held = []
    for i in range(400):
        raw = connect(s, 2)
        try:
            raw.sendall((b"", b"GET /hea", b"GET /healthz HTTP/1.1\r\nHost: x", request(
                "POST /images/held:1 HTTP/1.1", f"Host: {s.bound}", "Content-Type: application/json",
                "Content-Length: 9", body=b"{"))[i % 4])
        except OSError:
            pass
        held.append(raw)
        if i % 100 == 99:
            is_served(s, 5)
    stop_quickly(s)
    for raw in held:
        raw.close()


def unread_answers(d):
    """Clients that ask for much and take nothing of it."""
    s = Server(d + "/unread.db")
    many = {"base": None, "packages": [{"name": f"package-with-a-long-name-{i:06d}", "version": f"1:2.3.{i}-4+deb12u1"}
                                       for i in range(30000)]}
    expect("many", s.ask("POST", "/images/many:1", many)[0], 201)
    size = int(s.ask("HEAD", "/images/many:1/packages")[2]["Content-Length"])
    assert size > 4 * MIB, size
    before, held, ask = rss_mib(s), [], request("GET /images/many:1/packages HTTP/1.1", f"Host: {s.bound}")
    for i in range(16):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", int(s.port)))
        raw.sendall(ask)
        held.append(raw)
    first = [raw.recv(12) for raw in held]
    refused = first.count(b"HTTP/1.1 503")
    expect("answers", refused + first.count(b"HTTP/1.1 200"), 16)
    assert 0 < refused < 16, first
    now = rss_mib(s)
    assert now - before < 150, f"{before} -> {now} MiB"
    is_served(s, 5)
    stop_quickly(s)
    for raw in held:
        raw.close()


def drip(s, pieces, ended):
    """A byte now and then: when does the server lose patience?"""
    begin = time.monotonic()
    with connect(s, 2) as raw:
        try:
            for piece in pieces:
                raw.sendall(piece)
                raw.settimeout(2)
                try:
                    if not raw.recv(1):
                        break
                except TimeoutError:
                    pass
        except OSError:
            pass
    ended.append(time.monotonic() - begin)


def dripping(s):
    ended = []
    slow = [b"GET /healthz HTTP/1.1\r\nHost: x\r\n"] + [b"A: b\r\n"] * 40
    t = threading.Thread(target=drip, args=(s, slow, ended), daemon=True)
    t.start()
    return t, ended


def half_closed(d):
    """Clients that say with their request that no more comes: answered, and closed at once."""
    s = Server(d + "/half.db")
    host, json = f"Host: {s.bound}", "Content-Type: application/json"
    for text, want in ((request("GET /healthz HTTP/1.1", host), 200),
                       (request("GET /healthz HTTP/1.1", host) * 3, 200),
                       (write(s, "half", host), 201),
                       (request("GET /nothing HTTP/1.1", host), 404),
                       (request("POST /images/half:1 HTTP/1.1", host, json, "Content-Length: 9", body=b"{"), None),
                       (request("POST /images/half:1 HTTP/1.1", host, json, "Transfer-Encoding: chunked"), None),
                       (b"GET /healthz HTTP/1.1\r\nHo", None)):
        for again in range(8):  # on each of the server's threads
            with connect(s) as raw:
                raw.sendall(text)
                raw.shutdown(socket.SHUT_WR)
                begin, data = time.monotonic(), b""
                while got := raw.recv(65536):
                    data += got
                took = time.monotonic() - begin
                assert took < 3, f"{text[:40]}: closed after {took:.1f} s"
                expect(text[:40], int(data.split()[1]) if data else None, 200 if want == 201 and again else want)
    s.stop()


def many_removed(d):
    """What a stage takes away of its base: in time that grows with the two, not with their product."""
    s, n = Server(d + "/removed.db"), 40000
    name = "package-{:06d}".format
    below = {"base": None, "packages": [{"name": name(i), "version": "1"} for i in range(n)]}
    above = {"base": "below:1", "packages": [], "removed": [name(i) for i in range(1, n)]}
    same = {"base": "below:1", "packages": [{"name": name(0), "version": "1", "architecture": f"a{i}"} for i in range(n)]}
    for image, body in (("below", below), ("above", above), ("same", same),
                        ("same-again", {**same, "base": "same:1", "removed": ["nothing"]})):
        expect(image, s.ask("POST", f"/images/{image}:1", body)[0], 201)
    for path, want in (("/images/above:1/packages?effective=1", 1),
                       ("/images/same-again:1/packages?effective=1", 2 * n - 1)):
        begin = time.monotonic()
        expect(path, len(s.ask("GET", path)[1]["packages"]), want)
        took = time.monotonic() - begin
        assert took < 10, f"{path}: {took:.1f} s"
    begin = time.monotonic()
    expect("holders", len(s.ask("GET", f"/packages/{name(0)}")[1]["versions"]), n + 1)
    took = time.monotonic() - begin
    assert took < 10, f"holders: {took:.1f} s"
    s.stop()


def held_database(d):
    """Another process holds the database: who writes is told, who reads need not wait for each of them."""
    s, answers = Server(d + "/held-database.db"), []
    expect("before", send(s, write(s, "before", f"Host: {s.bound}"))[0], 201)
    other = sqlite3.connect(d + "/held-database.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def one(i):
        with connect(s, 60) as raw:
            raw.sendall(write(s, f"held{i}", f"Host: {s.bound}"))
            answers.append(answer_of(raw)[0])
    writers = [threading.Thread(target=one, args=(i,)) for i in range(24)]
    for w in writers:
        w.start()
    time.sleep(0.5)
    begin = time.monotonic()
    expect("health", s.ask("GET", "/healthz")[0], 200)
    took = time.monotonic() - begin
    assert took < 8, f"another client waited {took:.1f} s"
    for w in writers:
        w.join()
    expect("writers", answers, [503] * 24)
    other.execute("ROLLBACK")
    time.sleep(0.3)
    expect("after", send(s, write(s, "after", f"Host: {s.bound}"))[0], 201)
    s.stop()


# What was freed is gone; otherwise memory could not be measured under the sanitizer.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"

with tempfile.TemporaryDirectory() as d:
    patient = Server(d + "/patient.db")
    thread, ended = dripping(patient)
    for part in (names_without_tokens, shapes, bodies_where_none_belong):
        part(d)
        print("ok", part.__name__, flush=True)
    held_bodies(d, 60, 15 * MIB, False)
    held_bodies(d, 30, 15 * MIB, True)
    held_bodies(d, 256, MIB, False)
    print("ok held_bodies", flush=True)
    for part in (held_connections, unread_answers, half_closed, many_removed, held_database):
        part(d)
        print("ok", part.__name__, flush=True)
    thread.join()
    assert 25 < ended[0] < 45, f"a dripping head was cut off after {ended[0]:.1f} s"
    patient.stop()
    print("ok dripping")
