// SPDX-License-Identifier: Apache-2.0
/*
 * OCI image layouts (image-spec image-layout.md): oci-layout, index.json with the tags as
 * annotations, blobs/sha256/<hex>. Content first, pointer last: a blob appears by rename after its
 * digest was checked, index.json is replaced as a whole under a lock file. Members of index.json
 * that we do not know are kept.
 */
#include "oci/layout_int.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define STALE_S 86400
#define EMPTY_INDEX "{\"schemaVersion\":2,\"mediaType\":\"" PL_MT_INDEX "\",\"manifests\":[]}"

char *pl_layout_blob_path(const struct layout *l, const struct pl_digest *d)
{
	char hex[PL_DIGEST_TEXT];
	return pl_xprintf("%s/blobs/sha256/%s", l->dir, pl_digest_hex(d, hex));
}

static int layout_blob(struct pl_repo *repo, const struct pl_descriptor *d, struct pl_source **ret,
		       struct pl_err *err)
{
	struct layout *l = (struct layout *)repo;
	PL_AUTOFREE char *path = pl_layout_blob_path(l, &d->digest);
	struct pl_source *file;
	int rc = pl_source_file(path, &file, err);
	if (rc < 0)
		return pl_ctx(err, "%s: blob %s", repo->name, PL_DIGEST_STR(&d->digest));
	PL_AUTOFREE char *what = pl_xprintf("%s: blob %s", repo->name, PL_DIGEST_STR(&d->digest));
	*ret = pl_source_verify(file, d->size, &d->digest, what);
	return 0;
}

