// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/debhelper_int.h"

#include "base/buf.h"
#include "base/num.h"

/*
 * The forms. In a line, %w is one word of harmless characters, %W one or more such words, %q one or
 * more words in single quotes; everything else is literal. Indentation is not compared (debhelper's
 * own changed from tabs to blanks over time), comment lines are skipped. %T and %A stand for whole
 * lines that carry an effect.
 */
enum form_class {
	FORM_SYSTEMD,
	FORM_SYSV,
	FORM_PYTHON,
	FORM_UPGRADE,
	FORM_MENU,
	FORM_TMPFILES,
	FORM_ALTERNATIVES,
	FORM_APPARMOR,
	FORM_ICONS,
	FORM_CLASSES
};
static const char *const class_names[FORM_CLASSES] = {
	[FORM_SYSTEMD] = "systemd units",
	[FORM_SYSV] = "sysv init",
	[FORM_PYTHON] = "byte-compilation of python modules",
	[FORM_UPGRADE] = "upgrades only",
	[FORM_MENU] = "desktop menu",
	[FORM_TMPFILES] = "tmpfiles.d",
	[FORM_ALTERNATIVES] = "alternatives",
	[FORM_APPARMOR] = "apparmor profiles",
	[FORM_ICONS] = "icon caches",
};

#define ON_CONFIGURE                                                                               \
	"if [ \"$1\" = \"configure\" ] || [ \"$1\" = \"abort-upgrade\" ] || "                      \
	"[ \"$1\" = \"abort-deconfigure\" ] || [ \"$1\" = \"abort-remove\" ] ; then"
#define NO_ROOT "[ -z \"${DPKG_ROOT:-}\" ] && "

