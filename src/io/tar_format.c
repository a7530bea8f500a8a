// SPDX-License-Identifier: Apache-2.0
/* Writing tar headers. The bytes depend on the entry alone: no user names, no clock, no locale. */
#include "io/tar_int.h"

#include <assert.h>

#define OCTAL7 ((uint64_t)07777777)
#define OCTAL11 ((uint64_t)077777777777)

/* n - 1 digits and a NUL. */
static void octal(char *field, size_t n, uint64_t v)
{
	field[--n] = '\0';
	while (n--) {
		field[n] = (char)('0' + (v & 7));
		v >>= 3;
	}
	assert(v == 0);
}

static void copy(char *field, size_t size, struct pl_str s)
{
	memcpy(field, s.p, s.n < size ? s.n : size);
}

/* Splits at a slash into prefix and name (POSIX ustar). False if it does not fit. */
static bool split(struct pl_tar_block *b, struct pl_str path)
{
	size_t n = path.n;
	if (n <= sizeof(b->name)) {
		copy(b->name, sizeof(b->name), path);
		return true;
	}
	/* The name must not be empty: the slash at a directory's end does not split. */
	for (size_t i = n - sizeof(b->name) - 1; i + 2 <= n && i <= sizeof(b->prefix); i++) {
		if (path.p[i] != '/' || i == 0)
			continue;
		copy(b->prefix, sizeof(b->prefix), pl_str_sub(path, 0, i));
		copy(b->name, sizeof(b->name), pl_str_sub(path, i + 1, n));
		return true;
	}
	return false;
}

static void add_record(struct pl_buf *b, const char *key, struct pl_str value)
{
	/* The length counts its own digits. */
	size_t rest = strlen(key) + value.n + 3, n = rest + 1;
	for (size_t digits = 1, ten = 10;; digits++, ten *= 10) {
		n = rest + digits;
		if (n < ten)
			break;
	}
	pl_buf_addf(b, "%zu %s=", n, key);
	pl_buf_addstr(b, value);
	pl_buf_addc(b, '\n');
}

static void add_number(struct pl_buf *b, const char *key, uint64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	add_record(b, key, (struct pl_str){text, (size_t)n});
}

static void mark_ustar(struct pl_tar_block *b)
{
	memcpy(b->magic, "ustar\00000", 8);
	octal(b->major, sizeof(b->major), 0);
	octal(b->minor, sizeof(b->minor), 0);
}

static void emit(struct pl_buf *out, struct pl_tar_block *b)
{
	octal(b->checksum, 7, pl_tar_checksum(b));
	b->checksum[7] = ' ';
	pl_buf_add(out, b, sizeof(*b));
}

/* The extended header has a name for programs that do not know it; GNU tar's form without its
 * process id. */
static void emit_pax(struct pl_buf *out, struct pl_str path, struct pl_str records)
{
	struct pl_tar_block b = {.type = 'x'};
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	size_t slash = pl_str_rfind(path, '/');
	struct pl_str base = slash == SIZE_MAX ? path : pl_str_sub(path, slash + 1, path.n);
	copy(b.name, sizeof(b.name), PL_STR("PaxHeaders/"));
	copy(b.name + 11, 80, base);
	octal(b.mode, sizeof(b.mode), 0644);
	octal(b.uid, sizeof(b.uid), 0);
	octal(b.gid, sizeof(b.gid), 0);
	octal(b.size, sizeof(b.size), records.n);
	octal(b.mtime, sizeof(b.mtime), 0);
	mark_ustar(&b);
	emit(out, &b);
	pl_buf_addstr(out, records);
	pl_buf_zero(out, pl_tar_padding(records.n));
}

static int check(const struct pl_tar_entry *e, struct pl_str path, struct pl_err *err)
{
	char text[200];
	bool linked = e->type == PL_TAR_SYMLINK || e->type == PL_TAR_HARDLINK;
	if (memchr(path.p, 0, path.n) ||
	    (linked && (!e->link.n || memchr(e->link.p, 0, e->link.n))))
		return pl_fail(err, PL_INPUT, "%s: a name or link that tar cannot hold",
			       pl_escape(text, sizeof(text), path.p, path.n));
	if (e->major > TAR_DEV_MAX || e->minor > TAR_DEV_MAX)
		return pl_fail(err, PL_INPUT, "%s: device numbers over %u",
			       pl_escape(text, sizeof(text), path.p, path.n), TAR_DEV_MAX);
	return 0;
}

int pl_tar_format(struct pl_buf *out, const struct pl_tar_entry *e, struct pl_err *err)
{
	struct pl_tar_block b = {.type = (char)e->type};
	PL_AUTO(buf) path_buf = {0};
	PL_AUTO(buf) pax = {0};
	bool linked = e->type == PL_TAR_SYMLINK || e->type == PL_TAR_HARDLINK;
	bool device = e->type == PL_TAR_CHAR || e->type == PL_TAR_BLOCK;
	uint64_t size = e->type == PL_TAR_FILE ? e->size : 0;
	uint64_t mtime = e->mtime < 0 ? 0 : (uint64_t)e->mtime;
	pl_buf_addstr(&path_buf, e->path.n ? e->path : PL_STR("."));
	if (e->type == PL_TAR_DIR)
		pl_buf_addc(&path_buf, '/');
	struct pl_str path = pl_buf_str(&path_buf);
	int rc = check(e, path, err);
	if (rc < 0)
		return rc;

	if (!split(&b, path)) {
		copy(b.name, sizeof(b.name), path);
		add_record(&pax, "path", path);
	}
	if (linked) {
		copy(b.link, sizeof(b.link), e->link);
		if (e->link.n > sizeof(b.link))
			add_record(&pax, "linkpath", e->link);
	}
	if (size > OCTAL11)
		add_number(&pax, "size", size);
	if (e->uid > OCTAL7)
		add_number(&pax, "uid", e->uid);
	if (e->gid > OCTAL7)
		add_number(&pax, "gid", e->gid);
	if (mtime > OCTAL11)
		add_number(&pax, "mtime", mtime);
	if (e->capability.n)
		add_record(&pax, "SCHILY.xattr.security.capability", e->capability);
	if (pax.n)
		emit_pax(out, path, pl_buf_str(&pax));

	/* A number that a pax record carries is 0 here. */
	octal(b.mode, sizeof(b.mode), e->mode & 07777);
	octal(b.uid, sizeof(b.uid), e->uid > OCTAL7 ? 0 : e->uid);
	octal(b.gid, sizeof(b.gid), e->gid > OCTAL7 ? 0 : e->gid);
	octal(b.size, sizeof(b.size), size > OCTAL11 ? 0 : size);
	octal(b.mtime, sizeof(b.mtime), mtime > OCTAL11 ? 0 : mtime);
	mark_ustar(&b);
	if (device) {
		octal(b.major, sizeof(b.major), e->major);
		octal(b.minor, sizeof(b.minor), e->minor);
	}
	emit(out, &b);
	return pl_buf_check(out, "tar header", err);
}
