// SPDX-License-Identifier: Apache-2.0
#include "build/files_int.h"

#include "base/file.h"
#include "base/num.h"
#include "build/builder_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 10000
#define MAX_DEPTH 32

struct collect {
	const struct pl_env *env;
	const struct pl_image *image;
	struct pl_store *store;
	struct pl_arena *a;
	PL_VEC(struct pl_fleet_file) v;
};

static int where(const struct collect *c, const struct pl_file_entry *e, struct pl_err *err)
{
	return pl_ctx(err, "%s:%u", c->image->file, e->line);
}

static struct pl_fleet_file *add(struct collect *c, const struct pl_file_entry *e, const char *to,
				 uint32_t mode)
{
	struct pl_fleet_file *f = pl_vec_push(&c->v);
	while (*to == '/')
		to++;
	*f = (struct pl_fleet_file){.to = pl_usrmerge_path(c->a, pl_str_of(to)).p,
				    .owner = e->owner,
				    .mode = e->mode >= 0 ? (uint32_t)e->mode : mode};
	return f;
}

static int add_file(struct collect *c, const struct pl_file_entry *e, int fd, const struct stat *st,
		    const char *from, const char *to, struct pl_err *err)
{
	if (c->v.n >= MAX_FILES)
		return pl_fail(err, PL_LIMIT, "%s: more than %d files", from, MAX_FILES);
	if ((uint64_t)st->st_size > c->env->limits->memory_file)
		return pl_fail(err, PL_LIMIT, "%s: larger than %llu bytes", from,
			       (unsigned long long)c->env->limits->memory_file);
	struct pl_fleet_file *f = add(c, e, to, st->st_mode & 0100 ? 0755 : 0644);
	f->from = pl_arena_cstr(c->a, pl_str_of(from));
	PL_AUTO_FREE(source) in = pl_source_fd(dup(fd), from);
	PL_AUTO_FREE(sink) out = NULL;
	int rc = pl_store_writer(c->store, PL_STORE_INPUTS, (uint64_t)st->st_size, NULL, &f->sha256,
				 &f->size, &out, err);
	if (rc == 0)
		rc = pl_copy(in, out, NULL, err);
	return rc < 0 ? rc : pl_sink_finish(out, err);
}

static int add_path(struct collect *c, const struct pl_file_entry *e, int dir, const char *name,
		    const char *from, const char *to, unsigned depth, struct pl_err *err);

static int add_folder(struct collect *c, const struct pl_file_entry *e, int fd, const char *from,
		      const char *to, unsigned depth, struct pl_err *err)
{
	PL_VEC(char *) names = {0};
	int rc = 0, copy = dup(fd);
	DIR *d = fdopendir(copy);
	if (!d) {
		close(copy);
		return pl_fail_sys(err, errno, "%s", from);
	}
	for (struct dirent *de; (de = readdir(d));)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			*pl_vec_push(&names) = pl_arena_cstr(c->a, pl_str_of(de->d_name));
	closedir(d);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), pl_cstr_qsort);
	for (size_t i = 0; i < names.n && rc == 0; i++) {
		PL_AUTOFREE char *f = pl_path_join(from, names.v[i]);
		PL_AUTOFREE char *t = pl_path_join(to, names.v[i]);
		rc = add_path(c, e, fd, names.v[i], f, t, depth + 1, err);
	}
	pl_vec_free(&names);
	return rc;
}

