// SPDX-License-Identifier: Apache-2.0
#include "fleet/files.h"

#include "base/file.h"
#include "tree/usrmerge.h"

#include <errno.h>
#include <sys/stat.h>

struct collect {
	const struct pl_env *env;
	const struct pl_fleet *fleet;
	const struct pl_image *image;
	struct pl_store *store;
	struct pl_arena *a;
	PL_VEC(struct pl_fleet_file) v;
};

static struct pl_fleet_file *push_entry(struct collect *c, const struct pl_file_entry *e,
					uint32_t mode)
{
	struct pl_fleet_file *f = pl_vec_push(&c->v);
	const char *to = e->to;
	while (*to == '/')
		to++;
	*f = (struct pl_fleet_file){.to = pl_usrmerge_path(c->a, pl_str_of(to)).p,
				    .from = e->content ? NULL : e->from,
				    .owner = e->owner,
				    .mode = e->mode >= 0 ? (uint32_t)e->mode : mode};
	return f;
}

static int add_content(struct collect *c, const struct pl_file_entry *e, struct pl_err *err)
{
	struct pl_fleet_file *f = push_entry(c, e, 0644);
	f->size = strlen(e->content);
	return pl_store_put(c->store, PL_STORE_INPUTS, pl_str_of(e->content), &f->sha256, err);
}

static int add_file(struct collect *c, const struct pl_file_entry *e, struct pl_err *err)
{
	PL_AUTO(buf) data = {.max = c->env->limits->memory_file};
	struct stat st;
	int fd;
	int rc = pl_fleet_file_open(c->fleet, e, &fd, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(source) in = pl_source_fd(fd, e->from);
	if (fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", e->from);
	/* Everybody who has the image can read it. What is its owner's alone here is not given
	 * away because nobody thought of a mode; a checkout under umask 027 is no such word. */
	if (e->mode < 0 && !(st.st_mode & (S_IRGRP | S_IROTH)))
		return pl_fail(err, PL_INPUT,
			       "%s is readable for its owner alone (mode %04o), in the image for "
			       "all it would "
			       "be: give its entry a 'mode:', for example %s, or 'chmod a+r' it",
			       e->from, (unsigned)st.st_mode & 0777,
			       st.st_mode & 0100 ? "0700" : "0600");
	rc = pl_source_read_all(in, &data, e->from, err);
	if (rc < 0)
		return rc;
	struct pl_fleet_file *f = push_entry(c, e, st.st_mode & 0100 ? 0755 : 0644);
	f->size = data.n;
	f->sha256 = pl_sha256_of(pl_buf_str(&data));
	if (pl_store_has(c->store, PL_STORE_INPUTS, &f->sha256, NULL))
		return 0; /* the usual case: nothing is written by a build that changes nothing */
	return pl_store_put(c->store, PL_STORE_INPUTS, pl_buf_str(&data), &f->sha256, err);
}

static int by_to(const void *a, const void *b)
{
	return strcmp(((const struct pl_fleet_file *)a)->to, ((const struct pl_fleet_file *)b)->to);
}

static int collect_all(struct collect *c, const struct pl_platform *platform, struct pl_err *err)
{
	for (size_t k = 0; k < c->image->n_files; k++) {
		const struct pl_file_entry *e = &c->image->files[k];
		if (e->kind != PL_ENTRY_FILE || (e->platform && e->platform != platform))
			continue; /* the definition's hash holds all of a directory or link */
		int rc = e->content ? add_content(c, e, err) : add_file(c, e, err);
		if (rc < 0)
			return pl_ctx(err, "%s:%u", c->image->file, e->line);
	}
	if (c->v.n)
		qsort(c->v.v, c->v.n, sizeof(*c->v.v), by_to);
	for (size_t k = 1; k < c->v.n; k++)
		if (strcmp(c->v.v[k - 1].to, c->v.v[k].to) == 0)
			return pl_fail(err, PL_INPUT, "%s:%u: two files for /%s", c->image->file,
				       c->image->line, c->v.v[k].to);
	return 0;
}

int pl_files_collect(const struct pl_env *env, const struct pl_fleet *f, const struct pl_image *i,
		     const struct pl_platform *platform, struct pl_store *store, struct pl_arena *a,
		     struct pl_fleet_file **ret, size_t *ret_n, struct pl_err *err)
{
	struct collect c = {.env = env, .fleet = f, .image = i, .store = store, .a = a};
	int rc = collect_all(&c, platform, err);
	if (rc == 0) {
		*ret = pl_arena_dup(a, c.v.v, c.v.n, sizeof(*c.v.v));
		*ret_n = c.v.n;
	}
	pl_vec_free(&c.v);
	return rc;
}