struct form {
	const char *tool; /* what follows "dh_" in the section's first line */
	enum form_class class;
	const char *lines[20];
};
static const struct form forms[] = {
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "deb-systemd-helper unmask %q >/dev/null || true",
	  "if deb-systemd-helper --quiet was-enabled %q; then",
	  "deb-systemd-helper enable %q >/dev/null || true", "else",
	  "deb-systemd-helper update-state %q >/dev/null || true", "fi", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if deb-systemd-helper debian-installed %q; then",
	  "deb-systemd-helper unmask %q >/dev/null || true",
	  "if deb-systemd-helper --quiet was-enabled %q; then",
	  "deb-systemd-helper enable %q >/dev/null || true", "fi", "fi",
	  "deb-systemd-helper update-state %q >/dev/null || true", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if [ -d /run/systemd/system ]; then",
	  "systemctl --system daemon-reload >/dev/null || true", "if [ -n \"$2\" ]; then",
	  "_dh_action=restart", "else", "_dh_action=start", "fi",
	  "deb-systemd-invoke $_dh_action %q >/dev/null || true", "fi", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -d /run/systemd/system ]; then",
	  "systemctl --system daemon-reload >/dev/null || true", "if [ -n \"$2\" ]; then",
	  "_dh_action=restart", "else", "_dh_action=start", "fi",
	  "deb-systemd-invoke $_dh_action %q >/dev/null || true", "fi", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if [ -d /run/systemd/system ]; then",
	  "systemctl --system daemon-reload >/dev/null || true",
	  "deb-systemd-invoke start %q >/dev/null || true", "fi", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -d /run/systemd/system ]; then",
	  "systemctl --system daemon-reload >/dev/null || true",
	  "deb-systemd-invoke start %q >/dev/null || true", "fi", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -d /run/systemd/system ]; then",
	  "systemctl --system daemon-reload >/dev/null || true", "if [ -n \"$2\" ]; then",
	  "deb-systemd-invoke restart %q >/dev/null || true", "fi", "fi", "fi"}},
	{"installsystemduser",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "if [ -z \"${DPKG_ROOT:-}\" ] ; then",
	  "deb-systemd-helper --user unmask %q >/dev/null || true",
	  "if deb-systemd-helper --quiet --user was-enabled %q ; then",
	  "deb-systemd-helper --user enable %q >/dev/null || true", "else",
	  "deb-systemd-helper --user update-state %q >/dev/null || true", "fi", "fi", "fi"}},
	{"installsystemduser",
	 FORM_SYSTEMD,
	 {ON_CONFIGURE, "deb-systemd-helper --user unmask %q >/dev/null || true",
	  "if deb-systemd-helper --quiet --user was-enabled %q; then",
	  "deb-systemd-helper --user enable %q >/dev/null || true", "else",
	  "deb-systemd-helper --user update-state %q >/dev/null || true", "fi", "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {"if [ \"$1\" = \"install\" ] && [ -n \"$2\" ] && [ -e \"/etc/init.d/%w\" ] ; then",
	  "chmod +x \"/etc/init.d/%w\" >/dev/null || true", "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {ON_CONFIGURE, "if [ -x \"/etc/init.d/%w\" ]; then", "update-rc.d %W >/dev/null || exit 1",
	  "fi", "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {ON_CONFIGURE, "if [ -x \"/etc/init.d/%w\" ]; then", "update-rc.d %W >/dev/null", "fi",
	  "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -x \"/etc/init.d/%w\" ]; then",
	  "update-rc.d %W >/dev/null", "if [ -n \"$2\" ]; then", "_dh_action=restart", "else",
	  "_dh_action=start", "fi", "invoke-rc.d --skip-systemd-native %w $_dh_action || exit 1",
	  "fi", "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -x \"/etc/init.d/%w\" ]; then",
	  "update-rc.d %W >/dev/null", "invoke-rc.d --skip-systemd-native %w start || exit 1", "fi",
	  "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -x \"/etc/init.d/%w\" ]; then",
	  "update-rc.d %W >/dev/null", "if [ -n \"$2\" ]; then", "_dh_action=restart", "else",
	  "_dh_action=start", "fi", "invoke-rc.d %W $_dh_action || true", "fi", "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {ON_CONFIGURE, "if " NO_ROOT "[ -x \"/etc/init.d/%w\" ]; then",
	  "update-rc.d %W >/dev/null", "if [ -n \"$2\" ]; then", "_dh_action=restart", "else",
	  "_dh_action=start", "fi", "invoke-rc.d %W $_dh_action || exit 1", "fi", "fi"}},
	{"installinit",
	 FORM_SYSV,
	 {"if " NO_ROOT "[ \"$1\" = upgrade ] && [ -x \"/etc/init.d/%w\" ] ; then",
	  "invoke-rc.d %W stop || exit 1", "fi"}},
	{"installinit",
	 FORM_TMPFILES,
	 {ON_CONFIGURE, "if [ -x \"$(command -v systemd-tmpfiles)\" ]; then",
	  "systemd-tmpfiles ${DPKG_ROOT:+--root=\"$DPKG_ROOT\"} --create %T >/dev/null || true",
	  "fi", "fi"}},
	{"installsystemd",
	 FORM_SYSTEMD,
	 {"if " NO_ROOT "[ \"$1\" = upgrade ] && [ -d /run/systemd/system ] ; then",
	  "deb-systemd-invoke stop %q >/dev/null || true", "fi"}},
	{"icons",
	 FORM_ICONS,
	 {ON_CONFIGURE, "if command -v update-icon-caches >/dev/null; then",
	  "update-icon-caches %W", "fi", "fi"}},
	{"python3",
	 FORM_PYTHON,
	 {"if command -v py3compile >/dev/null 2>&1; then", "py3compile -p %w", "fi",
	  "if command -v pypy3compile >/dev/null 2>&1; then", "pypy3compile -p %w  || true", "fi"}},
	{"python3",
	 FORM_PYTHON,
	 {"if command -v py3compile >/dev/null 2>&1; then", "py3compile -p %W", "fi",
	  "if command -v pypy3compile >/dev/null 2>&1; then", "pypy3compile -p %W || true", "fi"}},
	{"installmenu",
	 FORM_MENU,
	 {"if [ \"$1\" = \"configure\" ] && [ -x \"`command -v update-menus`\" ] && "
	  "[ -x \"$DPKG_ROOT`command -v update-menus`\" ]; then",
	  "update-menus", "fi"}},
	{"installmenu",
	 FORM_MENU,
	 {"if [ \"$1\" = \"configure\" ] && [ -x \"`command -v update-menus`\" ]; then",
	  "update-menus", "fi"}},
	{"installtmpfiles",
	 FORM_TMPFILES,
	 {ON_CONFIGURE, "if [ -x \"$(command -v systemd-tmpfiles)\" ]; then",
	  "systemd-tmpfiles ${DPKG_ROOT:+--root=\"$DPKG_ROOT\"} --create %T >/dev/null || true",
	  "fi", "fi"}},
	{"installtmpfiles",
	 FORM_TMPFILES,
	 {ON_CONFIGURE, "if [ -x \"$(command -v systemd-tmpfiles)\" ]; then",
	  "systemd-tmpfiles --create %T >/dev/null || true", "fi", "fi"}},
	{"installalternatives", FORM_ALTERNATIVES, {ON_CONFIGURE, "%A", "fi"}},
	{"installalternatives",
	 FORM_ALTERNATIVES,
	 {"if [ \"$1\" = \"configure\" ] || [ \"$1\" = \"abort-upgrade\" ] || "
	  "[ \"$1\" = \"abort-deconfigure\" ] || [ \"$1\" = \"abort-remove\" ]; then",
	  "%A", "fi"}},
	{"apparmor",
	 FORM_APPARMOR,
	 {"if [ \"$1\" = \"configure\" ]; then", "APP_PROFILE=\"/etc/apparmor.d/%w\"",
	  "if [ -f \"$APP_PROFILE\" ]; then", "LOCAL_APP_PROFILE=\"/etc/apparmor.d/local/%w\"",
	  "test -e \"$LOCAL_APP_PROFILE\" || {", "mkdir -p \"$(dirname \"$LOCAL_APP_PROFILE\")\"",
	  "install --mode 644 /dev/null \"$LOCAL_APP_PROFILE\"", "}",
	  "if aa-enabled --quiet 2>/dev/null; then",
	  "apparmor_parser -r -T -W \"$APP_PROFILE\" || true", "fi", "fi", "fi"}},
	{"apparmor",
	 FORM_APPARMOR,
	 {"if [ \"$1\" = \"configure\" ]; then", "APP_PROFILE=\"/etc/apparmor.d/%w\"",
	  "if [ -f \"$APP_PROFILE\" ]; then", "LOCAL_APP_PROFILE=\"/etc/apparmor.d/local/%w\"",
	  "test -e \"$LOCAL_APP_PROFILE\" || {", "mkdir -p `dirname \"$LOCAL_APP_PROFILE\"`",
	  "install --mode 644 /dev/null \"$LOCAL_APP_PROFILE\"", "}",
	  "if aa-enabled --quiet 2>/dev/null; then",
	  "apparmor_parser -r -T -W \"$APP_PROFILE\" || true", "fi", "fi", "fi"}},
};

struct recogniser {
	struct pl_arena *a;
	struct pl_str *line; /* trimmed */
	size_t n, at;
	bool seen[FORM_CLASSES];
	PL_VEC(struct pl_str) tmpfiles;
	PL_VEC(struct pl_alt_call) alternatives;
};

static bool harmless(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("@._:+~/-", c));
}

/* Cuts a word of harmless characters off the front. */
static struct pl_str take_word(struct pl_str *s)
{
	size_t n = 0;
	while (n < s->n && harmless(s->p[n]))
		n++;
	struct pl_str w = {s->p, n};
	*s = pl_str_sub(*s, n, s->n);
	return w;
}

/* One or more words; quoted: each in single quotes, as debhelper writes unit names (which may hold
 * a backslash escape). */
static bool take_words(struct pl_str *s, bool quoted, bool many)
{
	for (size_t count = 0;; count++) {
		struct pl_str save = *s;
		if (count) {
			if (!many || !s->n || s->p[0] != ' ')
				return true;
			*s = pl_str_sub(*s, 1, s->n);
		}
		bool ok = true;
		if (quoted) {
			ok = s->n && s->p[0] == '\'';
			*s = pl_str_sub(*s, 1, s->n);
			while (ok && s->n && (harmless(s->p[0]) || s->p[0] == '\\'))
				*s = pl_str_sub(*s, 1, s->n);
			ok = ok && s->n && s->p[0] == '\'';
			*s = pl_str_sub(*s, 1, s->n);
		} else {
			ok = take_word(s).n > 0;
		}
		if (!ok) {
			*s = save;
			return count > 0;
		}
	}
}

/* A tmpfiles.d file name: no directory of its own. */
static bool take_tmpfiles(struct recogniser *r, struct pl_str *s)
{
	do {
		if (s->n && s->p[0] == ' ')
			*s = pl_str_sub(*s, 1, s->n);
		struct pl_str w = take_word(s);
		if (!pl_str_ends(w, ".conf") || pl_str_find(w, '/') != SIZE_MAX)
			return false;
		*pl_vec_push(&r->tmpfiles) = w;
	} while (s->n > 1 && s->p[0] == ' ' && harmless(s->p[1]));
	return true;
}

/* Does the line have that form, in full? */
static bool line_matches(struct recogniser *r, struct pl_str s, const char *form)
{
	for (; *form; form++) {
		if (*form != '%') {
			if (!s.n || s.p[0] != *form)
				return false;
			s = pl_str_sub(s, 1, s.n);
			continue;
		}
		form++;
		bool ok = *form == 'T' ? take_tmpfiles(r, &s)
				       : take_words(&s, *form == 'q', *form != 'w');
		if (!ok)
			return false;
	}
	return s.n == 0;
}

/* Blank-separated words of a call over continued lines. */
static struct pl_str next_word(struct recogniser *r, struct pl_str *s)
{
	*s = pl_str_trim(*s);
	while (s->n == 1 && s->p[0] == '\\' && r->at < r->n)
		*s = r->line[r->at++];
	return take_word(s);
}

static bool take_alt(struct recogniser *r, struct pl_str *s, struct pl_alt_call *c)
{
	c->link = next_word(r, s);
	c->name = next_word(r, s);
	c->path = next_word(r, s);
	return pl_str_starts(c->link, "/") && pl_str_starts(c->path, "/") && c->name.n &&
	       pl_str_find(c->name, '/') == SIZE_MAX;
}

/* update-alternatives calls with literal arguments, up to a line that begins otherwise. */
static bool take_alternatives(struct recogniser *r)
{
	size_t calls = 0;
	while (r->at < r->n && pl_str_starts(r->line[r->at], "update-alternatives ")) {
		struct pl_str s = r->line[r->at++];
		struct pl_alt_call c = {0};
		PL_VEC(struct pl_alt_call) slaves = {0};
		uint64_t priority;
		bool ok = pl_str_is(next_word(r, &s), "update-alternatives") &&
			  pl_str_is(next_word(r, &s), "--install") && take_alt(r, &s, &c) &&
			  pl_parse_u64(next_word(r, &s), 1 << 30, &priority);
		for (struct pl_str w; ok && (w = next_word(r, &s)).n;)
			ok = pl_str_is(w, "--slave") && take_alt(r, &s, pl_vec_push(&slaves));
		if (ok && s.n == 0) {
			c.priority = (int64_t)priority;
			c.n_slaves = slaves.n;
			c.slaves = pl_arena_dup(r->a, slaves.v, slaves.n, sizeof(*slaves.v));
			*pl_vec_push(&r->alternatives) = c;
			calls++;
		} else {
			ok = false;
		}
		pl_vec_free(&slaves);
		if (!ok)
			return false;
	}
	return calls > 0;
}

static bool skip_comments(struct recogniser *r)
{
	while (r->at < r->n && (r->line[r->at].n == 0 || r->line[r->at].p[0] == '#') &&
	       !pl_str_starts(r->line[r->at], "# End automatically added section"))
		r->at++;
	return r->at < r->n;
}

static bool at_end(struct recogniser *r)
{
	return skip_comments(r) && pl_str_is(r->line[r->at], "# End automatically added section");
}

static bool form_matches(struct recogniser *r, const struct form *f)
{
	for (size_t i = 0; i < PL_COUNT(f->lines) && f->lines[i]; i++) {
		if (!skip_comments(r))
			return false;
		if (strcmp(f->lines[i], "%A") == 0) {
			if (!take_alternatives(r))
				return false;
		} else if (!line_matches(r, r->line[r->at++], f->lines[i])) {
			return false;
		}
	}
	return at_end(r);
}

/* dpkg-maintscript-helper acts on upgrades only (its manual: a version to upgrade from). */
static bool maintscript_section(struct recogniser *r)
{
	static const char *const verbs[] = {"rm_conffile ", "mv_conffile ", "symlink_to_dir ",
					    "dir_to_symlink "};
	size_t calls = 0;
	while (!at_end(r)) {
		if (r->at >= r->n)
			return false;
		struct pl_str s = r->line[r->at++];
		bool ok = false;
		if (!pl_str_starts(s, "dpkg-maintscript-helper "))
			return false;
		s = pl_str_sub(s, strlen("dpkg-maintscript-helper "), s.n);
		for (size_t i = 0; i < PL_COUNT(verbs); i++)
			ok = ok || pl_str_starts(s, verbs[i]);
		if (!ok || !pl_str_ends(s, " -- \"$@\""))
			return false;
		for (size_t i = 0; i + strlen(" -- \"$@\"") < s.n; i++)
			ok = ok && (harmless(s.p[i]) || (s.p[i] && strchr(" '_=,\\", s.p[i])));
		if (!ok)
			return false;
		calls++;
	}
	return calls > 0;
}

/* A section of generated code; r->at is at its first line. */
static bool section(struct recogniser *r)
{
	struct pl_str tool = r->line[r->at++];
	tool = pl_str_sub(tool, strlen("# Automatically added by dh_"), tool.n);
	tool = pl_str_sub(tool, 0, pl_str_find(tool, '/'));
	size_t body = r->at;
	if (pl_str_is(tool, "installdeb")) {
		r->seen[FORM_UPGRADE] = true;
		if (!maintscript_section(r))
			return false;
		r->at++;
		return true;
	}
	/* dh_systemd_* wrote the same code before debhelper 11. */
	bool old = pl_str_is(tool, "systemd_enable") || pl_str_is(tool, "systemd_start");
	for (size_t i = 0; i < PL_COUNT(forms); i++) {
		size_t tmp = r->tmpfiles.n, alt = r->alternatives.n;
		if (!pl_str_is(tool, forms[i].tool) &&
		    !(old && strcmp(forms[i].tool, "installsystemd") == 0))
			continue;
		r->at = body;
		if (form_matches(r, &forms[i])) {
			r->seen[forms[i].class] = true;
			r->at++;
			return true;
		}
		r->tmpfiles.n = tmp;
		r->alternatives.n = alt;
	}
	return false;
}

static bool is_one_of(struct pl_str s, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (pl_str_is(s, v[i]))
			return true;
	}
	return false;
}

/* "configure|triggered)": names of maintainer script actions (Policy 6.5), or "*)". */
static bool is_label(struct pl_str s)
{
	static const char *const actions[] = {
		"configure", "triggered",     "abort-upgrade", "abort-remove", "abort-deconfigure",
		"install",   "upgrade",       "remove",        "purge",        "failed-upgrade",
		"disappear", "abort-install", "deconfigure",   "reconfigure",  "in-favour",
		"removing",
	};
	if (!pl_str_ends(s, ")"))
		return false;
	struct pl_str rest = pl_str_sub(s, 0, s.n - 1);
	if (pl_str_is(rest, "*"))
		return true;
	while (rest.p) {
		struct pl_str one = pl_str_trim(pl_str_cut(&rest, '|'));
		if (!is_one_of(one, actions, PL_COUNT(actions)))
			return false;
	}
	return true;
}

/* The lines outside of sections: nothing may be done there. */
static bool skeleton(struct recogniser *r)
{
	static const char *const shells[] = {"#!/bin/sh",     "#! /bin/sh",    "#!/bin/sh -e",
					     "#! /bin/sh -e", "#!/bin/bash",   "#!/bin/bash -e",
					     "#! /bin/bash",  "#!/usr/bin/sh", "#!/usr/bin/bash"};
	static const char *const idle[] = {"set -e", "set -u", "set -eu", ":", "true"};
	static const char *const cases[] = {"case \"$1\" in", "case $1 in", "case \"${1}\" in"};
	enum { TOP, CASE, ARM, OTHERWISE } state = TOP;
	bool done = false; /* after the exit, a section would be dead code: not understood */
	if (!r->n || !is_one_of(r->line[0], shells, PL_COUNT(shells)))
		return false;
	for (r->at = 1; r->at < r->n;) {
		struct pl_str s = r->line[r->at];
		if (pl_str_starts(s, "# Automatically added by dh_")) {
			if (state == CASE || done || !section(r))
				return false;
			continue;
		}
		r->at++;
		if (!s.n || s.p[0] == '#')
			continue;
		if (state == TOP && is_one_of(s, cases, PL_COUNT(cases)))
			state = CASE;
		else if (state == CASE && pl_str_is(s, "esac"))
			state = TOP;
		else if (state == CASE && is_label(s))
			state = pl_str_is(s, "*)") ? OTHERWISE : ARM;
		else if ((state == ARM || state == OTHERWISE) && pl_str_is(s, ";;"))
			state = CASE;
		else if (state == OTHERWISE &&
			 (pl_str_is(s, "exit 1") ||
			  line_matches(r, s,
				       "echo \"%w called with unknown argument \\`$1'\" >&2")))
			continue;
		else if (state == TOP && pl_str_is(s, "exit 0"))
			done = true;
		else if (state == CASE || !is_one_of(s, idle, PL_COUNT(idle)))
			return false;
	}
	return state == TOP;
}

static const char *describe(struct recogniser *r)
{
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; i < FORM_CLASSES; i++) {
		if (r->seen[i])
			pl_buf_addf(&b, "%s%s", b.n ? ", " : "", class_names[i]);
	}
	return b.n ? pl_arena_cstr(r->a, pl_buf_str(&b)) : "empty";
}

bool pl_debhelper_recognise(struct pl_arena *a, struct pl_str text, struct pl_recognised *ret)
{
	struct recogniser r = {.a = a};
	PL_VEC(struct pl_str) lines = {0};
	while (text.p && text.n)
		*pl_vec_push(&lines) = pl_str_trim(pl_str_cut(&text, '\n'));
	r.line = lines.v;
	r.n = lines.n;
	bool ok = skeleton(&r);
	if (ok) {
		*ret = (struct pl_recognised){
			.classes = describe(&r),
			.n_tmpfiles = r.tmpfiles.n,
			.tmpfiles =
				pl_arena_dup(a, r.tmpfiles.v, r.tmpfiles.n, sizeof(*r.tmpfiles.v)),
			.n_alternatives = r.alternatives.n,
			.alternatives = pl_arena_dup(a, r.alternatives.v, r.alternatives.n,
						     sizeof(*r.alternatives.v)),
		};
	}
	pl_vec_free(&lines);
	pl_vec_free(&r.tmpfiles);
	pl_vec_free(&r.alternatives);
	return ok;
}
