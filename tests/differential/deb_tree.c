// SPDX-License-Identifier: Apache-2.0
/*
 * Puts .debs together to a tree as the builder does, applies all effects, and prints every path:
 *
 *     deb_tree ARCHITECTURE DEB...
 *
 * Accounts come first, then a line a path: type mode user:group size sha256 path TAB link target.
 * Verdicts other than "none" go to standard error, "unknown" ones end it with status 3. Accounts
 * get numbers from 101 on, in order. For tree-mmdebstrap, which compares that with a real
 * installation.
 */
#include "base/deb822.h"
#include "debian/scripts/apply_int.h"
#include "effects/effects_int.h"

#include <inttypes.h>
#include <stdio.h>

struct bodies {
	PL_VEC(struct pl_str) v;
	struct pl_arena arena;
};

struct package {
	struct pl_effect_package p;
	struct pl_control control;
};

static int read_body(void *ctx, const struct pl_node *n, struct pl_buf *ret, struct pl_err *err)
{
	const struct bodies *b = ctx;
	pl_buf_clear(ret);
	pl_buf_addstr(ret, b->v.v[n->owner]);
	return pl_buf_check(ret, n->name.p, err);
}

static int add_entry(struct pl_tree *t, struct pl_deb *d, const struct pl_tar_entry *e,
		     struct bodies *b, struct pl_err *err)
{
	struct pl_node *n;
	int r = pl_tree_put(t, e, &n, err);
	if (r < 0 || e->type != PL_TAR_FILE || !e->size)
		return r;
	char *p = pl_arena_alloc(&b->arena, (size_t)e->size);
	for (size_t have = 0; have < e->size;) {
		int64_t got = pl_deb_read(d, p + have, (size_t)e->size - have, err);
		if (got <= 0)
			return (int)got;
		have += (size_t)got;
	}
	n->body = PL_BODY_PACKAGE;
	n->size = e->size;
	n->owner = (int)b->v.n;
	*pl_vec_push(&b->v) = (struct pl_str){p, (size_t)e->size};
	n->sha256 = pl_sha256_of(b->v.v[n->owner]);
	return 0;
}

static int add_deb(struct pl_tree *t, const char *path, struct pl_arena *a, struct package *ret,
		   struct bodies *b, struct pl_err *err)
{
	struct pl_source *in = NULL;
	PL_AUTO_FREE(deb) d = NULL;
	struct pl_tar_entry e;
	int r = pl_source_file(path, &in, err);
	if (r >= 0)
		r = pl_deb_open(in, &pl_limits_default, path, a, &ret->control, &d, err);
	if (r < 0)
		return r;
	while ((r = pl_deb_next(d, &e, err)) > 0) {
		r = add_entry(t, d, &e, b, err);
		if (r < 0)
			return r;
	}
	struct pl_deb822_reader rd = {.rest = ret->control.control, .what = path};
	struct pl_deb822 p;
	if (r >= 0)
		r = pl_deb822_next(&rd, false, &p, err);
	if (r < 0)
		return r;
	ret->p = (struct pl_effect_package){.name = pl_deb822_get(&p, "Package"),
					    .version = pl_deb822_get(&p, "Version"),
					    .architecture = pl_deb822_get(&p, "Architecture"),
					    .own = &ret->control};
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return pl_str_cmp(((const struct package *)a)->p.name, ((const struct package *)b)->p.name);
}

/* The verdicts; how many are unknown. */
static unsigned judge(struct pl_arena *a, const struct package *p, const char *arch)
{
	struct pl_script_verdict *v;
	size_t n;
	unsigned unknown = 0;
	pl_scripts_judge(a, p->p.name, pl_str_of(arch), &p->control, &v, &n);
	for (size_t i = 0; i < n; i++) {
		fprintf(stderr, PL_STR_FMT " %s: %s (%s)\n", PL_STR_ARG(p->p.name), v[i].script,
			pl_verdict_name(v[i].verdict), v[i].reason);
		unknown += v[i].verdict == PL_SCRIPT_UNKNOWN;
	}
	return unknown;
}

