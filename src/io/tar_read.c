// SPDX-License-Identifier: Apache-2.0
#include "io/tar_int.h"

#include "base/num.h"
#include "io/stream_int.h"

#define READ_AHEAD ((size_t)128 << 10)
/* Long name, long link, pax header: a writer needs three, some repeat one. */
#define EXTENSIONS_MAX 16

struct pl_tar {
	struct pl_source *in;
	const struct pl_limits *limits;
	char *what;
	char *ahead; /* READ_AHEAD bytes */
	size_t at, n;
	uint64_t left; /* of the current body */
	size_t pad;    /* zero bytes after it */
	uint64_t entries;
	unsigned extensions; /* headers seen before the next entry */
	struct pl_tar_pax pax;
	struct pl_buf extension;            /* body of an extension header */
	struct pl_buf long_name, long_link; /* GNU 'L', 'K' */
	struct pl_buf path, link;
	bool ended;
	struct pl_err err;
};

struct pl_tar *pl_tar_new(struct pl_source *in, const struct pl_limits *limits, const char *what)
{
	struct pl_tar *t = pl_xcalloc(1, sizeof(*t));
	t->in = in;
	t->limits = limits;
	t->what = pl_xstrdup(what);
	t->ahead = pl_xrealloc(NULL, READ_AHEAD, 1);
	return t;
}

void pl_tar_free(struct pl_tar *t)
{
	if (!t)
		return;
	pl_source_free(t->in);
	pl_tar_pax_done(&t->pax);
	pl_buf_done(&t->extension);
	pl_buf_done(&t->long_name);
	pl_buf_done(&t->long_link);
	pl_buf_done(&t->path);
	pl_buf_done(&t->link);
	free(t->ahead);
	free(t->what);
	free(t);
}

/* ---- bytes ---- */

/* Makes at least one byte available: 1, or 0 at the end of the source. */
static int more(struct pl_tar *t, struct pl_err *err)
{
	if (t->at < t->n)
		return 1;
	int64_t k = pl_source_read(t->in, t->ahead, READ_AHEAD, err);
	if (k < 0)
		return (int)k;
	t->at = 0;
	t->n = (size_t)k;
	return k > 0;
}

static int too_early(struct pl_tar *t, struct pl_err *err)
{
	return pl_fail(err, PL_INPUT, "the tar archive ends too early, after %llu entries",
		       (unsigned long long)t->entries);
}

/* p NULL: skips. */
static int take(struct pl_tar *t, void *p, uint64_t n, struct pl_err *err)
{
	char *to = p;
	while (n) {
		int rc = more(t, err);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return too_early(t, err);
		size_t k = t->n - t->at;
		if (k > n)
			k = (size_t)n;
		if (to) {
			memcpy(to, t->ahead + t->at, k);
			to += k;
		}
		t->at += k;
		n -= k;
	}
	return 0;
}

static int64_t read_body(struct pl_tar *t, void *p, size_t n, struct pl_err *err)
{
	if (!t->left || !n)
		return 0;
	if (n > t->left)
		n = (size_t)t->left;
	int64_t k;
	if (t->at == t->n && n >= READ_AHEAD / 2) {
		k = pl_source_read(t->in, p, n, err); /* large bodies: without a copy */
		if (k < 0)
			return k;
		if (k == 0)
			return too_early(t, err);
	} else {
		int rc = more(t, err);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return too_early(t, err);
		if (n > t->n - t->at)
			n = t->n - t->at;
		memcpy(p, t->ahead + t->at, n);
		t->at += n;
		k = (int64_t)n;
	}
	t->left -= (uint64_t)k;
	return k;
}

/* ---- names ---- */

/* Checks raw and writes it normalised: see tar.h. */
static int normalise(struct pl_tar *t, struct pl_str raw, struct pl_buf *to, struct pl_err *err)
{
	char text[200];
	if (raw.n > t->limits->path_bytes)
		return pl_fail(err, PL_LIMIT, "a path of %zu bytes, at most %llu are read", raw.n,
			       (unsigned long long)t->limits->path_bytes);
	pl_buf_clear(to);
	for (struct pl_str rest = raw; rest.p;) {
		struct pl_str part = pl_str_cut(&rest, '/');
		if (!part.n || pl_str_is(part, "."))
			continue;
		if (pl_str_is(part, ".."))
			return pl_fail(err, PL_INPUT, "%s: a path with \"..\"",
				       pl_escape(text, sizeof(text), raw.p, raw.n));
		if (to->n)
			pl_buf_addc(to, '/');
		pl_buf_addstr(to, part);
	}
	pl_buf_add(to, "", 0); /* NUL-terminated also when empty */
	return 0;
}

