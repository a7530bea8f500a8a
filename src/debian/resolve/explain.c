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
	else
		pl_buf_adds(b, c->level ? "asked for)" : "in the base image)");
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
		if (!r->chosen.v[i].group)
			pl_buf_adds(b, r->chosen.v[i].level ? " (asked for)" : " (base image)");
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
		pl_buf_adds(&b, " (asked for)");
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
	else if (g)
		pl_buf_addf(&b, "; %.*s is %s", PL_STR_ARG(r->chosen.v[owner].pkg->name),
			    r->chosen.v[owner].level ? "asked for" : "in the base image");
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

static void add_suggestion(struct pl_resolver *r, struct pl_str name, struct pl_buf *b)
{
	struct pl_str best = pl_index_nearest(r->ix, name);
	if (best.n)
		pl_buf_addf(b, "; did you mean %.*s?", PL_STR_ARG(best));
}

int pl_explain_no_root(struct pl_resolver *r, const struct pl_root *root)
{
	PL_AUTO(buf) b = {.max = 2048};
	const struct pl_package *c = pl_index_candidate(r->ix, root->name);
	const struct pl_package_list *l = pl_index_providers(r->ix, root->name);
	add_dep(&b, root->name, root->rel, root->version);
	pl_buf_adds(&b, " (asked for): ");
	if (c) {
		pl_buf_addf(&b, "no version meets it (the archive has %.*s)",
			    PL_STR_ARG(c->version));
	} else if (l) {
		pl_buf_adds(&b, "a virtual package, provided by");
		for (size_t i = 0; i < l->n && i < 8; i++)
			pl_buf_addf(&b, "%s %.*s", i ? "," : "", PL_STR_ARG(l->v[i]->name));
		pl_buf_adds(&b, l->n > 8 ? " and others: name one of them" : ": name one of them");
	} else {
		pl_buf_addf(&b, "the archive has no package %.*s for %s", PL_STR_ARG(root->name),
			    pl_index_architecture(r->ix));
		add_suggestion(r, root->name, &b);
	}
	return pl_fail(r->err, c || l ? PL_UNSOLVABLE : PL_NOT_FOUND, "%s", b.p);
}
