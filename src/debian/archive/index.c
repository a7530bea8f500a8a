// SPDX-License-Identifier: Apache-2.0
/* Packages by name and by what they provide. */
#include "debian/archive/index_int.h"

#include <stdio.h>

#define RELATIONS_MAX ((size_t)1 << 20) /* parsed relations of one index */

struct pl_index *pl_index_new(const char *architecture)
{
	struct pl_index *ix = pl_xcalloc(1, sizeof(*ix));
	ix->architecture = architecture;
	ix->own.max = pl_limits_default.index_memory;
	ix->memory = &ix->own;
	pthread_mutex_init(&ix->lock, NULL);
	return ix;
}

void pl_index_free(struct pl_index *ix)
{
	if (!ix)
		return;
	pl_map_done(&ix->by_name);
	pl_map_done(&ix->providers);
	pl_vec_free(&ix->packages);
	pl_budget_give_back(ix->memory, ix->charged);
	pl_arena_done(&ix->arena);
	pthread_mutex_destroy(&ix->lock);
	free(ix);
}

/* A name in a map, its list included. */
#define NAME_BYTES 96
#define CHARGE ((uint64_t)64 << 10) /* bytes by which is charged */

int pl_index_charge(struct pl_index *ix, const char *where, struct pl_err *err)
{
	uint64_t now = ix->arena.used + ix->packages.n * sizeof(void *) +
		       (ix->by_name.n + ix->providers.n) * NAME_BYTES;
	if (now - ix->charged < CHARGE)
		return 0;
	if (!pl_budget_take(ix->memory, now - ix->charged))
		return pl_fail(err, PL_LIMIT,
			       "%s: with it the lock's indexes take more than %llu MiB of memory, "
			       "which is what its distros and platforms may; name fewer suites or "
			       "components",
			       where, (unsigned long long)(ix->memory->max >> 20));
	ix->charged = now;
	return 0;
}

/* Where p comes from, for messages; an index that a test made of a text has no suites. */
static const char *suite_of(const struct pl_index *ix, const struct pl_package *p)
{
	return p->suite < ix->n_suites ? ix->suites[p->suite].suite : "?";
}

/* Parses one field into *ret, counting against the index's ceiling. */
static int relation(struct pl_index *ix, const struct pl_package *p, struct pl_str value,
		    struct pl_deps *ret, struct pl_err *err)
{
	char where[160];
	snprintf(where, sizeof(where), "package %.*s %.*s", (int)(p->name.n < 60 ? p->name.n : 60),
		 p->name.p, (int)(p->version.n < 60 ? p->version.n : 60), p->version.p);
	int rc = pl_deps_parse(&ix->arena, value, where, ret, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ret->n; i++)
		ix->n_relations += ret->v[i].n;
	if (ix->n_relations > RELATIONS_MAX)
		return pl_fail(err, PL_LIMIT,
			       "Packages of suite %s: %s: more than %zu relations in the index",
			       suite_of(ix, p), where, RELATIONS_MAX);
	return pl_index_charge(ix, where, err);
}

