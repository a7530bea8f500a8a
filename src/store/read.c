// SPDX-License-Identifier: Apache-2.0
/* Reading content, and what happens to content that is not what its name says. */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct checked_source {
	struct pl_source s;
	struct pl_source *in; /* verifies */
	struct pl_store *store;
	enum pl_store_area area;
	struct pl_digest digest;
	uint64_t dev, ino;
};

/* Moves the file out of its area into tmp/ if it is still the one with that device and inode. */
static bool set_aside(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		      uint64_t dev, uint64_t ino)
{
	char hex[PL_DIGEST_TEXT], to[128];
	struct stat st;
	pl_digest_hex(d, hex);
	/* Somebody may have put a good one in its place meanwhile. */
	if (fstatat(s->area_fd[a], hex, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (uint64_t)st.st_dev != dev || (uint64_t)st.st_ino != ino)
		return true;
	snprintf(to, sizeof(to), "damaged-%s.%ld.%u", hex, (long)getpid(),
		 atomic_fetch_add(&s->serial, 1));
	return renameat(s->area_fd[a], hex, s->tmp_fd, to) == 0;
}

static int64_t checked_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct checked_source *c = (struct checked_source *)s;
	int64_t k = pl_source_read(c->in, p, n, err);
	if (k != -PL_VERIFY)
		return k;
	PL_AUTOFREE char *path = pl_store_path(c->store, c->area, &c->digest);
	if (set_aside(c->store, c->area, &c->digest, c->dev, c->ino))
		return pl_fail(err, PL_VERIFY,
			       "%s: damaged on disk; it was moved aside, run it again to make or "
			       "fetch it anew",
			       path);
	return pl_fail(err, PL_VERIFY, "%s: damaged on disk; remove it and run it again", path);
}

static void checked_close(struct pl_source *s)
{
	struct checked_source *c = (struct checked_source *)s;
	pl_source_free(c->in);
	free(c);
}

int pl_store_read(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d, bool verify,
		  struct pl_source **ret, struct pl_err *err)
{
	static const struct pl_source_ops ops = {checked_read, checked_close};
	PL_AUTOFREE char *path = pl_store_path(s, a, d);
	char hex[PL_DIGEST_TEXT];
	struct stat st;
	PL_AUTOFD int fd = openat(s->area_fd[a], pl_digest_hex(d, hex),
				  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return pl_fail(err, PL_NOT_FOUND, "%s: not in the store", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return pl_fail(err, PL_INPUT, "%s: not a regular file", path);
	struct pl_source *in = pl_source_fd(fd, path);
	fd = -1;
	if (!verify) {
		*ret = in;
		return 0;
	}
	struct checked_source *c = pl_xcalloc(1, sizeof(*c));
	c->s.ops = &ops;
	c->in = pl_source_verify(in, UINT64_MAX, d, path);
	c->store = s;
	c->area = a;
	c->digest = *d;
	c->dev = (uint64_t)st.st_dev;
	c->ino = (uint64_t)st.st_ino;
	*ret = &c->s;
	return 0;
}

int pl_store_read_all(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		      struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	size_t before = ret->n;
	int rc = pl_store_read(s, a, d, true, &in, err);
	if (rc == 0) {
		PL_AUTOFREE char *path = pl_store_path(s, a, d);
		rc = pl_source_read_all(in, ret, path, err);
	}
	if (rc < 0 && ret->p) {
		ret->n = before;
		ret->p[before] = '\0';
	}
	return rc;
}

int pl_store_blame(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		   struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	struct pl_err found = {0};
	char chunk[16384];
	int64_t k = 0;
	/* What says nothing about the bytes: a signal, a full disk, a file that is gone. */
	if (err->code != PL_INPUT && err->code != PL_LIMIT && err->code != PL_CONFLICT &&
	    err->code != PL_VERIFY)
		return -(int)err->code;
	if (pl_store_read(s, a, d, true, &in, &found) == 0)
		while ((k = pl_source_read(in, chunk, sizeof(chunk), &found)) > 0)
			;
	if (k == -PL_VERIFY)
		*err = found;
	return -(int)err->code;
}
