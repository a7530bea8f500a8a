#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# plimsoll-test: timeout=300 needs=dash,bash args="$BUILD/tests/differential/shell-tool --random 10 --seed 1"
"""Our shell and models of commands against dash (bash), coreutils, findutils, grep, sed and mawk.

usage: shell_dash.py SHELL_TOOL [--random SECONDS] [--seed N] [--verbose] [FILE[:CASE]...]

Runs each case of tests/cases/shell/*.sh (cases are separated by lines "####"; bash-*.sh is bash's)
with the real shell in an empty directory of its own, and with our shell on an empty tree, and compares
standard output, exit status and the files that are left, with mode, link text and content. A case
that we refuse (PL_SCRIPTS) or that is a syntax error here and not there is a difference. Then
scripts of a generator, for that many seconds; the seed is printed when one differs.
Exit status: 0 equal, 1 different.
"""
import argparse
import contextlib
import contextlib
import difflib
import glob
import hashlib
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "cases", "shell")
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TZ": "UTC"}
ARGS = ["configure", ""]


def tree_lines(root):
    lines = []
    for where, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(where, name)
            st = os.lstat(path)
            rel = os.path.relpath(path, root).encode()
            mode = b"%o" % (st.st_mode & 0o7777)
            if stat.S_ISLNK(st.st_mode):
                lines.append(b"l 777 %s -> %s" % (rel, os.readlink(path).encode()))
            elif stat.S_ISDIR(st.st_mode):
                lines.append(b"d %s %s" % (mode, rel))
            else:
                with open(path, "rb") as f:
                    body = f.read()
                lines.append(b"f %s %s %d sha256:%s" % (mode, rel, len(body), hashlib.sha256(body).hexdigest().encode()))
    return sorted(lines)


