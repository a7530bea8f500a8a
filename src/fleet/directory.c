// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet's directory: definition files below images/, files to copy, and the one rule for links:
 * what a path finally names must be inside the fleet. realpath(3) decides, so a link anywhere in
 * the path is seen; the directory is the user's own, so there is no race to win against.
 */
#include "fleet/fleet_int.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 32

/* The final name of root/rel, owned by the caller; the errors name rel. */
static int inside(const char *root, const char *rel, char **ret, struct stat *ret_st,
		  struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(root, rel);
	PL_AUTOFREE char *real = realpath(path, NULL);
	size_t n = strlen(root);
	if (!real && (errno == ENOENT || errno == ENOTDIR))
		return pl_fail(err, PL_INPUT, "%s: no such file in the fleet's directory", rel);
	if (!real)
		return pl_fail_sys(err, errno, "%s", rel);
	if (strncmp(real, root, n) != 0 || (n > 1 && real[n] != '/' && real[n] != '\0'))
		return pl_fail(err, PL_INPUT,
			       "%s: a symbolic link leads outside the fleet's directory; copy the "
			       "file into it",
			       rel);
	if (lstat(real, ret_st) < 0)
		return pl_fail_sys(err, errno, "%s", rel);
	*ret = pl_steal(&real);
	return 0;
}

int pl_fleet_file_open(const struct pl_fleet *f, const struct pl_file_entry *e, int *ret_fd,
		       struct pl_err *err)
{
	PL_AUTOFREE char *root = realpath(f->dir, NULL);
	PL_AUTOFREE char *real = NULL;
	struct stat st;
	if (!root)
		return pl_fail_sys(err, errno, "%s", f->dir);
	int rc = inside(root, e->from, &real, &st, err);
	if (rc < 0)
		return rc;
	PL_AUTOFD int fd = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", e->from);
	if (!S_ISREG(st.st_mode))
		return pl_fail(err, PL_INPUT, "%s: not a regular file", e->from);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* The entries of a directory, sorted: readdir's order is the file system's business. */
static int entries(const char *path, const char *shown, struct pl_paths *ret, struct pl_arena *a,
		   struct pl_err *err)
{
	DIR *d = opendir(path);
	if (!d)
		return pl_fail_sys(err, errno, "%s", shown);
	errno = 0;
	for (struct dirent *e; (e = readdir(d)); errno = 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		*pl_vec_push(ret) = pl_arena_strn(a, e->d_name, strlen(e->d_name));
	}
	int broken = errno;
	closedir(d);
	if (broken)
		return pl_fail_sys(err, broken, "%s", shown);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), pl_cstr_qsort);
	return 0;
}

/* Names that JSON (the lock) and tar headers can carry as they are. */
static bool name_ok(const char *name)
{
	char shown[1100];
	size_t n = strlen(name);
	pl_escape(shown, sizeof(shown), name, n);
	return strcmp(shown, name) == 0;
}

static int walk(struct pl_loader *l, const char *rel, unsigned depth, struct pl_paths *ret,
		struct pl_err *err)
{
	PL_AUTO(paths) names = {0};
	PL_AUTOFREE char *path = pl_path_join(l->root, rel);
	if (depth > MAX_DEPTH)
		return pl_fail(err, PL_LIMIT, "%s: directories nested deeper than 32", rel);
	int rc = entries(path, rel, &names, l->a, err);
	for (size_t i = 0; i < names.n && rc == 0; i++) {
		PL_AUTOFREE char *real = NULL;
		struct stat st, own;
		if (!name_ok(names.v[i]))
			return pl_fail(err, PL_INPUT,
				       "%s/%s: a name with control bytes or not in "
				       "UTF-8",
				       rel, PL_SHOWN(pl_str_of(names.v[i])));
		const char *below = pl_arena_printf(l->a, "%s/%s", rel, names.v[i]);
		PL_AUTOFREE char *full = pl_path_join(l->root, below);
		rc = inside(l->root, below, &real, &st, err);
		if (rc == 0 && lstat(full, &own) < 0)
			rc = pl_fail_sys(err, errno, "%s", below);
		if (rc < 0)
			return rc;
		if (S_ISDIR(st.st_mode) && S_ISLNK(own.st_mode))
			return pl_fail(err, PL_INPUT, "%s: a symbolic link to a directory", below);
		if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
			return pl_fail(err, PL_INPUT, "%s: neither a file nor a directory", below);
		if (++l->n_listed > 200000)
			return pl_fail(err, PL_LIMIT, "%s: more than 200000 files", below);
		if (S_ISDIR(st.st_mode))
			rc = walk(l, below, depth + 1, ret, err);
		else
			*pl_vec_push(ret) = below;
	}
	return rc;
}

