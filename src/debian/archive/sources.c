// SPDX-License-Identifier: Apache-2.0
#include "debian/archive/sources_int.h"

#include "base/deb822.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <strings.h>

#define SOURCES_MAX ((uint64_t)4 << 20) /* one file of sources */
#define ENTRIES_MAX 4096                /* URI x suite pairs of all files */

typedef PL_VEC(const char *) words;

struct source_reading {
	struct pl_arena *a;
	struct pl_apt_sources *io;
	const char *name;
	struct pl_err *err;
};

static int bad(const struct source_reading *r, unsigned line, const char *why)
{
	return pl_fail(r->err, PL_INPUT, "%s:%u: %s", r->name, line, why);
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* A word of a one-line entry: "..." and [...] may hold blanks (sources.list(5) shows cdrom:[...]).
 */
static struct pl_str take_word(struct pl_str *rest)
{
	*rest = pl_str_trim(*rest);
	size_t i = 0;
	char until = '\0';
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (until) {
			until = c == until ? '\0' : until;
		} else if (c == '[' || c == '"') {
			until = c == '[' ? ']' : '"';
		} else if (blank(c)) {
			break;
		}
	}
	struct pl_str word = {rest->p, i};
	rest->p += i;
	rest->n -= i;
	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
		word = pl_str_sub(word, 1, word.n - 2);
	return word;
}

static void split_words(struct pl_arena *a, struct pl_str text, words *ret)
{
	for (;;) {
		struct pl_str w = take_word(&text);
		if (w.n == 0)
			return;
		*pl_vec_push(ret) = pl_arena_cstr(a, w);
	}
}

static const char *without_slashes(struct pl_arena *a, const char *uri)
{
	size_t n = strlen(uri);
	while (n && uri[n - 1] == '/')
		n--;
	return pl_arena_strn(a, uri, n);
}

static int add_source(const struct source_reading *r, unsigned line, const char *uri,
		      const char *suite, const char **components, const char *signed_by)
{
	struct pl_apt_sources *io = r->io;
	if (io->n == ENTRIES_MAX)
		return pl_fail(r->err, PL_LIMIT, "%s:%u: more than %d archives in the apt sources",
			       r->name, line, ENTRIES_MAX);
	if ((io->n & (io->n - 1)) == 0) { /* full at each power of two */
		struct pl_apt_source *v =
			pl_arena_array(r->a, struct pl_apt_source, io->n ? io->n * 2 : 1);
		if (io->n)
			memcpy(v, io->v, io->n * sizeof(*v));
		io->v = v;
	}
	io->v[io->n++] = (struct pl_apt_source){
		.uri = without_slashes(r->a, uri),
		.suite = suite,
		.components = components,
		.signed_by = signed_by,
	};
	return 0;
}

