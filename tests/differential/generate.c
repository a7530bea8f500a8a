// SPDX-License-Identifier: Apache-2.0
/*
 * Runs one native generator on a directory that looks like an image, without touching it, and
 * writes what the tree holds then: for generators.sh, which compares that with the real tools'
 * work.
 *
 *     generate ROOT ARCHITECTURE GENERATOR [ACCOUNT|ALTERNATIVE...] -- cat PATH | ls PATH ...
 *
 * An account is user:NAME:UID:GROUP:HOME:SHELL:GECOS[:GROUP] or group:NAME:GID. Packages are those
 * of the directory's dpkg status; libc-bin=VERSION stands for that when it has none.
 */
#include "base/deb822.h"
#include "base/file.h"
#include "base/num.h"
#include "debian/scripts/finish_int.h"
#include "effects/accounts.h"
#include "effects/alternatives.h"
#include "effects/ca_certificates.h"
#include "effects/effects_int.h"
#include "effects/java_keystore.h"
#include "effects/pam.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 << 20, DEPTH_MAX = 60 };

static const char *root;

static int load(struct pl_tree *t, const char *path, unsigned depth, struct pl_err *err);

static int load_one(struct pl_tree *t, const char *path, unsigned depth, struct pl_err *err)
{
	PL_AUTOFREE char *real = pl_xprintf("%s/%s", root, path);
	struct stat st;
	if (lstat(real, &st) < 0)
		return pl_fail_sys(err, errno, "%s", real);
	struct pl_tar_entry e = {.path = pl_str_of(path),
				 .mode = st.st_mode & 07777,
				 .uid = st.st_uid,
				 .gid = st.st_gid,
				 .mtime = st.st_mtime};
	char link[4096];
	struct pl_node *n = NULL;
	if (S_ISDIR(st.st_mode)) {
		e.type = PL_TAR_DIR;
	} else if (S_ISLNK(st.st_mode)) {
		ssize_t got = readlink(real, link, sizeof(link));
		e.type = PL_TAR_SYMLINK;
		e.link = (struct pl_str){link, got < 0 ? 0 : (size_t)got};
	} else if (S_ISREG(st.st_mode)) {
		e.type = PL_TAR_FILE;
		e.size = (uint64_t)st.st_size;
	} else {
		return 0;
	}
	int r = pl_tree_put(t, &e, &n, err);
	if (r < 0)
		return r;
	if (e.type == PL_TAR_FILE)
		n->body = PL_BODY_PACKAGE;
	return e.type == PL_TAR_DIR ? load(t, path, depth + 1, err) : 0;
}

static int load(struct pl_tree *t, const char *path, unsigned depth, struct pl_err *err)
{
	PL_AUTOFREE char *real = pl_xprintf("%s/%s", root, path);
	DIR *d = opendir(real);
	if (!d || depth > DEPTH_MAX)
		return pl_fail(err, PL_FAILURE, "%s: cannot be read", real);
	int r = 0;
	for (struct dirent *e; r >= 0 && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (depth == 0 &&
		     (strcmp(e->d_name, "proc") == 0 || strcmp(e->d_name, "sys") == 0 ||
		      strcmp(e->d_name, "dev") == 0)))
			continue;
		PL_AUTOFREE char *below = pl_xprintf("%s%s%s", path, *path ? "/" : "", e->d_name);
		r = load_one(t, below, depth, err);
	}
	closedir(d);
	return r;
}

static int read_body(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	PL_AUTO(buf) path = {0};
	pl_tree_path(n, &path);
	PL_AUTOFREE char *real = pl_xprintf("%s/%s", root, path.p);
	return pl_file_read(real, FILE_MAX, ret, err);
}

/* The packages that dpkg's status knows. */
static size_t packages(struct pl_arena *a, struct pl_effect_package **ret, struct pl_err *err)
{
	PL_AUTO(buf) status = {0};
	PL_AUTOFREE char *path = pl_xprintf("%s/var/lib/dpkg/status", root);
	static struct pl_deb822 p;
	PL_VEC(struct pl_effect_package) v = {0};
	if (pl_file_read(path, FILE_MAX, &status, err) < 0)
		return 0;
	struct pl_deb822_reader r = {.rest = pl_arena_str(a, pl_buf_str(&status)), .what = path};
	while (pl_deb822_next(&r, false, &p, err) == 1) {
		struct pl_effect_package *e = pl_vec_push(&v);
		e->name = pl_deb822_get(&p, "Package");
		e->version = pl_deb822_get(&p, "Version");
		e->architecture = pl_deb822_get(&p, "Architecture");
	}
	*ret = pl_arena_dup(a, v.v, v.n, sizeof(*v.v));
	size_t n = v.n;
	pl_vec_free(&v);
	return n;
}

struct accounts {
	struct pl_account v[64];
	size_t n;
	PL_VEC(struct pl_alternative) alternatives;
};

static const char *field(struct pl_arena *a, struct pl_str *rest)
{
	return pl_arena_cstr(a, pl_str_cut(rest, ':'));
}

