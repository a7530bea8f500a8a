// SPDX-License-Identifier: Apache-2.0
#include "oci/archive_int.h"

#include "io/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512
#define BUFFER ((size_t)256 << 10)
#define LINKS_MAX 8

/* ---- a part of the file as a source ---- */

struct section {
	struct pl_source base;
	int fd;
	const char *path;
	uint64_t at, end;
};

static int64_t read_at(int fd, const char *path, void *p, size_t n, uint64_t at, struct pl_err *err)
{
	for (;;) {
		ssize_t k = pread(fd, p, n, (off_t)at);
		if (k >= 0)
			return k;
		if (errno != EINTR)
			return pl_fail_sys(err, errno, "reading %s", path);
	}
}

static int64_t section_read(struct pl_source *base, void *p, size_t n, struct pl_err *err)
{
	struct section *s = (struct section *)base;
	if (s->at == s->end)
		return 0;
	if (n > s->end - s->at)
		n = (size_t)(s->end - s->at);
	int64_t k = read_at(s->fd, s->path, p, n, s->at, err);
	if (k == 0)
		return pl_fail(err, PL_INPUT, "%s: became shorter while it was read", s->path);
	if (k > 0)
		s->at += (uint64_t)k;
	return k;
}

static void section_close(struct pl_source *base) { free(base); }

static const struct pl_source_ops section_ops = {section_read, section_close};

struct pl_source *pl_tar_file_read(const struct tar_file *f, const struct tar_member *m)
{
	struct section *s = pl_xcalloc(1, sizeof(*s));
	s->base.ops = &section_ops;
	s->fd = f->fd;
	s->path = f->path;
	s->at = m->offset;
	s->end = m->offset + m->size;
	return &s->base;
}

/* ---- the pass that finds where everything is ---- */

/* Gives out one tar block a read, so that the reader never holds a byte of a body before it is
 * asked for: after a header `given` is where its body begins. */
struct blocks {
	struct pl_source base;
	int fd;
	const char *path;
	uint64_t given;
	char *buffer;
	size_t at, n;
};

static int64_t blocks_read(struct pl_source *base, void *p, size_t n, struct pl_err *err)
{
	struct blocks *b = (struct blocks *)base;
	if (b->at == b->n) {
		int64_t k = read_at(b->fd, b->path, b->buffer, BUFFER, b->given, err);
		if (k <= 0)
			return k;
		b->at = 0;
		b->n = (size_t)k;
	}
	size_t most = BLOCK - (size_t)(b->given % BLOCK);
	if (n > most)
		n = most;
	if (n > b->n - b->at)
		n = b->n - b->at;
	memcpy(p, b->buffer + b->at, n);
	b->at += n;
	b->given += n;
	return (int64_t)n;
}

static void blocks_close(struct pl_source *base)
{
	struct blocks *b = (struct blocks *)base;
	free(b->buffer);
	free(b);
}

static const struct pl_source_ops blocks_ops = {blocks_read, blocks_close};

/* Where a link of `path` leads inside the archive; NULL outside. Only text is looked at. */
static const char *link_target(struct pl_arena *a, struct pl_str path, struct pl_str link)
{
	size_t slash = pl_str_rfind(path, '/');
	const char *whole = pl_arena_printf(
		a, PL_STR_FMT "/" PL_STR_FMT,
		PL_STR_ARG(pl_str_sub(path, 0, slash == SIZE_MAX ? 0 : slash)), PL_STR_ARG(link));
	struct pl_str rest = pl_str_of(link.n && link.p[0] == '/' ? pl_arena_cstr(a, link) : whole);
	PL_AUTO(buf) out = {.max = 8192};
	while (rest.p) {
		struct pl_str part = pl_str_cut(&rest, '/');
		if (part.n == 0 || pl_str_is(part, "."))
			continue;
		if (pl_str_is(part, "..")) {
			size_t cut = pl_str_rfind(pl_buf_str(&out), '/');
			if (out.n == 0)
				return NULL;
			out.n = cut == SIZE_MAX ? 0 : cut;
			continue;
		}
		if (out.n)
			pl_buf_addc(&out, '/');
		pl_buf_addstr(&out, part);
	}
	return out.overflow ? NULL : pl_arena_strn(a, out.n ? out.p : "", out.n);
}

