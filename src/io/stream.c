// SPDX-License-Identifier: Apache-2.0
#include "io/stream_int.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int pl_stream_ctx(struct pl_err *err, const char *what)
{
	if (!strncmp(err->msg, what, strlen(what)))
		return -(int)err->code;
	return pl_ctx(err, "%s", what);
}

/* ---- sources ---- */

int64_t pl_source_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	assert(n > 0); /* a 0 for "nothing wanted" would read as the verified end */
	if (s->err.code) {
		*err = s->err;
		return -(int64_t)err->code;
	}
	if (s->ended)
		return 0;
	if (n > (size_t)1 << 30)
		n = (size_t)1 << 30; /* some decoders count in 32 bits */
	int64_t k = s->ops->read(s, p, n, err);
	assert(k <= (int64_t)n);
	if (k == 0)
		s->ended = true;
	if (k < 0)
		s->err = *err;
	return k;
}

int pl_source_read_full(struct pl_source *s, void *p, size_t n, const char *what,
			struct pl_err *err)
{
	char *at = p;
	while (n) {
		int64_t k = pl_source_read(s, at, n, err);
		if (k < 0)
			return (int)k;
		if (k == 0)
			return pl_fail(err, PL_INPUT, "%s: ends too early", what);
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

int pl_source_read_all(struct pl_source *s, struct pl_buf *b, const char *what, struct pl_err *err)
{
	for (;;) {
		size_t max = b->max ? b->max : PL_BUF_MAX, n = max - b->n;
		char last[1]; /* a full buffer is an error only if one more byte comes */
		if (n > PL_IO_CHUNK)
			n = PL_IO_CHUNK;
		char *to = n ? pl_buf_room(b, n) : last;
		if (!to)
			return pl_buf_check(b, what, err);
		int64_t k = pl_source_read(s, to, n ? n : 1, err);
		if (k <= 0)
			return (int)k;
		if (!n) {
			b->overflow = true;
			return pl_buf_check(b, what, err);
		}
		b->n += (size_t)k;
		b->p[b->n] = '\0';
	}
}

void pl_source_free(struct pl_source *s)
{
	if (s)
		s->ops->close(s);
}

struct mem_source {
	struct pl_source s;
	struct pl_str rest;
};

static int64_t mem_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct mem_source *m = (struct mem_source *)s;
	(void)err;
	if (n > m->rest.n)
		n = m->rest.n;
	if (n)
		memcpy(p, m->rest.p, n);
	m->rest.p += n;
	m->rest.n -= n;
	return (int64_t)n;
}

static void plain_close(struct pl_source *s) { free(s); }

struct pl_source *pl_source_mem(struct pl_str data)
{
	static const struct pl_source_ops ops = {mem_read, plain_close};
	struct mem_source *m = pl_xcalloc(1, sizeof(*m));
	m->s.ops = &ops;
	m->rest = data.p ? data : PL_STR("");
	return &m->s;
}

struct fd_source {
	struct pl_source s;
	int fd;
	char *what;
};

static int64_t fd_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct fd_source *f = (struct fd_source *)s;
	ssize_t k;
	do
		k = read(f->fd, p, n);
	while (k < 0 && errno == EINTR);
	if (k < 0)
		return pl_fail_sys(err, errno, "%s", f->what);
	return k;
}

static void fd_close(struct pl_source *s)
{
	struct fd_source *f = (struct fd_source *)s;
	pl_close_fd(&f->fd);
	free(f->what);
	free(f);
}

struct pl_source *pl_source_fd(int fd, const char *what)
{
	static const struct pl_source_ops ops = {fd_read, fd_close};
	struct fd_source *f = pl_xcalloc(1, sizeof(*f));
	f->s.ops = &ops;
	f->fd = fd;
	f->what = pl_xstrdup(what);
	return &f->s;
}

int pl_source_file(const char *path, struct pl_source **ret, struct pl_err *err)
{
	/* O_NONBLOCK: opening a FIFO must not hang before it can be refused. */
	PL_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return pl_fail(err, PL_NOT_FOUND, "%s: no such file", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return pl_fail(err, PL_INPUT, "%s: not a regular file", path);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only a hint */
	*ret = pl_source_fd(fd, path);
	fd = -1;
	return 0;
}

/* ---- sinks ---- */

static int sink_sticky(struct pl_sink *s, int rc, const struct pl_err *err)
{
	if (rc < 0)
		s->err = *err;
	return rc;
}

int pl_sink_write(struct pl_sink *s, const void *p, size_t n, struct pl_err *err)
{
	if (s->err.code) {
		*err = s->err;
		return -(int)err->code;
	}
	return n ? sink_sticky(s, s->ops->write(s, p, n, err), err) : 0;
}

int pl_sink_finish(struct pl_sink *s, struct pl_err *err)
{
	if (s->err.code) {
		*err = s->err;
		return -(int)err->code;
	}
	return sink_sticky(s, s->ops->finish(s, err), err);
}

void pl_sink_free(struct pl_sink *s)
{
	if (s)
		s->ops->close(s);
}

struct buf_sink {
	struct pl_sink s;
	struct pl_buf *b;
};

static int buf_write(struct pl_sink *s, const void *p, size_t n, struct pl_err *err)
{
	struct buf_sink *bs = (struct buf_sink *)s;
	pl_buf_add(bs->b, p, n);
	return pl_buf_check(bs->b, "buffer", err);
}

static int buf_finish(struct pl_sink *s, struct pl_err *err)
{
	(void)s;
	(void)err;
	return 0;
}

static void buf_close(struct pl_sink *s) { free(s); }

struct pl_sink *pl_sink_buf(struct pl_buf *b)
{
	static const struct pl_sink_ops ops = {buf_write, buf_finish, buf_close};
	struct buf_sink *s = pl_xcalloc(1, sizeof(*s));
	s->s.ops = &ops;
	s->b = b;
	return &s->s;
}

int pl_copy(struct pl_source *in, struct pl_sink *out, uint64_t *ret_bytes, struct pl_err *err)
{
	PL_AUTOFREE char *chunk = pl_xrealloc(NULL, PL_IO_CHUNK, 1);
	uint64_t total = 0;
	for (;;) {
		int64_t k = pl_source_read(in, chunk, PL_IO_CHUNK, err);
		if (k < 0)
			return (int)k;
		if (k == 0)
			break;
		int rc = pl_sink_write(out, chunk, (size_t)k, err);
		if (rc < 0)
			return rc;
		total += (uint64_t)k;
	}
	if (ret_bytes)
		*ret_bytes = total;
	return 0;
}
