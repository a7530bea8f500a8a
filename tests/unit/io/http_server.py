# SPDX-License-Identifier: Apache-2.0
"""A badly behaved HTTP server for test_http.c, on loopback and free ports.

Prints "PORT OTHER_PORT TLS_PORT CERTIFICATE", then serves until its standard input ends.
"""
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import gzip

lock = threading.Lock()
connections = 0
counts = {}


def answer(status, body=b"", *headers, length=None):
    lines = ["HTTP/1.1 %d Whatever" % status]
    lines.append("Content-Length: %d" % (len(body) if length is None else length))
    lines.extend(headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def drip(conn, data, every):
    """One byte now and then, for longer than anybody should wait."""
    for i in range(int(60 / every)):
        conn.sendall(data[i % len(data):][:1])
        time.sleep(every)


def drip_early(conn):
    """1xx answers without end: small ones, so that no limit on headers ends it."""
    for _ in range(300):
        conn.sendall(b"HTTP/1.1 103 Early\r\n\r\n")
        time.sleep(0.2)


def steady(conn, n, seconds):
    """An answer of n bytes that takes so long, slow as a line may be."""
    conn.sendall(answer(200, b"", length=n))
    for _ in range(20):
        conn.sendall(b"s" * (n // 20))
        time.sleep(seconds / 20)


def reply(method, path, headers, body, serial):
    """The bytes of the answer, and whether to close, or hang, after them."""
    url = urllib.parse.urlsplit(path)
    query = dict(urllib.parse.parse_qsl(url.query))
    name = url.path.strip("/").split("/")
    if url.netloc:
        return answer(200, method.encode() + b" over a proxy"), ""
    if name[0] == "ok":
        return answer(200, b"hello", "Content-Type: text/plain", 'ETag: "e"',
                      "Docker-Content-Digest: sha256:00", "Link: </next>; rel=next",
                      "OCI-Subject: sha256:11", "Range: 0-4", "OCI-Chunk-Min-Length: 7",
                      "Last-Modified: Sat, 11 Jul 2026 10:16:37 GMT", "Warning: 299 - x"), ""
    if name[0] == "show":
        text = "%s auth=%s type=%s length=%s expect=%s encoding=%s agent=%s x=%s body=" % (
            method, headers.get("authorization"), headers.get("content-type"),
            headers.get("content-length"), headers.get("expect"), headers.get("accept-encoding"),
            headers.get("user-agent"), headers.get("x-test"))
        return answer(200, text.encode() + body), ""
    if name[0] == "redirect":
        return answer(int(query.get("status", "302")), b"moved", "Location: " + query["to"]), ""
    if name[0] == "loop":
        return answer(302, b"", "Location: /loop"), ""
    if name[0] == "flaky":
        with lock:
            n = counts[path] = counts.get(path, 0) + 1
        if n <= int(name[1]):
            return answer(int(query.get("status", "503")), b"later",
                          *(["Retry-After: " + query["after"]] if "after" in query else [])), ""
        return answer(200, b"try %d" % n), ""
    if name[0] == "count":
        return answer(200, b"%d" % counts.get(query["of"], 0)), ""
    if name[0] == "hang":
        return b"", "hang"
    if name[0] == "stall":
        return answer(200, b"abc", length=10), "hang"
    if name[0] == "drip-body":
        return answer(200, b"", length=1000), lambda c: drip(c, b"d", 0.1)
    if name[0] == "drip-headers":
        return b"HTTP/1.1 200 OK\r\n", lambda c: drip(c, b"X: y\r\n", 0.1)
    if name[0] == "flood":
        return b"", drip_early
    if name[0] == "steady":
        return b"", lambda c: steady(c, int(name[1]), float(name[2]))
    if name[0] == "late":  # with the whole upload in hand
        time.sleep(float(name[1]))
        return answer(200, b"%d" % len(body)), ""
    if name[0] == "garbage":
        return b"SSH-2.0-OpenSSH_9.2\r\n", "close"
    if name[0] == "close":
        return b"", "close"
    if name[0] == "truncated":
        return answer(200, b"x" * 10, length=100), "close"
    if name[0] == "chunked":
        return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
                b"5\r\nhello\r\n0\r\nETag: \"evil\"\r\n\r\n"), ""
    if name[0] == "chunked-truncated":
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "close"
    if name[0] == "headers":
        return answer(200, b"", *["X-%d: %s" % (i, "y" * 1000) for i in range(int(name[1]))]), ""
    if name[0] == "long-header":
        return answer(200, b"", "X-Long: " + "y" * int(name[1])), ""
    if name[0] == "big":
        return answer(int(query.get("status", "200")), b"z" * int(name[1])), ""
    if name[0] == "announced":
        return answer(200, b"", length=int(name[1])), "hang"
    if name[0] == "unknown-length":
        return b"HTTP/1.1 200 OK\r\n\r\n" + b"u" * int(name[1]), "close"
    if name[0] == "challenge":
        return answer(401, b"{}", 'WWW-Authenticate: Bearer realm="a,b"',
                      'www-authenticate: Basic realm="c"'), ""
    if name[0] == "connection":
        return answer(200, b"%d" % serial), ""
    if name[0] == "gzip":
        return answer(200, gzip.compress(b"hello"), "Content-Encoding: gzip"), ""
    if name[0] == "continue":
        return b"HTTP/1.1 103 Early\r\nETag: \"early\"\r\n\r\n" + answer(200, b"late"), ""
    return answer(404, b"no"), ""


def read_request(f):
    line = f.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = {}
    while True:
        text = f.readline().decode("latin-1").rstrip("\r\n")
        if not text:
            break
        key, _, value = text.partition(":")
        headers[key.lower()] = value.strip()
    if line[1] == "/deaf":
        time.sleep(60)  # the upload stays where it is
    body = f.read(int(headers.get("content-length", "0")))
    return line[0], line[1], headers, body


def serve(conn, serial, tls):
    try:
        if tls:
            conn = tls.wrap_socket(conn, server_side=True)
        f = conn.makefile("rb")
        while True:
            req = read_request(f)
            if not req:
                return
            data, then = reply(*req, serial)
            if req[0] == "HEAD":
                data = data.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
            conn.sendall(data)
            if callable(then):
                then(conn)
            if then == "hang":
                time.sleep(60)
            if then:
                return
    except OSError:
        pass
    finally:
        conn.close()


def listen(tls=None):
    global connections
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(64)

    def accept():
        global connections
        while True:
            conn, _ = s.accept()
            with lock:
                connections += 1
                serial = connections
            threading.Thread(target=serve, args=(conn, serial, tls), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return s.getsockname()[1]


def main():
    with tempfile.TemporaryDirectory() as directory:
        cert, key = os.path.join(directory, "cert"), os.path.join(directory, "key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                        "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                       check=True, stderr=subprocess.DEVNULL)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        print(listen(), listen(), listen(tls), cert, flush=True)
        sys.stdin.read()


main()
