// SPDX-License-Identifier: Apache-2.0
#include "trial/trial_int.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define KEPT_MAX ((uint64_t)1 << 20) /* bytes of a file that may be shown, or learnt */
#define CHUNK ((size_t)64 << 10)

/* -- a directory for as long as the installation takes -- */

struct trial_place {
	char *path;
};

static int place_make(struct trial_place *p, struct pl_err *err)
{
	const char *tmp = pl_environ("TMPDIR");
	p->path = pl_xprintf("%s/plimsoll-trial-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/var/tmp");
	if (mkdtemp(p->path))
		return 0;
	int sys = errno;
	int rc = pl_fail_sys(err, sys, "%s", p->path);
	free(p->path);
	p->path = NULL;
	return rc;
}

/* Files and empty directories are all that there are: what is installed is elsewhere. */
static void place_done(struct trial_place *p)
{
	DIR *d = p->path ? opendir(p->path) : NULL;
	struct dirent *e;
	while (d && (e = readdir(d))) {
		bool dots = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
		if (!dots && unlinkat(dirfd(d), e->d_name, 0) < 0)
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
	if (p->path)
		rmdir(p->path);
	free(p->path);
}

/* -- its tar as a tree -- */

struct tar_reading {
	const struct pl_tree *ours;
	struct pl_tree *tree;
	struct pl_tar *tar;
	char *chunk;
};

/* The body of an entry: its hash, and where it is not ours its bytes. */
static int read_body(struct tar_reading *r, struct pl_node *n, uint64_t size, struct pl_err *err)
{
	PL_AUTO(buf) bytes = {.max = KEPT_MAX};
	PL_AUTO(buf) path = {0};
	PL_AUTO(sha256) h;
	int64_t got;
	pl_sha256_init(&h);
	while ((got = pl_tar_read(r->tar, r->chunk, CHUNK, err)) > 0) {
		pl_sha256_add(&h, r->chunk, (size_t)got);
		if (size <= KEPT_MAX)
			pl_buf_add(&bytes, r->chunk, (size_t)got);
	}
	if (got < 0)
		return (int)got;
	n->size = size;
	pl_sha256_final(&h, &n->sha256);
	pl_tree_path(n, &path);
	const struct pl_node *ours = pl_tree_get(r->ours, pl_buf_str(&path));
	bool is_account = pl_str_starts(pl_buf_str(&path), "etc/") && size < KEPT_MAX;
	if (size <= KEPT_MAX &&
	    (is_account || !ours || !pl_digest_eq(&pl_node_file(ours)->sha256, &n->sha256))) {
		n->body = PL_BODY_BYTES;
		n->bytes = pl_arena_str(&r->tree->arena, pl_buf_str(&bytes));
	}
	return 0;
}

static int read_tree(struct tar_reading *r, struct pl_err *err)
{
	struct pl_tar_entry e;
	int rc;
	while ((rc = pl_tar_next(r->tar, &e, err)) > 0) {
		struct pl_node *n;
		if (!e.path.n)
			continue; /* the root itself */
		rc = pl_tree_put(r->tree, &e, &n, err);
		if (rc == 0 && e.type == PL_TAR_FILE)
			rc = read_body(r, n, e.size, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int read_tar(const struct pl_trial *t, const char *path, struct pl_tree *ret,
		    struct pl_err *err)
{
	struct pl_source *in;
	int rc = pl_source_file(path, &in, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(tar) tar = pl_tar_new(in, t->env->limits, "the real installation");
	PL_AUTOFREE char *chunk = pl_xcalloc(1, CHUNK);
	struct tar_reading r = {t->composed->tree, ret, tar, chunk};
	pl_tree_init(ret);
	rc = read_tree(&r, err);
	if (rc < 0)
		pl_tree_done(ret);
	return rc;
}

int pl_trial_install(struct pl_trial *t, const char *hostname, struct pl_tree *ret,
		     struct pl_err *err)
{
	__attribute__((cleanup(place_done))) struct trial_place place = {0};
	const struct pl_image *i = &t->image;
	const char **questions = pl_arena_array(&t->arena, const char *, i->n_debconf + 1);
	const char **answers = pl_arena_array(&t->arena, const char *, i->n_debconf + 1);
	for (size_t k = 0; k < i->n_debconf; k++) {
		questions[k] = i->debconf[k].key;
		answers[k] = i->debconf[k].value;
	}
	int rc = place_make(&place, err);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *tar = pl_path_join(place.path, "installed.tar");
	const struct pl_real_request rq = {.packages = t->composed->packages,
					   .n_packages = t->composed->n_packages,
					   .platform = t->platform,
					   .hostname = hostname,
					   .questions = questions,
					   .answers = answers,
					   .directory = place.path,
					   .tar = tar};
	pl_progress_begin(t->env, "install", 1, t->image.id);
	rc = t->format->install_real(t->env, t->store, &rq, err);
	if (rc == 0)
		rc = read_tar(t, tar, ret, err);
	if (rc == 0)
		pl_progress_end(t->env, "install", "%zu packages installed for real on %s",
				rq.n_packages, hostname);
	return rc;
}
