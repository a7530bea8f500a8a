// SPDX-License-Identifier: Apache-2.0
/* An image's files on their way into a sandbox and back. */
#include "debian/scripts/scripted_int.h"

#include "base/file.h"
#include "tree/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#define INFO "var/lib/dpkg/info/"
#define DEBCONF "var/cache/debconf/"
#define NAMED_MAX 5 /* paths in an error */

/* -- there -- */

struct archive_writer {
	struct pl_debian_world *w;
	int fd;
	const char *path;
	struct pl_buf header, body;
};

static int put_entry(struct archive_writer *a, const struct pl_tar_entry *e, struct pl_str body,
		     struct pl_err *err)
{
	static const char zeros[512];
	pl_buf_clear(&a->header);
	int rc = pl_tar_format(&a->header, e, err);
	if (rc == 0)
		rc = pl_write_all(a->fd, a->header.p, a->header.n, a->path, err);
	if (rc == 0 && body.n)
		rc = pl_write_all(a->fd, body.p, body.n, a->path, err);
	if (rc == 0)
		rc = pl_write_all(a->fd, zeros, pl_tar_padding(body.n), a->path, err);
	return rc;
}

/* Of a hard link's names each is a copy: what order they come in is the archive's business. */
static int put_node(struct archive_writer *a, const struct pl_node *name, struct pl_err *err)
{
	PL_AUTO(buf) path = {0};
	const struct pl_node *n = pl_node_file(name);
	struct pl_debian_world *w = a->w;
	int rc = 0;
	pl_tree_path(name, &path);
	pl_buf_clear(&a->body);
	if (n->type == PL_TAR_FILE && n->size)
		rc = w->in->read(w->in->read_ctx, n, &a->body, err);
	if (rc < 0)
		return rc;
	const struct pl_tar_entry e = {.type = n->type,
				       .path = pl_buf_str(&path),
				       .link = n->link,
				       .mode = n->mode,
				       .uid = n->uid,
				       .gid = n->gid,
				       .size = n->type == PL_TAR_FILE ? a->body.n : 0,
				       .mtime = n->mtime,
				       .major = n->major,
				       .minor = n->minor,
				       .capability = n->capability};
	return put_entry(a, &e, pl_buf_str(&a->body), err);
}

static int put_file(struct archive_writer *a, const char *path, struct pl_str text, uint32_t mode,
		    struct pl_err *err)
{
	const struct pl_tar_entry e = {.type = PL_TAR_FILE,
				       .path = pl_str_of(path),
				       .mode = mode,
				       .size = text.n,
				       .mtime = a->w->in->epoch};
	return put_entry(a, &e, text, err);
}

/* A paragraph of dpkg's status: the package's control with its state behind the first line. */
static void add_status(struct pl_buf *out, const struct pl_debian_package *p)
{
	struct pl_str rest = p->control->control, first = pl_str_cut(&rest, '\n');
	pl_buf_addstr(out, first);
	pl_buf_addf(out, "\nStatus: install ok %s\n",
		    p->state == PL_DEBIAN_INSTALLED ? "installed" : "unpacked");
	pl_buf_addstr(out, rest);
	pl_buf_addc(out, '\n');
}

static int put_info(struct archive_writer *a, const struct pl_debian_package *p, const char *what,
		    struct pl_str text, uint32_t mode, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_xprintf(INFO PL_STR_FMT ".%s", PL_STR_ARG(p->name), what);
	return text.n ? put_file(a, path, text, mode, err) : 0;
}

/* What dpkg knows of a package, its lists of files and its questions. */
static int put_package(struct archive_writer *a, const struct pl_debian_package *p,
		       struct pl_buf *status, struct pl_err *err)
{
	PL_AUTO(buf) list = {0};
	add_status(status, p);
	pl_buf_adds(&list, "/.\n");
	for (size_t k = 0; k < p->paths.n; k++)
		pl_buf_addf(&list, "/%s\n", p->paths.v[k]);
	int rc = put_info(a, p, "list", pl_buf_str(&list), 0644, err);
	if (rc == 0)
		rc = put_info(a, p, "templates", p->control->templates, 0644, err);
	if (rc == 0)
		rc = put_info(a, p, "conffiles", p->control->conffiles, 0644, err);
	for (size_t i = 0; i < p->control->n_scripts && rc == 0; i++)
		rc = put_info(a, p, p->control->scripts[i].name, p->control->scripts[i].text, 0755,
			      err);
	return rc;
}

