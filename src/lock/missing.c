// SPDX-License-Identifier: Apache-2.0
/* Packages that definitions ask for and no archive has: all of them, of all images, before anything
 * is resolved. */
#include "base/problems.h"
#include "lock/relock_int.h"

struct missing {
	struct pl_relock_run *r;
	struct pl_arena arena;
	struct pl_map said; /* by place: one that several images extend is one */
	struct pl_problems problems;
};

static void add_list(struct pl_buf *b, const char *const *v)
{
	for (size_t i = 0; v[i]; i++)
		pl_buf_addf(b, "%s%s", b->n ? ", " : "", v[i]);
}

/* Where else in the fleet there is one: on other platforms, in other distros. */
static int add_elsewhere(struct missing *m, const struct pl_relock_distro *in,
			 const struct pl_package_root *root, struct pl_buf *b, struct pl_err *err)
{
	for (size_t i = 0; i < m->r->distros.n; i++) {
		const struct pl_relock_distro *d = m->r->distros.v[i];
		size_t found = 0;
		for (size_t k = 0; k < d->n_platforms; k++) {
			const char *why, *more;
			int rc = d->format->missing(d->archive, d->platforms[k], root, &m->arena,
						    &why, &more, err);
			if (rc < 0)
				return rc;
			if (why)
				continue;
			if (found++ == 0) {
				if (d == in)
					pl_buf_adds(b, "; it is there for ");
				else
					pl_buf_addf(b, "; distro %s has it for ", d->d->name);
			}
			pl_buf_addf(b, "%s%s", found > 1 ? ", " : "", d->platforms[k]->name);
		}
	}
	return 0;
}

static int check_ask(struct missing *m, const struct pl_relock_distro *d, const struct pl_image *i,
		     const struct pl_package_ask *ask, struct pl_err *err)
{
	struct pl_package_root root = {
		ask->name, ask->version, ask->op,
		pl_arena_printf(&m->arena, "%s:%u:%u", ask->file, ask->line, ask->column)};
	PL_AUTO(buf) on = {0}, help = {0};
	const char *why = NULL, *said_why = NULL, *more = "", *said_more = "";
	for (const struct pl_platform **p = i->platforms; *p; p++) {
		int rc = d->format->missing(d->archive, *p, &root, &m->arena, &why, &more, err);
		if (rc < 0)
			return rc;
		if (!why)
			continue;
		said_why = why;
		said_more = more;
		pl_buf_addf(&on, "%s%s", on.n ? ", " : "", (*p)->name);
	}
	if (!said_why || pl_map_put(&m->said,
				    pl_str_of(pl_arena_printf(&m->arena, "%s %s %s", root.where,
							      d->d->name, ask->text)),
				    m))
		return 0;
	if (said_more[0])
		pl_buf_addf(&help, "; %s", said_more);
	int rc = add_elsewhere(m, d, &root, &help, err);
	if (rc < 0)
		return rc;
	PL_AUTO(buf) suites = {0};
	for (size_t k = 0; k < d->d->origin.n_sources; k++)
		add_list(&suites, d->d->origin.sources[k].suites);
	pl_problems_add(&m->problems, "%s: %s in distro %s (%s), %s%s", root.where, said_why,
			d->d->name, suites.p, on.p, pl_buf_str(&help).p);
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct pl_package_ask *x = *(const struct pl_package_ask *const *)a,
				    *y = *(const struct pl_package_ask *const *)b;
	int c = strcmp(x->file, y->file);
	if (c == 0)
		c = (x->line > y->line) - (x->line < y->line);
	return c ? c : (x->column > y->column) - (x->column < y->column);
}

static int check_image(struct missing *m, const struct pl_image *i, struct pl_err *err)
{
	const struct pl_relock_distro *d = pl_relock_distro_of(m->r, i->distro);
	const struct pl_package_ask **v =
		pl_arena_array(&m->arena, const struct pl_package_ask *, i->n_packages + 1);
	for (size_t k = 0; k < i->n_packages; k++)
		v[k] = &i->packages[k];
	qsort(v, i->n_packages, sizeof(*v), by_place);
	int rc = 0;
	for (size_t k = 0; k < i->n_packages && rc == 0; k++)
		rc = check_ask(m, d, i, v[k], err);
	return rc;
}

int pl_relock_missing(struct pl_relock_run *r, struct pl_err *err)
{
	struct missing m = {.r = r};
	int rc = 0;
	for (size_t i = 0; i < r->fleet->n_images && rc == 0; i++)
		rc = check_image(&m, r->fleet->images[i], err);
	if (rc == 0)
		rc = pl_problems_fail(&m.problems, r->env, PL_NOT_FOUND, err,
				      "%zu packages that the definitions ask for are in no archive "
				      "of their distro; nothing is locked",
				      m.problems.n);
	pl_problems_done(&m.problems);
	pl_map_done(&m.said);
	pl_arena_done(&m.arena);
	return rc;
}
