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
#include "debian/scripts/apply_int.h"
#include "debs.h"

#include <stdio.h>

/* The verdicts; how many are unknown. */
static unsigned judge(struct pl_arena *a, const struct deb *p, const char *arch)
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
static struct pl_id *allocate(struct pl_arena *a, const struct deb *p, size_t n, size_t *ret_n)
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

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO(tree) t;
	struct deb_bodies b = {0};
	unsigned unknown = 0;
	pl_tree_init(&t);
	if (argc < 3)
		return 2;
	size_t n = (size_t)argc - 2;
	struct deb *v;
	struct pl_effect_package *packages = pl_arena_array(&a, struct pl_effect_package, n);
	int r = debs_load(&a, argv + 2, n, &v, &err);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		for (size_t k = 0; r >= 0 && k < v[i].entries.n; k++) {
			const struct deb_entry *e = &v[i].entries.v[k];
			r = debs_put(&t, e, e->tar.path.p, &b, &err);
		}
		packages[i] = v[i].p;
		unknown += judge(&a, &v[i], argv[1]);
	}
	struct pl_effect_input in = {.packages = packages,
				     .n_packages = n,
				     .platform = pl_platform_of_debian(pl_str_of(argv[1])),
				     .epoch = 1700000000,
				     .read = debs_read,
				     .read_ctx = &b};
	if (r >= 0) {
		in.ids = allocate(&a, v, n, &in.n_ids);
		r = pl_recipes_apply(&t, &in, &err);
	}
	if (r >= 0)
		r = debs_print(&t, &in, &a, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	debs_done(v, n);
	pl_vec_free(&b.v);
	return r < 0 ? 1 : unknown ? 3 : 0;
}
