# SPDX-License-Identifier: Apache-2.0
"""Names in the C sources, for tools/lint: read off the text, no compiler needed. It knows this project's style
(clang-format's), not all of C."""
import os
import re

# A static function is found by its name alone, in a backtrace, by grep and by a reader: these say nothing.
VAGUE = frozenset("add do_it do_one do_piece find make one or order piece run text".split())

# Macros of base/macros.h that paste a function's name together.
PASTED = ((r"\bPL_AUTO\((\w+)\)", "pl_%s_done"), (r"\bPL_AUTO_FREE\((\w+)\)", "pl_%s_free"))


def without_comments(text):
    """Comments, strings and characters blanked out, lines as they were."""
    def blank(m):
        kept = "\n" * m[0].count("\n")
        return kept if m[0].startswith("/") else '""' if m[0].startswith('"') else "' '"
    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def directives_blanked(text):
    return re.sub(r"(?m)^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda m: "\n" * m[0].count("\n"), text)


def bodies_blanked(text):
    """What stands in braces is gone, lines are as they were."""
    out, depth = [], 0
    for c in text:
        depth += c == "{"
        out.append(c if depth == 0 or c == "\n" else "{" if c == "{" and depth == 1 else " ")
        depth -= c == "}"
        if c == "}" and depth == 0:
            out[-1] = "}"
    return "".join(out)


class Sources:
    """What the C files of src/ and tests/ define, declare and use."""

    def __init__(self, tree):
        self.texts = {f: without_comments(tree.read(f)) for f in tree.c_files("src", "tests")}
        self.words = {}
        for name, text in self.texts.items():
            words = {}
            for w in re.findall(r"\bpl_\w+", text):
                words[w] = words.get(w, 0) + 1
            for pattern, form in PASTED:
                for w in re.findall(pattern, text):
                    words[form % w] = words.get(form % w, 0) + 1
            self.words[name] = words
        self.tops = {f: bodies_blanked(directives_blanked(t)) for f, t in self.texts.items() if f.startswith("src/")}

    def functions(self, name):
        """(what stands before it, function, line, whether it has its body here) of a file's top level."""
        text = self.tops[name]
        for m in re.finditer(r"(?m)^(?=[a-zA-Z_])[^;{}=]*?\b(\w+)\((?=[^;{}]*[;{])", text):
            rest = re.match(r"[^;{]*([;{])", text[m.end():])
            before = text[m.start():m.start(1)]
            if rest and not re.match(r"\s*(typedef|struct \w+ \{|enum)", before) and "(" not in before:
                yield before, m[1], line_of(text, m.start(1)), rest[1] == "{"


def check_tags(tree):
    """One tag, one type: a reader who finds `struct target` must not have to ask which."""
    seen = {}
    for name in tree.c_files("src"):
        text = without_comments(tree.read(name))
        for m in re.finditer(r"\b(?:struct|enum|union)\s+(\w+)\s*\{", text):
            seen.setdefault(m[1], []).append(f"{name}:{line_of(text, m.start())}")
    for tag, places in sorted(seen.items()):
        for place in places[1:]:
            yield f"{place}: the tag {tag} is also defined in {places[0]}"


def check_statics(tree):
    sources = Sources(tree)
    for name in sorted(sources.tops):
        for before, function, line, has_body in sources.functions(name):
            if has_body and re.search(r"\bstatic\b", before) and function in VAGUE:
                yield f"{name}:{line}: static {function}(): say what it does"


def check_exports(tree):
    """A function in a header is one that somebody else calls. Tests count as somebody."""
    sources = Sources(tree)
    generated = "".join(tree.read(f) for f in tree.files if f.startswith("tools/embed"))
    defined = {f: "tools/" for f in re.findall(r"\b(pl_\w+)\(", generated)}
    for name in sources.tops:
        for before, function, _, has_body in sources.functions(name):
            if has_body and not re.search(r"\bstatic\b", before):
                defined[function] = name
    for header in sorted(f for f in sources.tops if f.endswith(".h")):
        inner = []
        for before, function, line, has_body in sources.functions(header):
            if has_body or re.search(r"\b(static|typedef)\b", before) or not function.startswith("pl_"):
                continue
            home = defined.get(function)
            if not home:
                yield f"{header}:{line}: {function}() is declared and defined nowhere"
                continue
            users = [f for f, words in sources.words.items() if function in words and f not in (home, header)]
            if sources.words[header][function] > 1:
                users.append(header)  # by a macro or an inline function there
            if not users:
                yield f"{header}:{line}: {function}() is used in {home} alone: make it static"
            elif not header.endswith("_int.h") and not any(outside(f, header) for f in users):
                inner.append(function)
        if inner:
            tree.warnings.append(f"{header}: used in {os.path.dirname(header)}/ alone, so rather for a header _int.h: " +
                                 ", ".join(inner))


def outside(user, header):
    """Is the file that uses it of another directory? Tests do not count: they may include _int.h."""
    return user.startswith("src/") and os.path.dirname(user) != os.path.dirname(header) or user == header
