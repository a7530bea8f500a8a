// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/deb.h"

#include "base/deb822.h"
#include "base/num.h"
#include "debian/deb/normalise_int.h"
#include "lockfile/lock.h"
#include "tree/usrmerge.h"
#include "version/debian.h"

struct pl_deb {
	char *what;
	const struct pl_limits *limits;
	struct pl_ar *ar;
	struct pl_tar *data;
	struct pl_buf path, link; /* canonical forms of the current entry */
	bool ended;
	uint64_t data_max; /* of the data archive, once the control data is known */
};

/* As pl_usrmerge_path, in a buffer that is used again for each entry. */
static struct pl_str canonical(struct pl_buf *b, struct pl_str path)
{
	if (!pl_usrmerge_applies(path))
		return path;
	pl_buf_clear(b);
	pl_buf_adds(b, "usr/");
	pl_buf_addstr(b, path);
	return pl_buf_str(b);
}

/* deb(5): "2." and a minor number, one line. */
static int read_version(struct pl_deb *d, struct pl_ar_member *m, struct pl_err *err)
{
	PL_AUTO(buf) b = {.max = 64};
	int rc = pl_ar_next(d->ar, m, err);
	if (rc < 0)
		return rc;
	if (rc == 0 || strcmp(m->name, "debian-binary") != 0)
		return pl_fail(err, PL_INPUT, "%s: is not a .deb (no debian-binary member)",
			       d->what);
	PL_AUTO_FREE(source) body = pl_ar_body(d->ar);
	rc = pl_source_read_all(body, &b, d->what, err);
	if (rc < 0)
		return rc;
	if (b.n < 4 || memcmp(b.p, "2.", 2) != 0)
		return pl_fail(err, PL_INPUT, "%s: .deb format version is not 2", d->what);
	return 0;
}

/* The next member that counts, which must be prefix with a known compression. Members whose names
 * begin with '_' are to be ignored (deb(5)). */
static int find_member(struct pl_deb *d, const char *prefix, struct pl_ar_member *m,
		       const char **ret_suffix, struct pl_err *err)
{
	static const char *const suffixes[] = {"", ".gz", ".xz", ".zst"};
	int rc;
	while ((rc = pl_ar_next(d->ar, m, err)) > 0 && m->name[0] == '_')
		;
	if (rc < 0)
		return rc;
	if (rc == 0)
		return pl_fail(err, PL_INPUT, "%s: ends before %s", d->what, prefix);
	size_t n = strlen(prefix);
	for (size_t i = 0; i < PL_COUNT(suffixes); i++) {
		if (strncmp(m->name, prefix, n) == 0 && strcmp(m->name + n, suffixes[i]) == 0) {
			*ret_suffix = suffixes[i];
			return 0;
		}
	}
	char name[80];
	return pl_fail(err, PL_INPUT,
		       "%s: member '%s' where %s (plain, .gz, .xz or .zst) should be", d->what,
		       pl_escape(name, sizeof(name), m->name, strlen(m->name)), prefix);
}

/* The member's name says how it is packed, and dpkg believes it. */
static int open_tar(struct pl_deb *d, const char *part, struct pl_tar **ret, struct pl_err *err)
{
	struct pl_ar_member m;
	const char *suffix = NULL;
	int rc = find_member(d, part, &m, &suffix, err);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *what = pl_xprintf("%s: %s", d->what, part);
	struct pl_source *plain = NULL;
	rc = pl_source_decompress_as(pl_ar_body(d->ar), suffix, d->limits, what, &plain, err);
	if (rc < 0)
		return rc;
	if (d->data_max)
		plain = pl_source_limit(plain, d->data_max, what);
	*ret = pl_tar_new(plain, d->limits, what);
	return 0;
}

/* Whole body of the current control member into the arena, NUL-terminated. */
static int read_body(struct pl_deb *d, struct pl_tar *t, const struct pl_tar_entry *e,
		     struct pl_arena *a, uint64_t *left, struct pl_str *ret, struct pl_err *err)
{
	if (e->size > *left)
		return pl_fail(err, PL_LIMIT, "%s: control members over %llu bytes", d->what,
			       (unsigned long long)d->limits->memory_file);
	*left -= e->size;
	size_t n = (size_t)e->size, have = 0;
	char *p = pl_arena_alloc(a, n + 1);
	while (have < n) {
		int64_t got = pl_tar_read(t, p + have, n - have, err);
		if (got < 0)
			return (int)got;
		if (got == 0)
			return pl_fail(err, PL_INPUT, "%s: control member '%s' ends too early",
				       d->what, e->path.p);
		have += (size_t)got;
	}
	*ret = (struct pl_str){p, n};
	return 0;
}