static int parse_relations(struct pl_index *ix, struct pl_package *p, struct pl_err *err)
{
	const struct {
		const char *name;
		struct pl_deps *to;
	} fields[] = {
		{"Pre-Depends", &p->pre_depends}, {"Depends", &p->depends},
		{"Conflicts", &p->conflicts},     {"Breaks", &p->breaks},
		{"Replaces", &p->replaces},       {"Provides", &p->provides},
	};
	struct pl_str rest = p->relations_text, name, value;
	while (pl_stanza_field(&rest, &name, &value) > 0) {
		for (size_t i = 0; i < PL_COUNT(fields); i++) {
			if (!pl_field_is(name, fields[i].name) || fields[i].to->v)
				continue; /* Provides is there already if p is in an index */
			int rc = relation(ix, p, value, fields[i].to, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

int pl_package_relations(struct pl_index *ix, struct pl_package *p, struct pl_err *err)
{
	if (__atomic_load_n(&p->relations_parsed, __ATOMIC_ACQUIRE))
		return 0;
	int rc = 0;
	pthread_mutex_lock(&ix->lock);
	if (!p->relations_parsed && (rc = parse_relations(ix, p, err)) == 0)
		__atomic_store_n(&p->relations_parsed, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&ix->lock);
	return rc;
}

/* Room for one more: it doubles at powers of two. */
static void grow(struct pl_index *ix, struct pl_package_list *l)
{
	if ((l->n & (l->n - 1)) != 0)
		return;
	struct pl_package **v =
		pl_arena_array(&ix->arena, struct pl_package *, l->n ? l->n * 2 : 1);
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	l->v = v;
}

/* Into the list, highest version first, earlier suites first among equals. */
static void insert(struct pl_index *ix, struct pl_package_list *l, struct pl_package *p)
{
	size_t at = 0;
	while (at < l->n && pl_debver_cmp(l->v[at]->version, p->version) >= 0)
		at++;
	grow(ix, l);
	memmove(l->v + at + 1, l->v + at, (l->n - at) * sizeof(*l->v));
	l->v[at] = p;
	l->n++;
}

static bool has_version(const struct pl_package_list *l, struct pl_str version)
{
	for (size_t i = 0; i < l->n; i++)
		if (pl_str_eq(l->v[i]->version, version))
			return true;
	return false;
}

/* Providers: appended in the order of the packages. */
static void append(struct pl_index *ix, struct pl_package_list *l, struct pl_package *p)
{
	if (l->n && l->v[l->n - 1] == p)
		return; /* provides the name twice, in two versions */
	grow(ix, l);
	l->v[l->n++] = p;
}

static struct pl_package_list *list_of(struct pl_index *ix, struct pl_map *m, struct pl_str name)
{
	void **slot = pl_map_slot(m, name);
	if (!*slot)
		*slot = pl_arena_new(&ix->arena, struct pl_package_list);
	return *slot;
}

int pl_index_finish(struct pl_index *ix, struct pl_err *err)
{
	for (size_t i = 0; i < ix->packages.n; i++) {
		struct pl_package *p = ix->packages.v[i];
		struct pl_package_list *l = list_of(ix, &ix->by_name, p->name);
		if (has_version(l, p->version))
			continue;
		if (l->n == 1000)
			return pl_fail(err, PL_LIMIT,
				       "Packages of suite %s: package %.*s: more than 1000 "
				       "versions",
				       suite_of(ix, p), PL_STR_ARG(p->name));
		insert(ix, l, p);
		int rc = p->provides_field.n ? relation(ix, p, p->provides_field, &p->provides, err)
					     : pl_index_charge(ix, suite_of(ix, p), err);
		if (rc < 0)
			return rc;
		for (size_t k = 0; k < p->provides.n; k++)
			append(ix, list_of(ix, &ix->providers, p->provides.v[k].alt[0].name), p);
	}
	return 0;
}

int pl_index_of_text(const char *architecture, struct pl_str text, const char *where,
		     struct pl_index **ret, struct pl_err *err)
{
	PL_AUTO_FREE(index) ix = pl_index_new(architecture);
	int rc = pl_packages_parse(ix, text, 0, where, err);
	if (rc == 0)
		rc = pl_index_finish(ix, err);
	if (rc == 0)
		*ret = pl_steal(&ix);
	return rc;
}

struct pl_package *pl_index_candidate(const struct pl_index *ix, struct pl_str name)
{
	const struct pl_package_list *l = pl_map_get(&ix->by_name, name);
	return l ? l->v[0] : NULL;
}

struct pl_package *pl_index_find(const struct pl_index *ix, struct pl_str name,
				 struct pl_str version)
{
	const struct pl_package_list *l = pl_map_get(&ix->by_name, name);
	for (size_t i = 0; l && i < l->n; i++)
		if (pl_str_eq(l->v[i]->version, version))
			return l->v[i];
	return NULL;
}

const char *const *pl_index_essential(const struct pl_index *ix, struct pl_arena *a)
{
	const char **v = pl_arena_array(a, const char *, ix->by_name.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < ix->by_name.n; i++) {
		const struct pl_package_list *l = ix->by_name.items[i].value;
		if (l->v[0]->essential)
			v[n++] = pl_arena_cstr(a, l->v[0]->name);
	}
	return v;
}

const char *pl_index_architecture(const struct pl_index *ix) { return ix->architecture; }

const struct pl_suite_state *pl_index_suites(const struct pl_index *ix, size_t *ret_n)
{
	*ret_n = ix->n_suites;
	return ix->suites;
}

size_t pl_index_count(const struct pl_index *ix) { return ix->packages.n; }

const struct pl_package_list *pl_index_versions(const struct pl_index *ix, struct pl_str name)
{
	return pl_map_get(&ix->by_name, name);
}

const struct pl_package_list *pl_index_providers(const struct pl_index *ix, struct pl_str name)
{
	return pl_map_get(&ix->providers, name);
}