static bool alternative(struct pl_arena *a, struct accounts *all, struct pl_str rest)
{
	struct pl_alternative *v = pl_vec_push(&all->alternatives);
	struct pl_alternative *slaves = pl_arena_array(a, struct pl_alternative, 256);
	uint64_t priority;
	v->name = field(a, &rest);
	v->link = field(a, &rest);
	v->path = field(a, &rest);
	if (!pl_parse_u64(pl_str_cut(&rest, ':'), INT32_MAX, &priority))
		return false;
	v->priority = (int64_t)priority;
	for (; rest.p && v->n_slaves < 256; v->n_slaves++) {
		slaves[v->n_slaves].name = field(a, &rest);
		slaves[v->n_slaves].link = field(a, &rest);
		slaves[v->n_slaves].path = field(a, &rest);
	}
	v->slaves = slaves;
	return true;
}

static bool account(struct pl_arena *a, struct accounts *all, const char *text)
{
	struct pl_str rest = pl_str_of(text), kind = pl_str_cut(&rest, ':');
	uint64_t id;
	if (pl_str_is(kind, "alternative"))
		return alternative(a, all, rest);
	if (all->n == PL_COUNT(all->v))
		return false;
	struct pl_account *c = &all->v[all->n];
	*c = (struct pl_account){.is_group = pl_str_is(kind, "group")};
	c->name = field(a, &rest);
	if (!pl_parse_u64(pl_str_cut(&rest, ':'), UINT32_MAX, &id))
		return false;
	c->fixed_id = (int64_t)id; /* the real one's, of which locking may give another */
	all->n++;
	if (!c->is_group) {
		c->group = field(a, &rest);
		c->home = field(a, &rest);
		c->shell = field(a, &rest);
		c->gecos = field(a, &rest);
		c->groups = pl_arena_array(a, const char *, 2);
		c->groups[0] = rest.p ? field(a, &rest) : NULL;
	}
	return true;
}

static int accounts(struct pl_tree *t, const struct pl_effect_input *in, const struct accounts *acc,
		    struct pl_err *err)
{
	static const struct pl_account_templates from = {"usr/share/base-passwd/passwd.master",
							 "usr/share/base-passwd/group.master"};
	bool shadowed = false;
	for (size_t i = 0; i < in->n_packages; i++)
		shadowed = shadowed || pl_str_is(in->packages[i].name, "passwd");
	return pl_accounts_make(t, in, &from, shadowed, acc->v, acc->n, err);
}

static int generate(struct pl_tree *t, const struct pl_effect_input *in, const char *what,
		    const struct accounts *acc, struct pl_err *err)
{
	if (strcmp(what, "ld.so.cache") == 0)
		return pl_debian_ld_so_cache(t, in, err);
	if (strcmp(what, "ca-certificates") == 0)
		return pl_ca_certificates_make(t, in, err);
	if (strcmp(what, "java-keystore") == 0)
		return pl_java_keystore_make(t, in, err);
	if (strcmp(what, "pam") == 0)
		return pl_pam_make(t, in, err);
	if (strcmp(what, "accounts") == 0)
		return accounts(t, in, acc, err);
	if (strcmp(what, "alternatives") == 0)
		return pl_alternatives_make(t, in, acc->alternatives.v, acc->alternatives.n, err);
	return pl_fail(err, PL_USAGE, "%s: no such generator", what);
}

static int show(const struct pl_tree *t, const struct pl_effect_input *in, const char *how,
		const char *path, struct pl_err *err)
{
	const struct pl_node *n = pl_tree_resolve(t, pl_str_of(path), true);
	PL_AUTO(buf) b = {0};
	if (!n)
		return pl_fail(err, PL_NOT_FOUND, "%s: not in the tree", path);
	if (strcmp(how, "cat") == 0) {
		int r = pl_effect_read(in, n, &b, err);
		if (r >= 0)
			fwrite(b.p, 1, b.n, stdout);
		return r;
	}
	for (uint32_t i = 0; i < n->n_children; i++) {
		const struct pl_node *c = n->children[i];
		printf("%s %o %u:%u%s%.*s\n", c->name.p, c->mode, c->uid, c->gid,
		       c->type == PL_TAR_SYMLINK ? " -> " : "", (int)c->link.n, c->link.p);
	}
	return 0;
}

static int run(int argc, char **argv, struct pl_tree *t, struct pl_arena *a, struct pl_err *err)
{
	struct accounts acc = {0};
	struct pl_effect_package *p = NULL;
	int i = 4;
	root = argv[1];
	struct pl_effect_package libc = {.name = PL_STR("libc-bin")};
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], "libc-bin=", 9) == 0)
			libc.version = pl_str_of(argv[i] + 9);
		else if (!account(a, &acc, argv[i]))
			return pl_fail(err, PL_USAGE, "%s: not an account", argv[i]);
	size_t n = packages(a, &p, err);
	if (libc.version.p) {
		p = &libc;
		n = 1;
	}
	struct pl_effect_input in = {.packages = p,
				     .n_packages = n,
				     .platform = pl_platform_of_debian(pl_str_of(argv[2])),
				     .epoch = 1700000000,
				     .read = read_body};
	int r = load(t, "", 0, err);
	if (r >= 0)
		r = generate(t, &in, argv[3], &acc, err);
	pl_vec_free(&acc.alternatives);
	for (i++; r >= 0 && i + 1 < argc; i += 2)
		r = show(t, &in, argv[i], argv[i + 1], err);
	return r;
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	struct pl_tree t;
	PL_AUTO(arena) a = {0};
	if (argc < 4)
		return 2;
	pl_tree_init(&t);
	int r = run(argc, argv, &t, &a, &err);
	pl_tree_done(&t);
	if (r < 0)
		fprintf(stderr, "generate: %s\n", err.msg);
	return r < 0;
}
