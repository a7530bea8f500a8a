// SPDX-License-Identifier: Apache-2.0
#include "fleet/files.h"

#include "fleet/files_int.h"
#include "tree/usrmerge.h"

struct collect {
	struct pl_files *files;
	const struct pl_image *image;
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
	f->sha256 = pl_sha256_of(pl_str_of(e->content));
	return pl_files_keep(c->files, pl_str_of(e->content), &f->sha256, err);
}

static int add_file(struct collect *c, const struct pl_file_entry *e, struct pl_err *err)
{
	const struct pl_content *is = NULL;
	int rc = pl_files_content(c->files, e, &is, err);
	if (rc < 0)
		return rc;
	struct pl_fleet_file *f = push_entry(c, e, is->mode & 0100 ? 0755 : 0644);
	f->size = is->size;
	f->sha256 = is->sha256;
	return 0;
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

int pl_files_collect(struct pl_files *files, const struct pl_image *i,
		     const struct pl_platform *platform, struct pl_arena *a,
		     struct pl_fleet_file **ret, size_t *ret_n, struct pl_err *err)
{
	struct collect c = {.files = files, .image = i, .a = a};
	int rc = collect_all(&c, platform, err);
	if (rc == 0) {
		*ret = pl_arena_dup(a, c.v.v, c.v.n, sizeof(*c.v.v));
		*ret_n = c.v.n;
	}
	pl_vec_free(&c.v);
	return rc;
}

struct pl_lock_file *pl_files_lock(struct pl_arena *a, const struct pl_fleet_file *v, size_t n)
{
	struct pl_lock_file *ret = pl_arena_array(a, struct pl_lock_file, n + 1);
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct pl_lock_file){
			.to = pl_arena_printf(a, "/%s", v[i].to),
			.from = v[i].from ? pl_arena_cstr(a, pl_str_of(v[i].from)) : NULL,
			.sha256 = v[i].sha256,
			.size = v[i].size,
			.mode = v[i].mode};
	return ret;
}