/* A file of another size is a damaged one: absent, so that it is written again. */
static int layout_has_blob(struct pl_repo *repo, const struct pl_digest *d, uint64_t size,
			   struct pl_err *err)
{
	(void)err;
	PL_AUTOFREE char *path = pl_layout_blob_path((struct layout *)repo, d);
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

/* Copies a source into fd; size and digest have been checked when it is done. */
static int write_checked(int fd, struct pl_source *in, const char *path, struct pl_err *err)
{
	PL_AUTOFREE char *block = pl_xrealloc(NULL, 1, 65536);
	for (;;) {
		int64_t n = pl_source_read(in, block, 65536, err);
		if (n <= 0)
			return (int)n;
		int rc = pl_write_all(fd, block, (size_t)n, path, err);
		if (rc < 0)
			return rc;
	}
}

int pl_layout_write_blob(struct layout *l, const struct pl_digest *d, struct pl_source *in,
			 struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_layout_blob_path(l, d);
	PL_AUTOFREE char *dir = pl_xprintf("%s/blobs/sha256", l->dir);
	PL_AUTOFREE char *prefix = pl_xprintf("%s/.new", dir);
	PL_AUTO(file_tmp) tmp = {.fd = -1};
	int rc = pl_file_tmp_open(AT_FDCWD, prefix, path, &tmp, err);
	if (rc == 0)
		rc = write_checked(tmp.fd, in, path, err);
	if (rc == 0)
		rc = pl_file_tmp_commit(&tmp, AT_FDCWD, path, 0644, true, path, err);
	return rc < 0 ? rc : pl_dir_sync(dir, err);
}

/* Mounting, between directories: a second name for the base's blob. False where that cannot be had
 * (another filesystem, no such blob): then it is copied. */
static bool link_blob(struct layout *l, const struct pl_digest *d, uint64_t size,
		      const char *const *from)
{
	PL_AUTOFREE char *path = pl_layout_blob_path(l, d);
	for (; from && *from; from++) {
		const struct layout base = {.dir = (char *)(uintptr_t)*from};
		PL_AUTOFREE char *there = pl_layout_blob_path(&base, d);
		struct stat st;
		if (stat(there, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size &&
		    link(there, path) == 0)
			return true;
	}
	return false;
}

static int layout_put_blob(struct pl_repo *repo, const struct pl_digest *d, uint64_t size,
			   const char *const *from, pl_blob_open_fn *open_fn, void *ctx,
			   struct pl_err *err)
{
	struct layout *l = (struct layout *)repo;
	PL_AUTO_FREE(source) in = NULL;
	int rc = layout_has_blob(repo, d, size, err);
	if (rc == 1)
		pl_repo_count(&repo->stats.blobs_present, 1);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (link_blob(l, d, size, from)) {
		pl_repo_count(&repo->stats.blobs_mounted, 1);
		return 0;
	}
	rc = open_fn(ctx, &in, err);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *what = pl_xprintf("%s: blob %s", repo->name, PL_DIGEST_STR(d));
	in = pl_source_verify(in, size, d, what);
	rc = pl_layout_write_blob(l, d, in, err);
	if (rc == 0) {
		pl_repo_count(&repo->stats.blobs_uploaded, 1);
		pl_repo_count(&repo->stats.bytes_uploaded, size);
	}
	return rc;
}

static void layout_free(struct pl_repo *repo)
{
	struct layout *l = (struct layout *)repo;
	free(l->dir);
	free(l);
}

static const struct pl_repo_ops layout_ops = {
	.manifest = pl_layout_manifest,
	.blob = layout_blob,
	.has_blob = layout_has_blob,
	.put_blob = layout_put_blob,
	.put_tags = pl_layout_put_tags,
	.tags = pl_layout_tags,
	.free = layout_free,
};

/* A directory that holds something else is not made into a layout; the remains of a killed run are.
 */
static int check_free(const char *dir, struct pl_err *err)
{
	DIR *d = opendir(dir);
	int rc = 0;
	if (!d)
		return pl_fail_sys(err, errno, "%s", dir);
	for (struct dirent *e; rc == 0 && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    !pl_str_starts(pl_str_of(e->d_name), "oci-layout"))
			rc = pl_fail(err, PL_CONFLICT,
				     "%s: has files in it and is not an OCI layout; name another "
				     "directory",
				     dir);
	closedir(d);
	return rc;
}

/* Temporary files of a killed run, when they are old enough not to be somebody's at work. */
static void remove_leftovers(const struct pl_env *env, const char *dir, const char *prefix)
{
	DIR *d = opendir(dir);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		struct stat st;
		if (pl_str_starts(pl_str_of(e->d_name), prefix) &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime + STALE_S < pl_env_now(env) &&
		    unlinkat(dirfd(d), e->d_name, 0) < 0)
			pl_note(env, "%s/%s: a leftover that cannot be removed", dir, e->d_name);
	}
	closedir(d);
}

static int create_layout(const struct pl_env *env, const char *dir, struct pl_err *err)
{
	PL_AUTOFREE char *version = pl_path_join(dir, "oci-layout");
	PL_AUTOFREE char *blobs = pl_path_join(dir, "blobs/sha256");
	PL_AUTOFREE char *index = pl_path_join(dir, "index.json");
	int rc = pl_mkdirs(dir, err);
	if (rc == 0 && !pl_file_exists(version)) {
		rc = check_free(dir, err);
		if (rc == -PL_CONFLICT && pl_file_exists(version)) {
			*err = (struct pl_err){0}; /* another process has just made it */
			rc = 0;
		} else if (rc == 0) {
			rc = pl_file_write(version, PL_STR(LAYOUT_TEXT), 0644, err);
		}
	}
	if (rc == 0)
		rc = pl_mkdirs(blobs, err);
	if (rc == 0 && !pl_file_exists(index)) {
		PL_AUTOFD int lock = -1;
		rc = pl_layout_lock(dir, &lock, err);
		if (rc == 0 && !pl_file_exists(index))
			rc = pl_file_write(index, PL_STR(EMPTY_INDEX), 0644, err);
	}
	if (rc == 0) {
		remove_leftovers(env, blobs, ".new.");
		remove_leftovers(env, dir, "index.json.");
		remove_leftovers(env, dir, "oci-layout.");
	}
	return rc;
}

static int check_version(const char *dir, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(dir, "oci-layout");
	PL_AUTO(buf) text = {0};
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_str version = {NULL, 0};
	int rc = pl_file_read(path, 65536, &text, err);
	if (rc == -PL_NOT_FOUND)
		return pl_fail(err, PL_NOT_FOUND,
			       "oci:%s: no OCI layout is there (no file oci-layout)", dir);
	if (rc == 0)
		rc = pl_object_parse(pl_buf_str(&text), 65536, path, &root, err);
	if (rc == 0)
		rc = pl_json_need_str(root, "imageLayoutVersion", path, &version, err);
	if (rc == 0 && !pl_str_is(version, "1.0.0"))
		rc = pl_fail(err, PL_INPUT, "%s: only version 1.0.0 of the image layout is known",
			     path);
	return rc;
}

int pl_layout_open(const struct pl_env *env, const char *dir, bool create, struct pl_repo **ret,
		   struct pl_err *err)
{
	int rc = create ? create_layout(env, dir, err) : 0;
	if (rc == 0)
		rc = check_version(dir, err);
	if (rc < 0)
		return rc;
	struct layout *l = pl_xcalloc(1, sizeof(*l));
	l->repo = (struct pl_repo){.ops = &layout_ops, .env = env};
	l->repo.name = pl_xprintf("oci:%s", dir);
	l->dir = pl_xstrdup(dir);
	*ret = &l->repo;
	return 0;
}