/* dpkg's database of the packages that are there, and debconf's. */
static int put_database(struct archive_writer *a, struct pl_err *err)
{
	PL_AUTO(buf) status = {0};
	PL_AUTO(buf) questions = {0};
	PL_AUTO(buf) config = {0};
	int rc = put_file(a, INFO "format", PL_STR("1\n"), 0644, err);
	for (size_t i = 0; i < a->w->n_packages && rc == 0; i++)
		if (a->w->packages[i].control &&
		    a->w->packages[i].state >= PL_DEBIAN_HALF_INSTALLED)
			rc = put_package(a, &a->w->packages[i], &status, err);
	pl_debconf_write(a->w, &questions, &config);
	if (rc == 0)
		rc = put_file(a, "var/lib/dpkg/status", pl_buf_str(&status), 0644, err);
	if (rc == 0)
		rc = put_file(a, DEBCONF "templates.dat", pl_buf_str(&questions), 0644, err);
	if (rc == 0)
		rc = put_file(a, DEBCONF "config.dat", pl_buf_str(&config), 0644, err);
	/* No service starts in a sandbox (invoke-rc.d(8)). */
	if (rc == 0 && !pl_tree_get(a->w->tree, PL_STR("usr/sbin/policy-rc.d")))
		rc = put_file(a, "usr/sbin/policy-rc.d", PL_STR("#!/bin/sh\nexit 101\n"), 0755,
			      err);
	return rc;
}

/* Links of a merged /usr that the image gets at last. */
static int put_links(struct archive_writer *a, struct pl_err *err)
{
	static const char *const names[] = {"lib32", "lib64", "libo32", "libx32"};
	int rc = 0;
	for (size_t i = 0; i < PL_COUNT(names) && rc == 0; i++) {
		PL_AUTOFREE char *to = pl_xprintf("usr/%s", names[i]);
		const struct pl_tar_entry e = {.type = PL_TAR_SYMLINK,
					       .path = pl_str_of(names[i]),
					       .link = pl_str_of(to),
					       .mode = 0777};
		if (pl_tree_get(a->w->tree, pl_str_of(to)) &&
		    !pl_tree_get(a->w->tree, pl_str_of(names[i])))
			rc = put_entry(a, &e, PL_STR(""), err);
	}
	return rc;
}

static int put_all(struct archive_writer *a, struct pl_err *err)
{
	static const char zeros[PL_TAR_END];
	const struct pl_node *root = a->w->tree->root;
	int rc = 0;
	for (const struct pl_node *n = pl_tree_next(root, NULL); n && rc == 0;
	     n = pl_tree_next(root, n))
		rc = put_node(a, n, err);
	if (rc == 0)
		rc = put_links(a, err);
	if (rc == 0)
		rc = put_database(a, err);
	return rc < 0 ? rc : pl_write_all(a->fd, zeros, sizeof(zeros), a->path, err);
}

int pl_scripted_write(struct pl_debian_world *w, const char *path, struct pl_err *err)
{
	PL_AUTOFD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s", path);
	struct archive_writer a = {.w = w, .fd = fd, .path = path};
	a.body.max = w->installation->env->limits->memory_file;
	int rc = put_all(&a, err);
	pl_buf_done(&a.header);
	pl_buf_done(&a.body);
	return rc;
}

/* -- and back -- */

/* What is the sandbox's, the machine's or dpkg's own: no image has it. */
static bool is_foreign(const char *path)
{
	static const char *const patterns[] = {"var/lib/dpkg",
					       "var/lib/dpkg/*",
					       "var/cache/debconf*",
					       "var/cache/ldconfig*",
					       "var/cache/apt*",
					       "dev",
					       "dev/*",
					       "proc",
					       "proc/*",
					       "run",
					       "run/*",
					       "tmp",
					       "tmp/*",
					       "var/log/dpkg.log",
					       "var/log/alternatives.log",
					       "etc/.pwd.lock",
					       "etc/passwd-",
					       "etc/group-",
					       "etc/shadow-",
					       "etc/gshadow-",
					       "etc/subuid-",
					       "etc/subgid-",
					       "usr/sbin/policy-rc.d"};
	for (size_t i = 0; i < PL_COUNT(patterns); i++)
		if (fnmatch(patterns[i], path, 0) == 0)
			return true;
	return false;
}

struct scripted_change {
	const char *path;
	const struct pl_node *is; /* NULL: it is gone */
};
struct scripted_changes {
	struct pl_arena *a;
	PL_VEC(struct scripted_change) v;
};