static struct pl_str field(const char *p, size_t size)
{
	return (struct pl_str){p, strnlen(p, size)};
}

static bool is_posix(const struct pl_tar_block *b) { return !memcmp(b->magic, "ustar\0", 6); }
static bool is_old(const struct pl_tar_block *b) { return memcmp(b->magic, "ustar", 5) != 0; }

static int entry_names(struct pl_tar *t, const struct pl_tar_block *b, bool *ret_slash,
		       struct pl_err *err)
{
	char text[200];
	PL_AUTO(buf) both = {0};
	struct pl_str raw = field(b->name, sizeof(b->name));
	if (t->pax.has_path) {
		raw = pl_buf_str(&t->pax.path);
	} else if (t->long_name.n) {
		raw = pl_buf_str(&t->long_name);
	} else if (is_posix(b) && b->prefix[0]) {
		pl_buf_addstr(&both, field(b->prefix, sizeof(b->prefix)));
		pl_buf_addc(&both, '/');
		pl_buf_addstr(&both, raw);
		raw = pl_buf_str(&both);
	}
	*ret_slash = raw.n && raw.p[raw.n - 1] == '/';
	int rc = normalise(t, raw, &t->path, err);
	if (rc < 0 || (b->type != PL_TAR_SYMLINK && b->type != PL_TAR_HARDLINK))
		return rc;

	struct pl_str link = field(b->link, sizeof(b->link));
	if (t->pax.has_link)
		link = pl_buf_str(&t->pax.link);
	else if (t->long_link.n)
		link = pl_buf_str(&t->long_link);
	if (b->type == PL_TAR_HARDLINK) {
		rc = normalise(t, link, &t->link, err);
	} else {
		pl_buf_clear(&t->link);
		pl_buf_addstr(&t->link, link);
		if (link.n > t->limits->path_bytes)
			rc = pl_fail(err, PL_LIMIT, "a link of %zu bytes, at most %llu are read",
				     link.n, (unsigned long long)t->limits->path_bytes);
	}
	if (rc == 0 && !t->link.n)
		rc = pl_fail(err, PL_INPUT, "a link to nothing");
	return rc < 0 ? pl_ctx(err, "%s", pl_escape(text, sizeof(text), t->path.p, t->path.n)) : 0;
}

/* ---- extension headers ---- */

static int extension_body(struct pl_tar *t, const struct pl_tar_block *b, struct pl_err *err)
{
	uint64_t size;
	if (!pl_tar_number(b->size, sizeof(b->size), INT64_MAX, &size, NULL))
		return pl_fail(err, PL_INPUT, "an extended header with a malformed size");
	if (size > t->limits->header_bytes)
		return pl_fail(
			err, PL_LIMIT, "an extended header of %llu bytes, at most %llu are read",
			(unsigned long long)size, (unsigned long long)t->limits->header_bytes);
	if (++t->extensions > EXTENSIONS_MAX)
		return pl_fail(err, PL_INPUT, "more than %d extended headers for one entry",
			       EXTENSIONS_MAX);
	pl_buf_clear(&t->extension);
	t->extension.max = (size_t)t->limits->header_bytes;
	char *to = pl_buf_room(&t->extension, (size_t)size);
	if (!to)
		return pl_buf_check(&t->extension, "extended header", err);
	int rc = take(t, to, size, err);
	if (rc < 0)
		return rc;
	t->extension.n = (size_t)size;
	t->extension.p[size] = '\0';
	return take(t, NULL, pl_tar_padding(size), err);
}

/* A long name ends with one NUL, or with padding of NULs. */
static int gnu_long(struct pl_tar *t, struct pl_buf *to, struct pl_err *err)
{
	struct pl_str s = pl_buf_str(&t->extension);
	while (s.n && s.p[s.n - 1] == '\0')
		s.n--;
	if (!s.n || memchr(s.p, 0, s.n))
		return pl_fail(err, PL_INPUT, "a malformed long name");
	pl_buf_clear(to);
	pl_buf_addstr(to, s);
	return 0;
}

/* A global header holds for all entries after it. What it may hold here is comment (git archive):
 * ignoring a size or a path would read other entries than another tar does. */
