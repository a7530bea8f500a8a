// SPDX-License-Identifier: Apache-2.0
/* Why there is no solution, in words: the relation, what stands against each way to meet it, and
 * the chain from what was asked for. */
#include "debian/resolve/resolve_int.h"

static void add_package(struct pl_buf *b, const struct pl_package *p)
{
	pl_buf_addf(b, "%.*s %.*s", PL_STR_ARG(p->name), PL_STR_ARG(p->version));
}

static void add_dep(struct pl_buf *b, struct pl_str name, enum pl_debrel rel, struct pl_str version)
{
	static const char *const ops[] = {"", "<<", "<=", "=", ">=", ">>"};
	pl_buf_addstr(b, name);
	if (rel != PL_REL_NONE)
		pl_buf_addf(b, " (%s %.*s)", ops[rel], PL_STR_ARG(version));
}

void pl_group_text(struct pl_buf *b, const struct pl_depgroup *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct pl_dep *d = &g->alt[i];
		if (i)
			pl_buf_adds(b, " | ");
		pl_buf_addstr(b, d->name);
		if (d->any)
			pl_buf_adds(b, ":any");
		else if (d->arch.n)
			pl_buf_addf(b, ":%.*s", PL_STR_ARG(d->arch));
		add_dep(b, PL_STR(""), d->rel, d->version);
	}
}

/* Nothing in the archive would do for this alternative. */
static void add_absence(struct pl_resolver *r, const struct pl_dep *d, struct pl_buf *b)
{
	const struct pl_package *c = pl_index_candidate(r->ix, d->name);
	const struct pl_package_list *l = pl_index_providers(r->ix, d->name);
	if (c && !pl_debver_meets(c->version, d->rel, d->version))
		pl_buf_addf(b, "no version meets it (the archive has %.*s)",
			    PL_STR_ARG(c->version));
	else if (c && d->any)
		pl_buf_addf(b, "%.*s is not for use by other architectures (Multi-Arch: allowed)",
			    PL_STR_ARG(d->name));
	else if (c || d->arch.n)
		pl_buf_addf(b, "it is for another architecture than %s",
			    pl_index_architecture(r->ix));
	else if (l && d->rel != PL_REL_NONE)
		pl_buf_addf(b, "%.*s only provides it without or in another version",
			    PL_STR_ARG(l->v[0]->name));
	else
		pl_buf_addf(b, "the archive has no package %.*s", PL_STR_ARG(d->name));
}

/* "asked for in images/web.yaml:4:5" */
static void add_asked(struct pl_buf *b, const struct pl_root *root)
{
	pl_buf_adds(b, "asked for");
	if (root && root->where)
		pl_buf_addf(b, " in %s", root->where);
}

/* Why a package is there that no other one needs. */
static void add_origin(const struct pl_resolver *r, const struct pl_chosen *c, const char *base,
		       struct pl_buf *b)
{
	const struct pl_root *root = NULL; /* none: by a name that the package provides */
	for (size_t i = 0; i < r->n_roots && !root; i++)
		if (pl_str_eq(r->roots[i].name, c->pkg->name))
			root = &r->roots[i];
	if (c->level)
		add_asked(b, root);
	else
		pl_buf_adds(b, base);
}

static void add_refusal(struct pl_resolver *r, const struct pl_package *p, struct pl_buf *b)
{
	struct pl_refusal f = pl_refusal_of(r, p);
	if (f.kind == PL_REFUSED_NOT) {
		add_package(b, p);
		pl_buf_adds(b, " leads to a dead end");
		return;
	}
	const struct pl_chosen *c = &r->chosen.v[f.choice];
	const struct pl_package *from = f.by_choice ? c->pkg : p, *to = f.by_choice ? p : c->pkg;
	if (f.kind == PL_REFUSED_VERSION) {
		add_package(b, c->pkg);
		pl_buf_adds(b, " is chosen already");
	} else {
		add_package(b, from);
		pl_buf_adds(b, f.breaks ? " breaks " : " conflicts with ");
		add_package(b, to);
	}
	pl_buf_addf(b, " (%.*s is ", PL_STR_ARG(c->pkg->name));
	if (c->group)
		pl_buf_addf(b, "needed by %.*s)", PL_STR_ARG(r->chosen.v[c->owner].pkg->name));
	else {
		add_origin(r, c, "in the base image", b);
		pl_buf_addc(b, ')');
	}
}

/* "; needed by app; needed by web (asked for)", the middle of a long chain left out. */
static void add_chain(struct pl_resolver *r, size_t c, struct pl_buf *b)
{
	size_t length = 0, at = 0;
	for (size_t i = c; i != PL_NO_CHOICE; i = r->chosen.v[i].owner)
		length++;
	for (size_t i = c; i != PL_NO_CHOICE; i = r->chosen.v[i].owner, at++) {
		if (length > 7 && at == 4)
			pl_buf_addf(b, "; ... %zu more ...", length - 6);
		if (at > 0 && !(length > 7 && at >= 4 && at < length - 2))
			pl_buf_addf(b, "; needed by %.*s", PL_STR_ARG(r->chosen.v[i].pkg->name));
		if (r->chosen.v[i].group)
			continue;
		pl_buf_adds(b, " (");
		add_origin(r, &r->chosen.v[i], "base image", b);
		pl_buf_addc(b, ')');
	}
}