/* All suites at all URIs. Exact paths ("./", "suite/") name flat archives: no suite to ask for. */
static int add_all(const struct source_reading *r, unsigned line, const words *uris,
		   const words *suites, const words *components, const char *signed_by)
{
	const char **list = pl_arena_array(r->a, const char *, components->n + 1);
	for (size_t i = 0; i < components->n; i++)
		list[i] = components->v[i];
	for (size_t i = 0; i < uris->n; i++) {
		if (!strchr(uris->v[i], ':'))
			return bad(r, line, "the archive's address has no scheme (https://...)");
		for (size_t k = 0; k < suites->n; k++) {
			struct pl_str suite = pl_str_of(suites->v[k]);
			if (pl_str_ends(suite, "/"))
				continue;
			if (components->n == 0)
				return bad(r, line, "a suite without components (main)");
			int rc = add_source(r, line, uris->v[i], suites->v[k], list, signed_by);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* [ name=value name+=value ... ]: only signed-by matters. trusted=yes is not honoured: nothing
 * unverified is used. */
static void read_options(const struct source_reading *r, struct pl_str text,
			 const char **ret_signed_by)
{
	PL_AUTOFREE char *copy = pl_str_dup(text);
	struct pl_str rest = pl_str_of(copy);
	for (;;) {
		struct pl_str w = take_word(&rest);
		if (w.n == 0)
			return;
		struct pl_str name = pl_str_cut(&w, '=');
		if (pl_str_is(name, "signed-by") && w.n)
			*ret_signed_by = pl_arena_cstr(r->a, w);
	}
}

static int read_line(const struct source_reading *r, struct pl_str line, unsigned number)
{
	line = pl_str_trim(pl_str_sub(line, 0, pl_str_find(line, '#')));
	struct pl_str rest = line, type = take_word(&rest);
	if (line.n == 0 || pl_str_is(type, "deb-src"))
		return 0;
	if (!pl_str_is(type, "deb"))
		return bad(r, number, "an entry begins with 'deb' or 'deb-src'");
	const char *signed_by = NULL;
	rest = pl_str_trim(rest);
	if (rest.n && rest.p[0] == '[') {
		size_t end = pl_str_find(rest, ']');
		if (end == SIZE_MAX)
			return bad(r, number, "the options' ']' is missing");
		read_options(r, pl_str_sub(rest, 1, end - 1), &signed_by);
		rest = pl_str_sub(rest, end + 1, rest.n);
	}
	words uri = {0}, suite = {0}, components = {0};
	struct pl_str u = take_word(&rest), s = take_word(&rest);
	int rc = 0;
	if (u.n == 0 || s.n == 0) {
		rc = bad(r, number, "an entry is 'deb URI SUITE COMPONENT...'");
	} else {
		*pl_vec_push(&uri) = pl_arena_cstr(r->a, u);
		*pl_vec_push(&suite) = pl_arena_cstr(r->a, s);
		split_words(r->a, rest, &components);
		rc = add_all(r, number, &uri, &suite, &components, signed_by);
	}
	pl_vec_free(&uri);
	pl_vec_free(&suite);
	pl_vec_free(&components);
	return rc;
}

/* A field over several lines, without comments among them, each line's leading blank, and with
 * " ." as an empty line (an inline key has one). */
static const char *unfold(struct pl_arena *a, struct pl_str value)
{
	PL_AUTO(buf) b = {0};
	while (value.p) {
		struct pl_str line = pl_str_cut(&value, '\n');
		if (line.n && line.p[0] == '#')
			continue;
		line = pl_str_trim(line);
		if (!pl_str_is(line, "."))
			pl_buf_addstr(&b, line);
		if (value.p)
			pl_buf_addc(&b, '\n');
	}
	return pl_arena_cstr(a, pl_buf_str(&b));
}

static void split_field(struct pl_arena *a, const struct pl_deb822 *p, const char *field,
			words *ret)
{
	split_words(a, pl_str_of(unfold(a, pl_deb822_get(p, field))), ret);
}

static bool is_no(struct pl_str s)
{
	static const char *const no[] = {"no", "false", "without", "off", "disable"};
	for (size_t i = 0; i < PL_COUNT(no); i++)
		if (s.n == strlen(no[i]) && strncasecmp(s.p, no[i], s.n) == 0)
			return true;
	return s.n == 1 && s.p[0] == '0';
}

/* One word of the list alone, as Types has them. */
static bool has_word(const words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->v[i], word) == 0)
			return true;
	return false;
}

static int read_stanza(const struct source_reading *r, const struct pl_deb822 *p)
{
	unsigned line = p->f[0].line;
	words types = {0}, uris = {0}, suites = {0}, components = {0};
	split_field(r->a, p, "Types", &types);
	split_field(r->a, p, "URIs", &uris);
	split_field(r->a, p, "Suites", &suites);
	split_field(r->a, p, "Components", &components);
	struct pl_str key = pl_deb822_get(p, "Signed-By");
	const char *signed_by = key.n ? unfold(r->a, key) : NULL;
	int rc = 0;
	if (is_no(pl_deb822_get(p, "Enabled")))
		rc = 0;
	else if (types.n == 0)
		rc = bad(r, line, "the stanza has no Types field");
	else if (!has_word(&types, "deb"))
		rc = 0;
	else if (uris.n == 0)
		rc = bad(r, line, "the stanza has no URIs field");
	else if (suites.n == 0)
		rc = bad(r, line, "the stanza has no Suites field");
	else
		rc = add_all(r, line, &uris, &suites, &components, signed_by);
	pl_vec_free(&types);
	pl_vec_free(&uris);
	pl_vec_free(&suites);
	pl_vec_free(&components);
	return rc;
}

static int parse_into(const struct source_reading *r, struct pl_str text)
{
	int rc = 0;
	if (!pl_str_ends(pl_str_of(r->name), ".sources")) {
		for (unsigned n = 1; text.p && rc == 0; n++)
			rc = read_line(r, pl_str_cut(&text, '\n'), n);
		return rc;
	}
	struct pl_deb822_reader reader = {.rest = text, .what = r->name, .arena = r->a};
	struct pl_deb822 p;
	while ((rc = pl_deb822_next(&reader, true, &p, r->err)) > 0)
		if ((rc = read_stanza(r, &p)) < 0)
			return rc;
	return rc;
}

int pl_apt_sources_parse(struct pl_arena *a, struct pl_str text, const char *name,
			 struct pl_apt_sources *io, struct pl_err *err)
{
	if (text.n && memchr(text.p, '\0', text.n))
		return pl_fail(err, PL_INPUT, "%s: a NUL byte: not a file of apt sources", name);
	struct pl_apt_sources grown = *io; /* io stays as it is on failure */
	struct source_reading r = {a, &grown, name, err};
	int rc = parse_into(&r, text);
	if (rc == 0)
		*io = grown;
	return rc;
}

static int read_file(struct pl_arena *a, const char *root, const char *path,
		     struct pl_apt_sources *io, struct pl_err *err)
{
	PL_AUTOFREE char *full = pl_xprintf("%s%s", root, path);
	PL_AUTO(buf) b = {0};
	int rc = pl_file_read(full, SOURCES_MAX, &b, err);
	if (rc == -PL_NOT_FOUND)
		return 0;
	return rc < 0 ? rc : pl_apt_sources_parse(a, pl_buf_str(&b), path, io, err);
}

/* Names apt reads: letters, digits, _ - . and the extension .list or .sources (sources.list(5)). */
static bool name_counts(const char *name)
{
	struct pl_str s = pl_str_of(name);
	if (s.n == 0 || s.p[0] == '.' || !(pl_str_ends(s, ".list") || pl_str_ends(s, ".sources")))
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
	       s.n;
}

int pl_apt_sources_load(struct pl_arena *a, const char *root, struct pl_apt_sources *ret,
			struct pl_err *err)
{
	static const char parts[] = "/etc/apt/sources.list.d";
	struct pl_apt_sources all = {0};
	int rc = read_file(a, root, "/etc/apt/sources.list", &all, err);
	if (rc < 0)
		return rc;
	words names = {0};
	PL_AUTOFREE char *dir = pl_xprintf("%s%s", root, parts);
	DIR *d = opendir(dir);
	if (!d && errno != ENOENT)
		return pl_fail_sys(err, errno, "%s", dir);
	for (struct dirent *e; d && (e = readdir(d));)
		if (name_counts(e->d_name))
			*pl_vec_push(&names) = pl_arena_printf(a, "%s/%s", parts, e->d_name);
	if (d)
		closedir(d);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), pl_cstr_qsort);
	for (size_t i = 0; i < names.n && rc == 0; i++)
		rc = read_file(a, root, names.v[i], &all, err);
	pl_vec_free(&names);
	if (rc == 0)
		*ret = all;
	return rc;
}
