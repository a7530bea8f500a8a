# SPDX-License-Identifier: Apache-2.0
"""What stands before a server and takes its time: a relay on the loopback that may stall, drip or be deaf."""
import contextlib
import socket
import threading
import time

FOREVER = 300


class Slow:
    """Relays to the port `to`, until `mode` says otherwise, which is looked at for each connection:

    silent: accepts and says nothing. deaf: reads nothing either. stall: the answer's bytes from number `after` on do not
    come. drip: they come one in 0.3 seconds. speed: so many bytes a second. early: 1xx answers without end. again: a
    redirect to where it leads from. busy: 429 with Retry-After, in `wait` seconds. `only`: requests without this text in
    their head are relayed as they are."""

    def __init__(self, to, mode="", after=0, speed=0, wait=86400, only=b""):
        self.to, self.mode, self.after, self.speed, self.wait, self.only = to, mode, after, speed, wait, only
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        self.host = "127.0.0.1:%d" % self.port
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                conn, _ = self.server.accept()
                threading.Thread(target=self.relay, args=(conn,), daemon=True).start()

    def close(self):
        self.server.close()

    def relay(self, conn):
        with contextlib.suppress(OSError), conn:
            if self.mode == "deaf":
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                time.sleep(FOREVER)
            if self.mode in ("silent", "early", "again", "busy") and not self.only:
                self.answer(conn)
                return
            with socket.create_connection(("127.0.0.1", self.to)) as up:
                there = threading.Thread(target=self.forward, args=(conn, up), daemon=True)
                there.start()
                self.back(up, conn)

    def forward(self, conn, up):
        """Requests; those with `only` in them are answered here where the mode is one of that kind."""
        with contextlib.suppress(OSError):
            while True:
                data = conn.recv(65536)
                if self.only and self.only in data and self.mode in ("silent", "early", "again", "busy"):
                    self.answer(conn)
                    break
                if not data:
                    break
                up.sendall(data)
            up.shutdown(socket.SHUT_WR)

    def answer(self, conn):
        if self.mode == "silent":
            time.sleep(FOREVER)
        if self.mode == "early":
            for _ in range(FOREVER * 5):
                conn.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                time.sleep(0.2)
        what = {"again": "302 Found\r\nLocation: /again", "busy": "429 Slow down\r\nRetry-After: %d" % self.wait}[self.mode]
        conn.sendall(("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % what).encode())

    def back(self, up, conn):
        sent = 0
        while True:
            data = up.recv(4096)
            if not data:
                return
            if self.mode in ("stall", "drip"):
                at_once = max(0, min(len(data), self.after - sent))
                conn.sendall(data[:at_once])
                for i in range(at_once, len(data)):
                    time.sleep(0.3 if self.mode == "drip" else FOREVER)
                    conn.sendall(data[i:i + 1])
            else:
                conn.sendall(data)
                if self.speed:
                    time.sleep(len(data) / self.speed)
            sent += len(data)


class Unreachable:
    """A port where nobody answers the attempt to connect: its queue is full."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self.server.getsockname()[1]
        self.held = []
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.held.append(s)

    def close(self):
        for s in [self.server, *self.held]:
            s.close()
