# SPDX-License-Identifier: Apache-2.0
"""The naive inventory that inventory_api.py holds the real one to."""


class Model:
    """What the inventory must answer, said as simply as possible."""

    def __init__(self):
        self.now, self.contents, self.count = {}, {}, 0

    def put(self, name, base, own, removed):
        self.count += 1
        self.now[name] = self.count
        self.contents[self.count] = dict(base=base, own=own, removed=removed, on=self.now.get(base) if base else None)
        for c in self.contents.values():
            if c["base"] == name and c["on"] is None:
                c["on"] = self.count

    def cyclic(self, name, base):
        while base:
            if base == name:
                return True
            base = self.contents[self.now[base]]["base"] if base in self.now else None
        return False

    def effective(self, content):
        c = self.contents[content]
        below = self.effective(c["on"]) if c["on"] else {}
        out = {k: v for k, v in below.items() if k not in c["removed"]}
        out.update(c["own"])
        return out

    def children(self, name):
        return sorted(n for n, c in self.now.items() if self.contents[c]["base"] == name)

    def waves(self, name):
        wave, waiting = {}, [(name, 0)]
        while waiting:
            n, w = waiting.pop()
            for c in self.children(n):
                if wave.get(c, 0) < w + 1:
                    wave[c] = w + 1
                    waiting.append((c, w + 1))
        out = []
        for w in sorted(set(wave.values())):
            out.append(sorted(n for n in wave if wave[n] == w))
        return out