static int add_member(struct tar_file *f, struct pl_arena *a, const struct pl_tar_entry *e,
		      uint64_t offset, struct pl_err *err)
{
	if (e->type != PL_TAR_FILE && e->type != PL_TAR_SYMLINK && e->type != PL_TAR_HARDLINK)
		return 0;
	struct tar_member *m = pl_arena_new(a, struct tar_member);
	m->path = pl_arena_cstr(a, e->path);
	m->offset = offset;
	m->size = e->size;
	if (e->type == PL_TAR_SYMLINK)
		m->link = link_target(a, e->path, e->link);
	else if (e->type == PL_TAR_HARDLINK)
		m->link = pl_arena_cstr(a, e->link);
	if (e->type != PL_TAR_FILE && !m->link)
		m->link = ""; /* leads out of the archive: to nothing */
	if (pl_map_put(&f->members, pl_str_of(m->path), m)) {
		char shown[120];
		return pl_fail(err, PL_INPUT, "%s: '%s' is in it twice", f->path,
			       pl_escape(shown, sizeof(shown), e->path.p, e->path.n));
	}
	return 0;
}

static int index_members(const struct pl_env *env, struct pl_arena *a, struct tar_file *f,
			 struct pl_err *err)
{
	struct blocks *b = pl_xcalloc(1, sizeof(*b));
	b->base.ops = &blocks_ops;
	b->fd = f->fd;
	b->path = f->path;
	b->buffer = pl_xrealloc(NULL, BUFFER, 1);
	PL_AUTO_FREE(tar) t = pl_tar_new(&b->base, env->limits, f->path);
	struct pl_tar_entry e;
	int rc;
	while ((rc = pl_tar_next(t, &e, err)) == 1) {
		rc = add_member(f, a, &e, b->given, err);
		if (rc == 0)
			rc = pl_env_check(env, err);
		if (rc < 0)
			break;
	}
	return rc;
}

static int check_file(const struct tar_file *f, struct pl_err *err)
{
	struct stat st;
	uint8_t magic[6] = {0};
	if (fstat(f->fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", f->path);
	if (!S_ISREG(st.st_mode))
		return pl_fail(err, PL_INPUT, "%s: not a file", f->path);
	int64_t k = read_at(f->fd, f->path, magic, sizeof(magic), 0, err);
	if (k < 0)
		return (int)k;
	if (memcmp(magic, "\x1f\x8b", 2) == 0 ||
	    memcmp(magic,
		   "\xfd"
		   "7zXZ",
		   5) == 0 ||
	    memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
		return pl_fail(err, PL_INPUT,
			       "%s: is compressed; unpack it first (gunzip, unxz, "
			       "unzstd)",
			       f->path);
	return 0;
}

int pl_tar_file_open(const struct pl_env *env, struct pl_arena *a, const char *path,
		     struct tar_file *ret, struct pl_err *err)
{
	struct tar_file f = {.path = pl_arena_printf(a, "%s", path)};
	f.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f.fd < 0 && errno == ENOENT)
		return pl_fail(err, PL_NOT_FOUND, "%s: no such file", path);
	if (f.fd < 0)
		return pl_fail_sys(err, errno, "%s", path);
	int rc = check_file(&f, err);
	if (rc == 0)
		rc = index_members(env, a, &f, err);
	if (rc < 0) {
		pl_tar_file_done(&f);
		return rc;
	}
	*ret = f;
	return 0;
}

void pl_tar_file_done(struct tar_file *f)
{
	pl_close_fd(&f->fd);
	f->fd = -1;
	pl_map_done(&f->members);
}

int pl_tar_file_find(const struct tar_file *f, struct pl_str path, const struct tar_member **ret,
		     struct pl_err *err)
{
	const struct tar_member *m = NULL;
	char shown[120];
	struct pl_str at = path;
	for (int i = 0; i < LINKS_MAX; i++) {
		m = pl_map_get(&f->members, at);
		if (!m || !m->link)
			break;
		at = pl_str_of(m->link);
	}
	if (!m || m->link)
		return pl_fail(err, PL_INPUT, "%s: '%s' is not in it", f->path,
			       pl_escape(shown, sizeof(shown), path.p, path.n));
	*ret = m;
	return 0;
}