/* What a control member is (deb-control-files): data we keep, data for tools that never run here,
 * or a script. An executable of another name is a script we do not know: it gets judged. */
enum member_kind { MEMBER_KEEP, MEMBER_SKIP, MEMBER_SCRIPT };
static enum member_kind member_kind(struct pl_str name, uint32_t mode)
{
	static const char *const keep[] = {"control", "md5sums", "conffiles", "templates"};
	static const char *const skip[] = {"shlibs", "symbols"};
	static const char *const scripts[] = {"preinst", "postinst", "prerm",
					      "postrm",  "config",   "triggers"};
	for (size_t i = 0; i < PL_COUNT(keep); i++) {
		if (pl_str_is(name, keep[i]))
			return MEMBER_KEEP;
	}
	for (size_t i = 0; i < PL_COUNT(skip); i++) {
		if (pl_str_is(name, skip[i]))
			return MEMBER_SKIP;
	}
	for (size_t i = 0; i < PL_COUNT(scripts); i++) {
		if (pl_str_is(name, scripts[i]))
			return MEMBER_SCRIPT;
	}
	return mode & 0111 ? MEMBER_SCRIPT : MEMBER_SKIP;
}

static int script_cmp(const void *a, const void *b)
{
	return strcmp(((const struct pl_script *)a)->name, ((const struct pl_script *)b)->name);
}

static int keep_member(struct pl_deb *d, struct pl_tar *t, const struct pl_tar_entry *e,
		       struct pl_arena *a, uint64_t *left, struct pl_control *c, struct pl_err *err)
{
	struct pl_str *to = NULL;
	enum member_kind k = member_kind(e->path, e->mode);
	if (k == MEMBER_SKIP)
		return 0;
	if (k == MEMBER_SCRIPT) {
		for (size_t i = 0; i < c->n_scripts; i++) {
			if (pl_str_is(e->path, c->scripts[i].name))
				return pl_fail(err, PL_INPUT, "%s: control member '%s' twice",
					       d->what, e->path.p);
		}
		if (c->n_scripts == PL_LOCK_SCRIPTS_MAX)
			return pl_fail(err, PL_LIMIT, "%s: over %d scripts", d->what,
				       PL_LOCK_SCRIPTS_MAX);
		struct pl_script *s = &c->scripts[c->n_scripts++];
		s->name = pl_arena_cstr(a, e->path);
		to = &s->text;
	} else {
		to = pl_str_is(e->path, "control")     ? &c->control
		     : pl_str_is(e->path, "md5sums")   ? &c->md5sums
		     : pl_str_is(e->path, "templates") ? &c->templates
						       : &c->conffiles;
		if (to->p)
			return pl_fail(err, PL_INPUT, "%s: control member '%s' twice", d->what,
				       e->path.p);
	}
	return read_body(d, t, e, a, left, to, err);
}

static int finish_control(struct pl_deb *d, struct pl_arena *a, struct pl_control *c,
			  struct pl_err *err)
{
	if (!c->control.p)
		return pl_fail(err, PL_INPUT, "%s: has no control file", d->what);
	if (memchr(c->control.p, 0, c->control.n))
		return pl_fail(err, PL_INPUT, "%s: a NUL in its control file", d->what);
	while (c->control.n && c->control.p[c->control.n - 1] == '\n')
		c->control.n--;
	char *text = pl_arena_alloc(a, c->control.n + 2);
	memcpy(text, c->control.p, c->control.n);
	text[c->control.n] = '\n';
	c->control = (struct pl_str){text, c->control.n + 1};
	struct pl_deb822_reader rd = {.rest = c->control, .what = d->what};
	struct pl_deb822 p, more;
	int rc = pl_deb822_next(&rd, false, &p, err);
	if (rc < 0)
		return rc;
	struct pl_str arch = {0};
	if (rc > 0)
		arch = pl_deb822_get(&p, "Architecture");
	if (!arch.n || !pl_deb822_get(&p, "Package").n || !pl_deb822_get(&p, "Version").n)
		return pl_fail(err, PL_INPUT, "%s: control lacks Package, Version or Architecture",
			       d->what);
	rc = pl_debver_check(pl_deb822_get(&p, "Version"), err);
	if (rc < 0)
		return pl_ctx(err, "%s", d->what);
	rc = pl_deb822_next(&rd, false, &more, err);
	if (rc != 0)
		return rc < 0 ? rc
			      : pl_fail(err, PL_INPUT, "%s: control has two paragraphs", d->what);
	if (c->n_scripts)
		qsort(c->scripts, c->n_scripts, sizeof(*c->scripts), script_cmp);
	for (size_t i = 0; i < c->n_scripts; i++)
		c->scripts[i].normalised = pl_script_normalise(c->scripts[i].text, arch);
	return 0;
}