int pl_directory_list(struct pl_loader *l, const struct pl_yaml *at, const char *from,
		      struct pl_paths *ret, bool *ret_directory, struct pl_err *err)
{
	PL_AUTOFREE char *real = NULL;
	struct stat st;
	int rc = l->root ? inside(l->root, from, &real, &st, err)
			 : pl_fail(err, PL_INPUT, "%s: this fleet has no directory", from);
	if (rc == 0 && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		rc = pl_fail(err, PL_INPUT, "%s: neither a file nor a directory", from);
	if (rc == 0 && S_ISDIR(st.st_mode)) {
		rc = walk(l, from, 0, ret, err);
		if (rc == 0 && ret->n == 0)
			rc = pl_fail(err, PL_INPUT, "%s: no file in this directory", from);
	}
	if (rc < 0)
		return at ? pl_ctx(err, "%s:%u:%u", at->file, at->line, at->column) : rc;
	/* A directory's files come in the order of their whole paths ("a-b" before "a/b"). */
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), pl_cstr_qsort);
	*ret_directory = S_ISDIR(st.st_mode);
	return 0;
}

#define RECIPE_MAX ((size_t)1 << 20)

static int read_recipe(struct pl_loader *l, const char *name, struct pl_recipe_file *ret,
		       struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = RECIPE_MAX + 1};
	PL_AUTOFREE char *path = pl_path_join(l->root, name);
	int rc = pl_file_read(path, RECIPE_MAX, &text, err);
	*ret = (struct pl_recipe_file){name, pl_arena_str(l->a, pl_buf_str(&text))};
	return rc < 0 ? pl_ctx(err, "%s", name) : 0;
}

int pl_directory_recipes(struct pl_loader *l, struct pl_err *err)
{
	PL_AUTO(paths) found = {0};
	PL_AUTO(buf) all = {0};
	PL_AUTOFREE char *path = l->root ? pl_path_join(l->root, "recipes") : NULL;
	if (!path || !pl_file_exists(path))
		return 0;
	int rc = walk(l, "recipes", 0, &found, err);
	if (rc == 0 && found.n)
		qsort(found.v, found.n, sizeof(*found.v), pl_cstr_qsort);
	l->f->recipes = pl_arena_array(l->a, struct pl_recipe_file, found.n + 1);
	for (size_t i = 0; i < found.n && rc == 0; i++) {
		struct pl_recipe_file *r = &l->f->recipes[l->f->n_recipes];
		if (!pl_str_ends(pl_str_of(found.v[i]), ".recipe"))
			continue;
		rc = read_recipe(l, found.v[i], r, err);
		l->f->n_recipes += rc == 0;
		pl_buf_addf(&all, "%s %zu\n", r->name, r->text.n);
		pl_buf_addstr(&all, r->text);
	}
	if (rc == 0 && l->f->n_recipes)
		l->f->recipes_digest = pl_sha256_of(pl_buf_str(&all));
	return rc;
}

int pl_directory_definitions(struct pl_loader *l, struct pl_err *err)
{
	PL_AUTO(paths) found = {0};
	PL_AUTOFREE char *path = pl_path_join(l->root, "images");
	if (!pl_file_exists(path))
		return pl_fail(err, PL_NOT_FOUND,
			       "%s: no such directory; definitions stand in "
			       "images/*.yaml",
			       path);
	int rc = walk(l, "images", 0, &found, err);
	if (rc == 0 && found.n)
		qsort(found.v, found.n, sizeof(*found.v), pl_cstr_qsort);
	for (size_t i = 0; i < found.n && rc == 0; i++) {
		struct pl_str name = pl_str_of(found.v[i]);
		size_t slash = pl_str_rfind(name, '/');
		if (name.p[slash + 1] == '.')
			continue; /* an editor's, or .gitkeep */
		if (pl_str_ends(name, ".yml"))
			return pl_fail(err, PL_INPUT, "%s: definitions end in .yaml; rename it",
				       name.p);
		if (!pl_str_ends(name, ".yaml"))
			continue;
		if (l->docs.n == PL_FLEET_FILES_MAX)
			return pl_fail(err, PL_LIMIT, "images: more than %d definitions",
				       PL_FLEET_FILES_MAX);
		struct pl_doc doc = {.name = name.p};
		rc = pl_loader_yaml(l, doc.name, &doc.root, err);
		if (rc == 0)
			*pl_vec_push(&l->docs) = doc;
	}
	return rc;
}