static int pax_global(struct pl_tar *t, struct pl_err *err)
{
	struct pl_tar_pax g = {0};
	int rc = pl_tar_pax_parse(&g, pl_buf_str(&t->extension), err);
	if (rc == 0 && pl_tar_pax_any(&g))
		rc = pl_fail(err, PL_INPUT, "a global pax header that changes entries");
	pl_tar_pax_done(&g);
	return rc;
}

/* 1: the block was an extension header and is dealt with; 0: it begins an entry. */
static int extension_header(struct pl_tar *t, const struct pl_tar_block *b, struct pl_err *err)
{
	int rc;
	if (!strchr("xgLK", b->type) || !b->type)
		return 0;
	rc = extension_body(t, b, err);
	if (rc < 0)
		return rc;
	if (b->type == 'x')
		rc = pl_tar_pax_parse(&t->pax, pl_buf_str(&t->extension), err);
	else if (b->type == 'g')
		rc = pax_global(t, err);
	else
		rc = gnu_long(t, b->type == 'L' ? &t->long_name : &t->long_link, err);
	return rc < 0 ? rc : 1;
}

/* ---- entries ---- */

static int bad(struct pl_tar *t, const char *why, struct pl_err *err)
{
	char text[200];
	return pl_fail(err, PL_INPUT, "%s: %s", pl_escape(text, sizeof(text), t->path.p, t->path.n),
		       why);
}

static int check_sum(struct pl_tar *t, const struct pl_tar_block *b, struct pl_err *err)
{
	uint64_t want;
	uint32_t sum = pl_tar_checksum(b);
	/* Some old programs summed signed chars: each byte over 127 counts 256 less. */
	const unsigned char *p = (const unsigned char *)b;
	const size_t at = offsetof(struct pl_tar_block, checksum);
	if (pl_tar_number(b->checksum, sizeof(b->checksum), UINT32_MAX, &want, NULL)) {
		if (want == sum)
			return 0;
		for (size_t i = 0; i < TAR_BLOCK; i++)
			if ((i < at || i >= at + sizeof(b->checksum)) && p[i] > 127)
				sum -= 256;
		if ((uint32_t)want == sum)
			return 0;
	}
	return pl_fail(err, PL_INPUT, "not a tar header, or a damaged one, after %llu entries",
		       (unsigned long long)t->entries);
}

static int entry_type(struct pl_tar *t, const struct pl_tar_block *b, bool slash,
		      enum pl_tar_type *ret, struct pl_err *err)
{
	char c = b->type;
	if (c == '\0' || c == '0' || c == '7') /* '7': contiguous, a file like another */
		/* Before POSIX a directory was a file whose name ends with a slash. */
		c = slash && c != '7' ? '5' : '0';
	if (c == 'S' || t->pax.sparse)
		return bad(t, "a sparse file; pack it without --sparse", err);
	if (c < '0' || c > '6')
		return bad(t, "an entry of a type that is not known", err);
	*ret = (enum pl_tar_type)c;
	return 0;
}

static int entry_numbers(struct pl_tar *t, const struct pl_tar_block *b, struct pl_tar_entry *e,
			 struct pl_err *err)
{
	uint64_t mode, uid = t->pax.uid, gid = t->pax.gid, mtime = 0, major = 0, minor = 0;
	bool before_1970;
	if (!pl_tar_number(b->mode, sizeof(b->mode), UINT32_MAX, &mode, NULL))
		return bad(t, "a malformed mode", err);
	if (!t->pax.has_uid && !pl_tar_number(b->uid, sizeof(b->uid), UINT32_MAX, &uid, NULL))
		return bad(t, "a malformed uid", err);
	if (!t->pax.has_gid && !pl_tar_number(b->gid, sizeof(b->gid), UINT32_MAX, &gid, NULL))
		return bad(t, "a malformed gid", err);
	if (!t->pax.has_mtime &&
	    !pl_tar_number(b->mtime, sizeof(b->mtime), INT64_MAX, &mtime, &before_1970))
		return bad(t, "a malformed mtime", err);
	if ((e->type == PL_TAR_CHAR || e->type == PL_TAR_BLOCK) && !is_old(b) &&
	    (!pl_tar_number(b->major, sizeof(b->major), TAR_DEV_MAX, &major, NULL) ||
	     !pl_tar_number(b->minor, sizeof(b->minor), TAR_DEV_MAX, &minor, NULL)))
		return bad(t, "malformed device numbers", err);
	e->mode = (uint32_t)mode & 07777;
	e->uid = (uint32_t)uid;
	e->gid = (uint32_t)gid;
	e->mtime = t->pax.has_mtime ? t->pax.mtime : (int64_t)mtime;
	e->major = (uint32_t)major;
	e->minor = (uint32_t)minor;
	return 0;
}