def run_real(shell, script, work):
    place = tempfile.mkdtemp(dir=work)
    try:
        with subprocess.Popen([shell, script, *ARGS], cwd=place, env=ENV, stdin=subprocess.DEVNULL, start_new_session=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            try:
                out, err = run.communicate(timeout=5)
            finally:
                # A subshell of a script that does not end must not outlive it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(run.pid, signal.SIGKILL)
        return out + b"status %d\n" % run.returncode, tree_lines(place), err
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", place], check=True)
        shutil.rmtree(place)


def run_ours(tool, script, bash):
    run = subprocess.run([tool] + ["--bash"] * bash + [script, *ARGS], env=ENV, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    at = run.stdout.rfind(b"status ")
    if run.returncode or at < 0:
        return run.stdout, None, run.stderr
    end = run.stdout.index(b"\n", at) + 1
    lines = [re.sub(rb"^l \d+ ", b"l 777 ", line) for line in run.stdout[end:].splitlines()]
    return run.stdout[:end], sorted(lines), run.stderr


def lines_of(result):
    out, files, _ = result
    return (out + b"\n".join(files or [b"no tree"])).decode(errors="replace").split("\n")


def difference(real, ours):
    lines = difflib.unified_diff(lines_of(real), lines_of(ours), "real", "ours", lineterm="", n=1)
    err = [f"{name}: {r[2].decode(errors='replace')[-1500:]}" for name, r in (("real", real), ("ours", ours)) if r[2]]
    return "\n".join([*lines, *err])


class Judge:
    def __init__(self, tool, work, verbose):
        self.tool, self.work, self.verbose = tool, work, verbose
        self.count = self.different = 0

    def case(self, name, text):
        bash = name.startswith("bash")
        script = os.path.join(self.work, "script")
        with open(script, "wb") as f:
            f.write(text)
        real = run_real("bash" if bash else "dash", script, self.work)
        ours = run_ours(self.tool, script, bash)
        self.count += 1
        same = ours[:2] == real[:2]
        if ours[1] is None and b"yntax error" in real[2] and b"line" in ours[2]:
            same = True  # neither takes it
        if not same:
            self.different += 1
            print(f"=== {name}\n{text.decode(errors='replace')}{difference(real, ours)}")
        elif self.verbose:
            print(f"ok {name}")
        sys.stdout.flush()
        return same


class Writer:
    """Scripts at random: what a generator of a grammar writes, with commands that every shell has."""

    NAMES = ["a", "b", "c", "v"]

    def __init__(self, seed):
        self.r = random.Random(seed)

    def pick(self, *what):
        return self.r.choice(what)

    def var(self):
        return self.pick(*self.NAMES)

    def quoted(self):
        text = self.pick("x", "y z", "", "foo", "a*", "b:c", "1", "2", "-n", "it's", "q\\\\w", "$", "a.b.c", "/usr/lib/x.so")
        return "'" + text.replace("'", "'\"'\"'") + "'"

    def braces(self):
        op = self.pick(":-", "-", ":+", "+", ":=", "=")
        word = self.pick("d", "d e", '"p q"', "$" + self.var(), "", *(["'s t'"]))
        if self.r.random() < .5:
            word = word.replace("'", "")
            return '"${%s%s%s}"' % (self.var(), op, word)
        return "${%s%s%s}" % (self.var(), op, word)

    def trimmed(self):
        pattern = self.pick("*", "a", "?", "[a-c]*", "*.", ".*", '"*"', "/*", "*/", "$" + self.var())
        return self.pick("%s", '"%s"') % "${%s%s%s}" % (self.var(), self.pick("#", "##", "%", "%%"), pattern)

    def arith(self):
        text = self.pick("1+2", "${#%s}" % self.var(), "3*(2-1)", "n=5", "n+1", "n<3", "n==1||2", "-n%3", "n>1?7:8")
        return self.pick("$((%s))", '"$((%s))"') % text

    def word(self, depth):
        kind = self.r.randrange(16)
        if kind < 2:
            return self.quoted()
        if kind < 4:
            return "$" + self.var()
        if kind < 6:
            return '"$%s"' % self.var()
        if kind < 8:
            return self.braces()
        if kind == 8:
            return self.trimmed()
        if kind == 9 and depth > 0:
            return self.pick("$(%s)", '"$(%s)"') % self.and_or(depth - 1)
        if kind == 10:
            return self.arith()
        if kind == 11:
            return self.pick('"$@"', "$@", "$*", '"$*"', "$#", "$?", '"x$@"', "${#}")
        if kind == 12:
            return self.pick("foo", "bar", "x.y", "a=b", "~x", "*", "[a]", "f?")
        if kind == 13:
            return "pre" + self.pick("$" + self.var(), '"$%s"' % self.var(), "'q'") + "post"
        return "${#%s}" % self.var() if kind == 14 else self.pick("0", "1", "2", "hello")

    def test(self, depth):
        kind = self.r.randrange(8)
        if kind == 0:
            return '[ "$%s" = %s ]' % (self.var(), self.quoted())
        if kind == 1:
            return '[ -%s "$%s" ]' % (self.pick(*"nzef"), self.var())
        if kind == 2:
            return "test %d -%s %d" % (self.r.randrange(3), self.pick("eq", "ne", "lt", "gt", "le", "ge"), self.r.randrange(3))
        if kind == 3:
            return self.pick("true", "false")
        if kind == 4:
            return '[ %s"$%s" -%s "x$%s" = xfoo ]' % (self.pick("", "! ") + self.pick("-n ", "-z "), self.var(),
                                                     self.pick(*"ao"), self.var())
        if kind == 5:
            return "! " + self.test(depth)
        return self.command(depth - 1) if kind == 6 and depth > 0 else "[ %s ]" % self.word(0)

    def pipe(self):
        return "printf '%s' %s | %s" % ("%s\\n", " ".join(self.word(0) for _ in range(self.r.randrange(1, 5))), self.pick(
            "sort", "sort -u", "sort -r", "grep -c o", "grep -v x || :", "sed 's/o/0/g'", "sed -n '$p'", "tr a-z A-Z",
            "cut -c1-2", "head -n 1", "tail -n 1", "wc -l", "uniq", "xargs -n 1 -d '\\n' echo", "awk '{print NF \":\" $1}'",
            "awk -F. '{n += length($0)} END {print n}'", "tac", "sed -e '/^f/d' -e 's/\\(.\\)\\(.\\)/\\2\\1/'"))

    def simple(self):
        kind = self.r.randrange(17)
        if kind < 4:
            return "echo " + " ".join(self.word(0) for _ in range(self.r.randrange(4)))
        if kind < 6:
            return "%s=%s" % (self.var(), self.word(0))
        if kind == 6:
            return "printf '<%s>' " + " ".join(self.word(0) for _ in range(self.r.randrange(1, 4)))
        if kind == 7:
            return self.pick("true", "false", ":")
        if kind == 8:
            return "f%d %s" % (self.r.randrange(3), " ".join(self.word(0) for _ in range(self.r.randrange(3))))
        if kind == 9:
            return "echo %s %s %s" % (self.word(0), self.pick(">", ">>"), self.pick("o1", "o2", '"$a"x'))
        if kind == 10:
            return "read %s < o1" % " ".join(self.r.sample(self.NAMES, self.r.randrange(1, 3)))
        if kind == 11:
            return "eval " + self.pick('"echo hi; false"', "false", '"a=\\$b"', "'echo $c'")
        if kind == 12:
            return "%s=%s %s" % (self.var(), self.word(0), self.pick("true", "f0 x", 'eval "echo \\$a"', ":"))
        if kind == 13:
            return self.pick("shift", "set -- %s %s" % (self.word(0), self.word(0)), "unset " + self.var(), "set -e", "set +e",
                             "IFS=:", 'IFS=" "', "unset IFS")
        if kind == 14:
            return self.pipe()
        return self.pick("(exit %d)" % self.r.randrange(4), ":", "exit %d" % self.r.randrange(3) if self.r.random() < .2 else ":",
                         "break", "continue")

    def command(self, depth):
        if depth <= 0:
            return self.simple()
        kind = self.r.randrange(14)
        inner = depth - 1
        if kind < 5:
            return self.simple()
        if kind == 5:
            last = self.pick("", "else %s; " % self.sequence(inner), "elif %s; then %s; " % (self.test(inner), self.sequence(inner)))
            return "if %s; then %s; %sfi" % (self.test(inner), self.sequence(inner), last)
        if kind == 6:
            words = " ".join(self.word(inner) for _ in range(self.r.randrange(3)))
            return "for %s in %s; do %s; done" % (self.var(), words, self.sequence(inner))
        if kind == 7:
            i = f"i{depth}"
            return f"{i}=0; while [ ${i} -lt 3 ]; do {i}=$(({i}+1)); {self.sequence(inner)}; done"
        if kind == 8:
            one = self.pick("foo", "a*", '"$b"', "$b", "[xy]*", "?|??", "x|y")
            return "case %s in %s) %s;; %s) %s;; esac" % (self.word(inner), one, self.sequence(inner), self.pick("*", "b*", '""'),
                                                         self.sequence(inner))
        if kind == 9:
            return "(%s)" % self.sequence(inner)
        if kind == 10:
            return "{ %s; }" % self.sequence(inner)
        if kind == 11:
            names = " ".join(self.r.sample(self.NAMES, self.r.randrange(1, 3)))
            return "%s | { while read %s; do %s; done; }" % (self.command(inner), names, self.sequence(inner))
        if kind == 12:
            return "{ %s; } %s" % (self.sequence(inner), self.pick(">o1", ">>o2", "2>/dev/null", ">o1 2>/dev/null"))
        if self.r.random() < .5:
            return "! " + self.command(inner)
        return '{ { read %s; echo "$%s"; } <<E\n%s\nE\n}' % (self.var(), self.var(), self.pick(
            "x $a y", "$(echo in) z", "\\$a `echo b`", "p\\\\q"))

    def and_or(self, depth):
        text = self.command(depth)
        while self.r.random() < .3:
            text += self.pick(" && ", " || ") + self.command(depth)
        return text

    def sequence(self, depth):
        return "; ".join(self.and_or(depth) for _ in range(self.r.randrange(1, 3)))

    def script(self):
        lines = []
        if self.r.random() < .6:
            lines.append("set -e")
        if self.r.random() < .15:
            lines.append("set -u")
        if self.r.random() < .2:
            lines.append("trap 'echo bye $?' EXIT")
        for i in range(3):
            body = re.sub(r"\bf[012]\b", "echo", self.command(1))
            last = self.pick("", "return %d; " % self.r.randrange(2), 'local a=%s; echo "$a"; ' % self.word(0))
            lines.append("f%d() { %s; %s}" % (i, body, last))
        lines.append("a=foo b='x y' c= n=1; : >o1")
        lines += [self.and_or(2) for _ in range(self.r.randrange(2, 6))]
        return "\n".join(lines).encode() + b"\n"


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("tool")
    p.add_argument("--random", type=float, default=0)
    p.add_argument("--seed", type=int)
    p.add_argument("--verbose", action="store_true")
    p.add_argument("files", nargs="*")
    o = p.parse_intermixed_args()
    work = tempfile.mkdtemp(prefix="plimsoll-shell-")
    try:
        judge = Judge(os.path.abspath(o.tool), work, o.verbose)
        for path in o.files or sorted(glob.glob(CASES + "/*.sh")):
            path, _, only = path.partition(":")
            with open(path, "rb") as f:
                cases = f.read().split(b"####\n")
            for k, text in enumerate(cases):
                if text.strip() and (not only or only == str(k)):
                    judge.case(f"{os.path.basename(path)}:{k}", text)
        print(f"{judge.count} cases, {judge.different} different")
        seed = o.seed if o.seed is not None else int(time.time())
        end = time.monotonic() + o.random
        n = 0
        while time.monotonic() < end and judge.different < 5:
            with contextlib.suppress(subprocess.TimeoutExpired):  # a loop that dash does not end
                judge.case(f"random: --seed {seed + n}", Writer(seed + n).script())
            n += 1
        if n:
            print(f"{n} scripts from seed {seed}")
        return judge.different > 0
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main())
