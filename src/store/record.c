// SPDX-License-Identifier: Apache-2.0
/*
 * Records: small results under a digest of what they were made from. The file is "sha256:<hex>\n"
 * over kind, key and content, then the content: neither a torn write nor a file under a wrong name
 * passes for a record.
 */
#include "store/store_int.h"

#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD (PL_DIGEST_TEXT) /* "sha256:", 64 digits, newline */

static struct pl_digest seal(const char *kind, const struct pl_digest *key, struct pl_str data)
{
	struct pl_sha256 h = {0};
	struct pl_digest d;
	pl_sha256_init(&h);
	pl_sha256_add(&h, kind, strlen(kind) + 1);
	pl_sha256_add(&h, key->b, sizeof(key->b));
	if (data.n)
		pl_sha256_add(&h, data.p, data.n);
	pl_sha256_final(&h, &d);
	pl_sha256_done(&h);
	return d;
}

static char *record_path(const struct pl_store *s, const char *kind, const struct pl_digest *key)
{
	char hex[PL_DIGEST_TEXT];
	return pl_xprintf("%s/records/%s/%s", s->dir, kind, pl_digest_hex(key, hex));
}

static int read_record(struct pl_store *s, const char *kind, const struct pl_digest *key,
		       bool is_use, struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	PL_AUTOFREE char *path = record_path(s, kind, key);
	struct pl_err why = {0};
	struct pl_digest want, is;
	struct stat st;
	/* One that somebody else left, when he still could, is none (check_owner in store.c). */
	bool there = stat(path, &st) == 0;
	if (there &&
	    ((st.st_uid != geteuid() && st.st_uid != 0) || st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (there && is_use)
		pl_store_freshen(s, AT_FDCWD, path, &st);
	int rc = pl_file_read(path, s->env->limits->memory_file, &b, &why);
	if (rc == -PL_NOT_FOUND || rc == -PL_LIMIT)
		return 0; /* we never write one over the limit: damaged */
	if (rc < 0) {
		*err = why;
		return rc;
	}
	struct pl_str text = pl_buf_str(&b), data = pl_str_sub(text, HEAD, text.n);
	if (text.n < HEAD || text.p[HEAD - 1] != '\n' ||
	    !pl_digest_parse(pl_str_sub(text, 0, HEAD - 1), &want))
		return 0;
	is = seal(kind, key, data);
	if (!pl_digest_eq(&want, &is))
		return 0;
	size_t before = ret->n;
	pl_buf_addstr(ret, data);
	rc = pl_buf_check(ret, path, err);
	if (rc < 0)
		ret->n = before;
	return rc < 0 ? rc : 1;
}

int pl_store_record_get(struct pl_store *s, const char *kind, const struct pl_digest *key,
			struct pl_buf *ret, struct pl_err *err)
{
	return read_record(s, kind, key, true, ret, err);
}

int pl_store_record_peek(struct pl_store *s, const struct pl_store_item *record, struct pl_buf *ret,
			 struct pl_err *err)
{
	return read_record(s, record->kind, &record->digest, false, ret, err);
}

/* The directory of a kind, opened for one put; 0755 whatever the umask. */
static int kind_directory(struct pl_store *s, const char *kind, int *ret_fd, struct pl_err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	PL_AUTOFD int fd = openat(s->records_fd, kind, flags);
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(s->records_fd, kind, 0755) < 0 && errno != EEXIST)
			return pl_fail_sys(err, errno, "creating directory %s/records/%s", s->dir,
					   kind);
		fd = openat(s->records_fd, kind, flags);
		if (fd >= 0 && fchmod(fd, 0755) < 0)
			return pl_fail_sys(err, errno, "%s/records/%s", s->dir, kind);
	}
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s/records/%s", s->dir, kind);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int pl_store_record_put(struct pl_store *s, const char *kind, const struct pl_digest *key,
			struct pl_str data, struct pl_err *err)
{
	PL_AUTOFREE char *path = record_path(s, kind, key);
	PL_AUTO(file_tmp) tmp = {.fd = -1};
	struct pl_digest d = seal(kind, key, data);
	char head[HEAD], hex[PL_DIGEST_TEXT];
	PL_AUTOFD int dir = -1;
	assert(kind[0] && !strchr(kind, '/') && kind[0] != '.');
	if (data.n > s->env->limits->memory_file - HEAD)
		return pl_fail(err, PL_LIMIT, "%s: a record of %zu bytes", path, data.n);
	int rc = kind_directory(s, kind, &dir, err);
	if (rc == 0)
		rc = pl_store_tmp_open(s, "record", &tmp, err);
	if (rc < 0)
		return rc;
	pl_digest_format(&d, head);
	head[HEAD - 1] = '\n';
	rc = pl_write_all(tmp.fd, head, HEAD, path, err);
	if (rc == 0)
		rc = pl_write_all(tmp.fd, data.p, data.n, path, err);
	if (rc == 0)
		rc = pl_file_tmp_commit(&tmp, dir, pl_digest_hex(key, hex), 0644, false, path, err);
	return rc;
}