/* Installed-Size is KiB as du counts them, the archive has headers and padding besides: twice as
 * much is honest. What says nothing, or too little, has what every package has. */
static uint64_t data_budget(const struct pl_limits *l, const struct pl_control *c)
{
	struct pl_deb822_reader rd = {.rest = c->control, .what = ""};
	struct pl_deb822 p;
	struct pl_err ignored = {0};
	uint64_t kib = 0;
	if (pl_deb822_next(&rd, false, &p, &ignored) != 1 ||
	    !pl_parse_u64(pl_deb822_get(&p, "Installed-Size"), l->unpacked_bytes >> 10, &kib))
		kib = 0;
	return kib * 2048 > l->package_bytes ? kib * 2048 : l->package_bytes;
}

static int read_control(struct pl_deb *d, struct pl_arena *a, struct pl_control *ret,
			struct pl_err *err)
{
	PL_AUTO_FREE(tar) t = NULL;
	struct pl_control c = {.scripts = pl_arena_array(a, struct pl_script, PL_LOCK_SCRIPTS_MAX)};
	struct pl_tar_entry e;
	uint64_t left = d->limits->memory_file;
	int rc = open_tar(d, "control.tar", &t, err);
	if (rc < 0)
		return rc;
	while ((rc = pl_tar_next(t, &e, err)) > 0) {
		if (e.type == PL_TAR_DIR)
			continue;
		if (e.type != PL_TAR_FILE)
			return pl_fail(err, PL_INPUT, "%s: control member '%s' is no plain file",
				       d->what, e.path.p);
		rc = keep_member(d, t, &e, a, &left, &c, err);
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	rc = finish_control(d, a, &c, err);
	if (rc < 0)
		return rc;
	*ret = c;
	return 0;
}

int pl_deb_open(struct pl_source *in, const struct pl_limits *l, const char *what,
		struct pl_arena *a, struct pl_control *ret_control, struct pl_deb **ret,
		struct pl_err *err)
{
	PL_AUTO_FREE(deb) d = pl_xcalloc(1, sizeof(*d));
	struct pl_ar_member m;
	struct pl_control c;
	d->what = pl_xstrdup(what);
	d->limits = l;
	int rc;
	if ((rc = pl_ar_new(in, what, &d->ar, err)) < 0 || (rc = read_version(d, &m, err)) < 0 ||
	    (rc = read_control(d, a, &c, err)) < 0)
		return rc;
	d->data_max = data_budget(l, &c);
	if ((rc = open_tar(d, "data.tar", &d->data, err)) < 0)
		return rc;
	*ret_control = c;
	*ret = pl_steal(&d);
	return 0;
}

int pl_deb_next(struct pl_deb *d, struct pl_tar_entry *ret, struct pl_err *err)
{
	struct pl_tar_entry e;
	struct pl_ar_member m;
	int rc;
	if (d->ended)
		return 0;
	do
		rc = pl_tar_next(d->data, &e, err);
	while (rc > 0 && e.path.n == 0);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		/* deb(5): members after data.tar are to be ignored, but must be well-formed. */
		do
			rc = pl_ar_next(d->ar, &m, err);
		while (rc > 0);
		d->ended = rc == 0;
		return rc;
	}
	/* trixie's base-files ships the links themselves: bin -> usr/bin stays where it is. */
	if (e.type != PL_TAR_SYMLINK || pl_str_find(e.path, '/') != SIZE_MAX)
		e.path = canonical(&d->path, e.path);
	if (e.type == PL_TAR_HARDLINK)
		e.link = canonical(&d->link, e.link);
	*ret = e;
	return 1;
}

const char *pl_deb_what(const struct pl_deb *d) { return d->what; }

int64_t pl_deb_read(struct pl_deb *d, void *p, size_t n, struct pl_err *err)
{
	return pl_tar_read(d->data, p, n, err);
}

void pl_deb_free(struct pl_deb *d)
{
	if (!d)
		return;
	pl_tar_free(d->data); /* borrows the archive: first */
	pl_ar_free(d->ar);
	pl_buf_done(&d->path);
	pl_buf_done(&d->link);
	free(d->what);
	free(d);
}
