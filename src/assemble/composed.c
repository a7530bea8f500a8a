// SPDX-License-Identifier: Apache-2.0
#include "assemble/composed.h"

#include "assemble/builder_int.h"

struct composed {
	struct pl_composed composed; /* first: what the caller sees */
	struct pl_build_result *result;
	struct pl_target *target; /* the result's */
	const struct pl_lock_package **packages;
};

int pl_build_compose(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		     struct pl_store *store, const char *image, const struct pl_platform *platform,
		     struct pl_composed **ret, struct pl_err *err)
{
	const struct pl_compose_request rq = {.image = image, .platform = platform};
	struct pl_build_result *r;
	struct pl_target *t;
	int rc = pl_builder_compose(env, f, l, store, &rq, &r, &t, err);
	if (rc < 0)
		return rc;
	struct composed *c = pl_xcalloc(1, sizeof(*c));
	c->result = r;
	c->target = t;
	c->packages = pl_xcalloc(t->n_effective + 1, sizeof(const struct pl_lock_package *));
	for (size_t i = 0; i < t->n_effective; i++)
		c->packages[i] = t->effective[i]->lock;
	c->composed =
		(struct pl_composed){&t->tree, t->notes.v, t->notes.n, c->packages, t->n_effective};
	*ret = &c->composed;
	return 0;
}

int pl_composed_read(struct pl_composed *c, const struct pl_node *n, struct pl_buf *ret,
		     struct pl_err *err)
{
	const struct composed *of = (const struct composed *)c;
	return pl_target_read(of->result->builder, of->target, n, ret, err);
}

void pl_composed_free(struct pl_composed *c)
{
	struct composed *of = (struct composed *)c;
	if (!of)
		return;
	pl_build_result_free(of->result);
	free(of->packages);
	free(of);
}