/* Times, and which names are links of one file, are none of a script's doing. */
static bool same_file(const struct pl_node *was, const struct pl_node *is)
{
	struct pl_node x = *pl_node_file(was), y = *pl_node_file(is);
	x.mtime = y.mtime = 0;
	return pl_node_same(&x, &y);
}

static void add_change(void *ctx, const struct pl_node *was, const struct pl_node *is)
{
	struct scripted_changes *c = ctx;
	PL_AUTO(buf) path = {0};
	if (was && is && same_file(was, is))
		return;
	pl_tree_path(is ? is : was, &path);
	if (path.n && !is_foreign(path.p))
		*pl_vec_push(&c->v) =
			(struct scripted_change){pl_arena_cstr(c->a, pl_buf_str(&path)), is};
}

static int read_archive(struct pl_debian_world *w, const char *path, struct pl_tree *ret,
			struct pl_err *err)
{
	const struct pl_limits *l = w->installation->env->limits;
	struct pl_source *in;
	int rc = pl_source_file(path, &in, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(tar) tar = pl_tar_new(in, l, "the sandbox's files");
	return pl_tree_read(tar, w->tree, l->memory_file, ret, err);
}

static int check_equal(struct pl_arena *a, const struct pl_tree *first,
		       const struct pl_tree *second, struct pl_err *err)
{
	struct scripted_changes c = {.a = a};
	PL_AUTO(buf) named = {0};
	pl_tree_diff(first, second, add_change, &c);
	for (size_t i = 0; i < c.v.n && i < NAMED_MAX; i++)
		pl_buf_addf(&named, "%s/%s", i ? ", " : "", c.v.v[i].path);
	size_t n = c.v.n;
	pl_vec_free(&c.v);
	if (!n)
		return 0;
	return pl_fail(
		err, PL_SCRIPTS,
		"run twice, it made %zu paths another each time (%s%s): keys and states of a "
		"machine belong to its first start",
		n, named.p, n > NAMED_MAX ? ", ..." : "");
}

static int take_change(struct pl_debian_world *w, const struct scripted_change *c,
		       struct pl_err *err)
{
	struct pl_node *there = pl_tree_get(w->tree, pl_str_of(c->path)), *made;
	if (!c->is || (there && there->type != c->is->type)) {
		if (there) /* its directory may be gone already */
			pl_tree_remove(w->tree, there);
		if (!c->is)
			return 0;
	}
	struct pl_node of = *pl_node_file(c->is);
	if (of.type != PL_TAR_FILE && of.type != PL_TAR_DIR && of.type != PL_TAR_SYMLINK)
		return pl_fail(err, PL_SCRIPTS, "made /%s, which is no file, directory or link",
			       c->path);
	if (of.size && of.type == PL_TAR_FILE && of.body != PL_BODY_BYTES) {
		/* Content that stood at that path before: owner or mode are another. */
		struct pl_node *file = there ? pl_node_file(there) : NULL;
		if (!file || !pl_digest_eq(&file->sha256, &of.sha256))
			return pl_fail(err, PL_LIMIT, "made /%s with %llu bytes: too many", c->path,
				       (unsigned long long)of.size);
		file->mode = of.mode;
		file->uid = of.uid;
		file->gid = of.gid;
		file->capability = pl_arena_str(&w->tree->arena, of.capability);
		return 0;
	}
	of.mtime = w->in->epoch;
	of.owner = there ? there->owner : -1;
	of.bytes = pl_arena_str(&w->tree->arena, of.bytes);
	return pl_tree_duplicate(w->tree, &of, pl_str_of(c->path), &made, err);
}

int pl_scripted_take(struct pl_debian_world *w, const char *const paths[2], struct pl_err *err)
{
	struct pl_tree first, second;
	PL_AUTO(arena) a = {0};
	struct scripted_changes c = {.a = &a};
	int rc = read_archive(w, paths[0], &first, err);
	if (rc < 0)
		return rc;
	rc = read_archive(w, paths[1], &second, err);
	if (rc == 0) {
		rc = check_equal(&a, &first, &second, err);
		pl_tree_done(&second);
	}
	const struct pl_node *config = pl_tree_get(&first, PL_STR(DEBCONF "config.dat"));
	if (rc == 0 && config)
		pl_debconf_read(w, config->bytes);
	if (rc == 0)
		pl_tree_diff(w->tree, &first, add_change, &c);
	for (size_t i = 0; i < c.v.n && rc == 0; i++)
		rc = take_change(w, &c.v.v[i], err);
	pl_vec_free(&c.v);
	pl_tree_done(&first);
	return rc;
}