static int entry_size(struct pl_tar *t, const struct pl_tar_block *b, struct pl_tar_entry *e,
		      struct pl_err *err)
{
	uint64_t size = t->pax.size;
	if (!t->pax.has_size && !pl_tar_number(b->size, sizeof(b->size), INT64_MAX, &size, NULL))
		return bad(t, "a malformed size", err);
	/* Programs differ on whether these two may have a body: reading on would mean to guess. */
	if (size && e->type == PL_TAR_HARDLINK)
		return bad(t, "a hard link with a body", err);
	if (size && e->type == PL_TAR_DIR)
		return bad(t, "a directory with a body", err);
	e->size = e->type == PL_TAR_FILE ? size : 0;
	return 0;
}

static int begin_entry(struct pl_tar *t, const struct pl_tar_block *b, struct pl_tar_entry *ret,
		       struct pl_err *err)
{
	struct pl_tar_entry e = {0};
	bool slash;
	if (++t->entries > t->limits->archive_entries)
		return pl_fail(err, PL_LIMIT, "more than %llu entries",
			       (unsigned long long)t->limits->archive_entries);
	pl_buf_clear(&t->link);
	int rc = entry_names(t, b, &slash, err);
	if (rc == 0)
		rc = entry_type(t, b, slash, &e.type, err);
	if (rc == 0 && !t->path.n && e.type != PL_TAR_DIR)
		rc = bad(t, "an entry without a name", err);
	if (rc == 0)
		rc = entry_numbers(t, b, &e, err);
	if (rc == 0)
		rc = entry_size(t, b, &e, err);
	if (rc < 0)
		return rc;
	e.path = pl_buf_str(&t->path);
	e.link = pl_buf_str(&t->link);
	e.capability = pl_buf_str(&t->pax.capability);
	t->left = e.size;
	t->pad = pl_tar_padding(e.size);
	*ret = e;
	return 1;
}

/* After an end-of-archive block only zeros may come, up to the verified end of the source. */
static int end_of_archive(struct pl_tar *t, struct pl_err *err)
{
	int rc;
	if (t->extensions)
		return pl_fail(err, PL_INPUT, "an extended header without an entry");
	while ((rc = more(t, err)) > 0) {
		const char *p = t->ahead + t->at;
		size_t n = t->n - t->at;
		if (p[0] || memcmp(p, p + 1, n - 1) != 0)
			return pl_fail(err, PL_INPUT, "bytes after the end of the tar archive");
		t->at = t->n;
	}
	t->ended = rc == 0;
	return rc;
}

static int next_entry(struct pl_tar *t, struct pl_tar_entry *ret, struct pl_err *err)
{
	static const struct pl_tar_block zero;
	struct pl_tar_block b;
	int rc = take(t, NULL, t->left, err);
	if (rc == 0)
		rc = take(t, NULL, t->pad, err);
	if (rc < 0)
		return rc;
	t->left = t->pad = 0;
	t->extensions = 0;
	pl_tar_pax_clear(&t->pax);
	pl_buf_clear(&t->long_name);
	pl_buf_clear(&t->long_link);
	for (;;) {
		rc = take(t, &b, sizeof(b), err);
		if (rc < 0)
			return rc;
		if (!memcmp(&b, &zero, sizeof(b)))
			return end_of_archive(t, err);
		rc = check_sum(t, &b, err);
		if (rc < 0)
			return rc;
		rc = extension_header(t, &b, err);
		if (rc == 0)
			return begin_entry(t, &b, ret, err);
		if (rc < 0)
			return rc;
	}
}

int pl_tar_next(struct pl_tar *t, struct pl_tar_entry *ret, struct pl_err *err)
{
	if (t->err.code) {
		*err = t->err;
		return -(int)err->code;
	}
	if (t->ended)
		return 0;
	int rc = next_entry(t, ret, err);
	if (rc < 0) {
		pl_stream_ctx(err, t->what);
		t->err = *err;
	}
	return rc;
}

int64_t pl_tar_read(struct pl_tar *t, void *p, size_t n, struct pl_err *err)
{
	if (t->err.code) {
		*err = t->err;
		return -(int64_t)err->code;
	}
	int64_t k = read_body(t, p, n, err);
	if (k < 0) {
		pl_stream_ctx(err, t->what);
		t->err = *err;
	}
	return k;
}