void pl_explain_dead_end(struct pl_resolver *r, const struct pl_decision *d, size_t owner,
			 const struct pl_depgroup *g, const struct pl_root *root)
{
	PL_AUTO(buf) b = {.max = 4096};
	if (g) {
		pl_buf_addf(&b, "%.*s needs ", PL_STR_ARG(r->chosen.v[owner].pkg->name));
		pl_group_text(&b, g);
	} else {
		add_dep(&b, root->name, root->rel, root->version);
		pl_buf_adds(&b, " (");
		add_asked(&b, root);
		pl_buf_addc(&b, ')');
	}
	pl_buf_adds(&b, ": ");
	for (size_t i = 0; i < d->n_options; i++) {
		if (i)
			pl_buf_adds(&b, ", ");
		add_refusal(r, d->options[i], &b);
	}
	for (size_t i = 0; g && d->n_options == 0 && i < g->n; i++) {
		if (i)
			pl_buf_adds(&b, ", ");
		add_absence(r, &g->alt[i], &b);
	}
	if (g && r->chosen.v[owner].group)
		add_chain(r, owner, &b);
	else if (g) {
		pl_buf_addf(&b, "; %.*s is ", PL_STR_ARG(r->chosen.v[owner].pkg->name));
		add_origin(r, &r->chosen.v[owner], "in the base image", &b);
	}
	if (!r->first_dead_end) {
		r->first_dead_end = pl_buf_take(&b);
		return;
	}
	free(r->last_dead_end);
	r->last_dead_end = pl_buf_take(&b);
}

int pl_explain_failure(struct pl_resolver *r, bool gave_up)
{
	const char *first = r->first_dead_end ? r->first_dead_end : "no solution";
	if (gave_up)
		return pl_fail(r->err, PL_UNSOLVABLE,
			       "gave up after %zu attempts (name the packages to take among the "
			       "alternatives); the first dead end: %s",
			       r->dead_ends, first);
	if (!r->last_dead_end || strcmp(first, r->last_dead_end) == 0)
		return pl_fail(r->err, PL_UNSOLVABLE, "%s", first);
	return pl_fail(r->err, PL_UNSOLVABLE, "%.240s. Otherwise: %s", first, r->last_dead_end);
}

static void add_providers(const struct pl_package_list *l, struct pl_buf *b)
{
	for (size_t i = 0; i < l->n && i < 8; i++)
		pl_buf_addf(b, "%s" PL_STR_FMT, i ? ", " : "", PL_STR_ARG(l->v[i]->name));
	pl_buf_adds(b, l->n > 8 ? " and others: name one of them" : ": name one of them");
}

bool pl_root_missing(const struct pl_index *ix, const struct pl_root *root, struct pl_buf *ret_why,
		     struct pl_buf *ret_more)
{
	const struct pl_package_list *l = pl_index_versions(ix, root->name);
	for (size_t i = 0; l && i < l->n; i++)
		if (pl_debver_meets(l->v[i]->version, root->rel, root->version))
			return false;
	if (!l && pl_index_providers(ix, root->name))
		return false; /* which of them it can be is seen when resolving */
	if (l) {
		pl_buf_adds(ret_why, "no version meets '");
		add_dep(ret_why, root->name, root->rel, root->version);
		pl_buf_adds(ret_why, "'");
		for (size_t i = 0; i < l->n && i < 4; i++)
			pl_buf_addf(ret_more, "%s" PL_STR_FMT, i ? ", " : "it has ",
				    PL_STR_ARG(l->v[i]->version));
		return true;
	}
	PL_AUTO(buf) near = {0};
	pl_buf_addf(ret_why, "no package '" PL_STR_FMT "'", PL_STR_ARG(root->name));
	pl_index_near(ix, root->name, &near);
	if (near.n)
		pl_buf_addf(ret_more, "near: %s", near.p);
	return true;
}

int pl_explain_no_root(struct pl_resolver *r, const struct pl_root *root)
{
	PL_AUTO(buf) b = {.max = 2048}, more = {.max = 2048};
	if (pl_root_missing(r->ix, root, &b, &more))
		return pl_fail(r->err,
			       pl_index_versions(r->ix, root->name) ? PL_UNSOLVABLE : PL_NOT_FOUND,
			       "%s for %s%s%s", b.p, pl_index_architecture(r->ix),
			       more.n ? "; " : "", more.n ? more.p : "");
	add_dep(&b, root->name, root->rel, root->version);
	pl_buf_adds(&b, " (");
	add_asked(&b, root);
	pl_buf_adds(&b, "): a virtual package, provided by ");
	add_providers(pl_index_providers(r->ix, root->name), &b);
	return pl_fail(r->err, PL_UNSOLVABLE, "%s", b.p);
}