/* Opens one name below a folder, following no link: a link could lead outside the fleet. */
static int add_path(struct collect *c, const struct pl_file_entry *e, int dir, const char *name,
		    const char *from, const char *to, unsigned depth, struct pl_err *err)
{
	struct stat st;
	if (depth > MAX_DEPTH)
		return pl_fail(err, PL_LIMIT, "%s: folders nested deeper than %d", from, MAX_DEPTH);
	PL_AUTOFD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return pl_fail(err, PL_INPUT, "%s: no such file in the fleet's folder", from);
	if (fd < 0 && errno == ELOOP)
		return pl_fail(err, PL_INPUT, "%s: is a symbolic link; name the file itself", from);
	if (fd < 0 || fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", from);
	if (S_ISDIR(st.st_mode))
		return add_folder(c, e, fd, from, to, depth, err);
	if (!S_ISREG(st.st_mode))
		return pl_fail(err, PL_INPUT, "%s: neither a file nor a folder", from);
	return add_file(c, e, fd, &st, from, to, err);
}

/* Walks "a/b/c" from the fleet's folder, component by component, following no link. */
static int add_from(struct collect *c, const struct pl_fleet *f, const struct pl_file_entry *e,
		    struct pl_err *err)
{
	PL_AUTOFD int dir = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return pl_fail_sys(err, errno, "%s", f->dir);
	struct pl_str rest = pl_str_of(e->from), part = pl_str_cut(&rest, '/');
	while (rest.p) {
		PL_AUTOFREE char *name = pl_str_dup(part);
		int next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return pl_fail(err, PL_INPUT, "%s: no such file in the fleet's folder",
				       e->from);
		close(dir);
		dir = next;
		part = pl_str_cut(&rest, '/');
	}
	PL_AUTOFREE char *name = pl_str_dup(part.n ? part : PL_STR("."));
	return add_path(c, e, dir, name, e->from, e->to, 0, err);
}

static int add_content(struct collect *c, const struct pl_file_entry *e, struct pl_err *err)
{
	struct pl_fleet_file *f = add(c, e, e->to, 0644);
	f->size = strlen(e->content);
	return pl_store_put(c->store, PL_STORE_INPUTS, pl_str_of(e->content), &f->sha256, err);
}

static int by_to(const void *a, const void *b)
{
	return strcmp(((const struct pl_fleet_file *)a)->to, ((const struct pl_fleet_file *)b)->to);
}

static int collect_all(struct collect *c, const struct pl_fleet *f, struct pl_err *err)
{
	for (size_t k = 0; k < c->image->n_files; k++) {
		const struct pl_file_entry *e = &c->image->files[k];
		int rc = e->content ? add_content(c, e, err) : add_from(c, f, e, err);
		if (rc < 0)
			return where(c, e, err);
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
		     const char *platform, struct pl_store *store, struct pl_arena *a,
		     struct pl_fleet_file **ret, size_t *ret_n, struct pl_err *err)
{
	struct collect c = {.env = env, .image = i, .store = store, .a = a};
	int rc = collect_all(&c, f, err);
	if (rc == 0) {
		*ret = pl_arena_dup(a, c.v.v, c.v.n, sizeof(*c.v.v));
		*ret_n = c.v.n;
	}
	pl_vec_free(&c.v);
	return rc;
}

int pl_files_match(const struct pl_image *i, const struct pl_fleet_file *v, size_t n,
		   const struct pl_lock_image *l, struct pl_err *err)
{
	for (size_t k = 0; k < n && k < l->n_files; k++) {
		const char *to = l->files[k].to;
		while (*to == '/')
			to++;
		if (strcmp(to, v[k].to) != 0 || l->files[k].mode != v[k].mode ||
		    !pl_digest_eq(&l->files[k].sha256, &v[k].sha256))
			return pl_fail(err, PL_INPUT,
				       "%s: /%s is not what the lock has; run plimsoll lock", i->id,
				       v[k].to);
	}
	if (n != l->n_files)
		return pl_fail(err, PL_INPUT,
			       "%s: %zu files of the fleet, the lock has %zu; run plimsoll lock",
			       i->id, n, l->n_files);
	return 0;
}

/* Name or number in the image's own passwd or group; Plimsoll never asks the host. */
static int lookup(struct pl_builder *b, const struct pl_target *t, const char *file,
		  struct pl_str name, uint32_t *ret, struct pl_err *err)
{
	uint64_t id;
	if (pl_parse_u64(name, UINT32_MAX - 1, &id)) {
		*ret = (uint32_t)id;
		return 0;
	}
	const struct pl_node *n = pl_tree_resolve(&t->tree, pl_str_of(file), true);
	PL_AUTO(buf) text = {.max = (size_t)1 << 20};
	int rc = n ? pl_target_read(b, t, n, &text, err) : 0;
	if (rc < 0)
		return rc;
	struct pl_str rest = pl_buf_str(&text);
	while (rest.p) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (!pl_str_eq(pl_str_cut(&line, ':'), name))
			continue;
		pl_str_cut(&line, ':');
		if (pl_parse_u64(pl_str_cut(&line, ':'), UINT32_MAX - 1, &id)) {
			*ret = (uint32_t)id;
			return 0;
		}
	}
	return pl_fail(err, PL_INPUT, "%s: the image's /%s has no '%.*s'", t->image->id, file,
		       PL_STR_ARG(name));
}

static int put_file(struct pl_builder *b, struct pl_target *t, const struct pl_fleet_file *f,
		    struct pl_err *err)
{
	struct pl_tar_entry e = {.type = PL_TAR_FILE,
				 .path = pl_str_of(f->to),
				 .mode = f->mode,
				 .size = f->size,
				 .mtime = PL_EPOCH};
	struct pl_node *n;
	int rc = 0;
	if (f->owner) {
		struct pl_str rest = pl_str_of(f->owner), user = pl_str_cut(&rest, ':');
		rc = lookup(b, t, "etc/passwd", user, &e.uid, err);
		if (rc == 0 && rest.p)
			rc = lookup(b, t, "etc/group", rest, &e.gid, err);
	}
	if (rc == 0)
		rc = pl_tree_put(&t->tree, &e, &n, err);
	if (rc < 0)
		return rc;
	n->owner = -1;
	n->body = f->size ? PL_BODY_BLOB : PL_BODY_NONE;
	n->size = f->size;
	n->sha256 = f->sha256;
	return 0;
}

int pl_target_files(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		    struct pl_err *err)
{
	int rc = stage->base ? pl_target_files(b, t, stage->base, err) : 0;
	for (size_t i = 0; i < stage->n_files && rc == 0; i++)
		rc = put_file(b, t, &stage->files[i], err);
	return rc;
}