/* Users before groups, each name once; numbers from 100 on where the recipe fixes none. */
static struct pl_id *allocate(struct pl_arena *a, const struct package *p, size_t n, size_t *ret_n)
{
	PL_VEC(struct pl_id) ids = {0};
	uint32_t next = 101; /* gid 100 is "users" */
	for (size_t i = 0; i < n; i++) {
		struct pl_account *acc;
		size_t n_acc;
		pl_recipe_accounts(a, p[i].p.name, &acc, &n_acc);
		for (size_t k = 0; k < n_acc; k++) {
			uint32_t id = acc[k].fixed_id >= 0 ? (uint32_t)acc[k].fixed_id : next++;
			*pl_vec_push(&ids) = (struct pl_id){acc[k].name, acc[k].is_group, id};
			if (!acc[k].is_group && strcmp(acc[k].group, acc[k].name) == 0)
				*pl_vec_push(&ids) = (struct pl_id){acc[k].group, true, id};
		}
	}
	struct pl_id *ret = pl_arena_dup(a, ids.v, ids.n, sizeof(*ids.v));
	*ret_n = ids.n;
	pl_vec_free(&ids);
	return ret;
}

static void print_tree(const struct pl_tree *t)
{
	PL_AUTO(buf) path = {0};
	char hex[PL_DIGEST_TEXT];
	for (const struct pl_node *n = pl_tree_next(t->root, NULL); n;
	     n = pl_tree_next(t->root, n)) {
		const struct pl_node *f = n->hardlink ? n->hardlink : n;
		bool file = f->type == PL_TAR_FILE;
		char type = file ? 'f' : f->type == PL_TAR_DIR ? 'd' : 'l';
		struct pl_digest none = pl_sha256_of(PL_STR(""));
		pl_tree_path(n, &path);
		printf("%c %o %" PRIu32 ":%" PRIu32 " %" PRIu64 " %s %s\t" PL_STR_FMT "\n", type,
		       type == 'l' ? 0777 : f->mode, f->uid, f->gid, file ? f->size : 0,
		       file ? pl_digest_hex(f->size ? &f->sha256 : &none, hex) : "-", path.p,
		       PL_STR_ARG(f->link));
	}
}

/* "@passwd LINE" and "@group LINE": whose the numbers are. */
static int print_accounts(const struct pl_tree *t, const struct pl_effect_input *in,
			  struct pl_arena *a, struct pl_err *err)
{
	static const char *const files[] = {"passwd", "group"};
	for (size_t i = 0; i < PL_COUNT(files); i++) {
		struct pl_str text;
		int r = pl_effect_text(t, in, a, pl_arena_printf(a, "etc/%s", files[i]), &text,
				       err);
		if (r < 0)
			return r;
		while (text.p && text.n) {
			struct pl_str line = pl_str_cut(&text, '\n');
			printf("@%s " PL_STR_FMT "\n", files[i], PL_STR_ARG(line));
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO(tree) t;
	struct bodies b = {0};
	unsigned unknown = 0;
	pl_tree_init(&t);
	if (argc < 3)
		return 2;
	size_t n = (size_t)argc - 2;
	struct package *v = pl_arena_array(&a, struct package, n);
	struct pl_effect_package *packages = pl_arena_array(&a, struct pl_effect_package, n);
	int r = 0;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add_deb(&t, argv[i + 2], &a, &v[i], &b, &err);
	qsort(v, n, sizeof(*v), by_name);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		v[i].p.own = &v[i].control;
		packages[i] = v[i].p;
		unknown += judge(&a, &v[i], argv[1]);
	}
	struct pl_effect_input in = {.packages = packages,
				     .n_packages = n,
				     .platform = pl_platform_of_debian(pl_str_of(argv[1])),
				     .epoch = 1700000000,
				     .read = read_body,
				     .read_ctx = &b};
	if (r >= 0) {
		in.ids = allocate(&a, v, n, &in.n_ids);
		r = pl_recipes_apply(&t, &in, &err);
	}
	if (r >= 0)
		r = print_accounts(&t, &in, &a, &err);
	if (r >= 0)
		print_tree(&t);
	else
		fprintf(stderr, "%s\n", err.msg);
	pl_vec_free(&b.v);
	pl_arena_done(&b.arena);
	return r < 0 ? 1 : unknown ? 3 : 0;
}
