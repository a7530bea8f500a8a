// SPDX-License-Identifier: Apache-2.0
/* The scanners over the layers: who is asked when, which layer a package is of, and the answer. */
#include "scan/scan_int.h"

#include <assert.h>

/* A version of a package, and the layer that first had it without a break since. */
struct pl_since {
	int layer, read;
};

static const struct pl_scanner *const scanners[] = {
#define TABLE_ENTRY(name) &pl_scanner_##name,
	PL_SCANNERS(TABLE_ENTRY) NULL};

bool pl_scan_reads(const char *ecosystem)
{
	for (const struct pl_scanner *const *at = scanners; *at; at++)
		if ((*at)->ecosystem && strcmp((*at)->ecosystem, ecosystem) == 0)
			return true;
	return false;
}

struct pl_scan *pl_scan_new_with(const struct pl_env *env, struct pl_arena *a,
				 const struct pl_scanner *const *with)
{
	struct pl_scan *s = pl_xcalloc(1, sizeof(*s));
	s->env = env;
	s->a = a;
	pl_places_init(&s->places, a);
	for (; *with; with++) {
		assert(s->n_watches < PL_SCANNERS_MAX);
		s->watch[s->n_watches++].scanner = *with;
	}
	return s;
}

struct pl_scan *pl_scan_new(const struct pl_env *env, struct pl_arena *a)
{
	return pl_scan_new_with(env, a, scanners);
}

void pl_scan_free(struct pl_scan *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_watches; i++)
		pl_map_done(&s->watch[i].since);
	pl_places_done(&s->places);
	pl_vec_free(&s->warnings);
	free(s);
}

static int cmp_package(const void *a, const void *b)
{
	const struct pl_found_package *x = a, *y = b;
	int c = strcmp(x->name, y->name);
	if (c == 0)
		c = strcmp(x->architecture, y->architecture);
	if (c == 0)
		c = strcmp(x->version, y->version);
	return c ? c : strcmp(x->ecosystem, y->ecosystem);
}

/* In order, each once. */
static void sort_packages(struct pl_scan_read *r)
{
	size_t n = 0;
	if (r->packages.n)
		qsort(r->packages.v, r->packages.n, sizeof(*r->packages.v), cmp_package);
	for (size_t i = 0; i < r->packages.n; i++)
		if (n == 0 || cmp_package(&r->packages.v[n - 1], &r->packages.v[i]) != 0)
			r->packages.v[n++] = r->packages.v[i];
	r->packages.n = n;
}

static void begin_read(struct pl_scan *s, size_t i, struct pl_arena *a, bool final,
		       struct pl_scan_read *ret)
{
	*ret = (struct pl_scan_read){.arena = a,
				     .final = final,
				     .scanner = s->watch[i].scanner,
				     .places = &s->places,
				     .max_packages = (size_t)s->env->limits->scan_packages,
				     .bit = (uint32_t)1 << i};
}

static void read_done(struct pl_scan_read *r)
{
	pl_vec_free(&r->packages);
	pl_vec_free(&r->warnings);
}

static int read_packages(struct pl_scan_read *r, struct pl_err *err)
{
	int rc = r->scanner->read ? r->scanner->read(r, err) : 0;
	if (rc == 0 && pl_scan_full(r))
		rc = pl_fail(err, PL_LIMIT, "more than %zu packages in its database",
			     r->max_packages);
	if (rc == 0)
		sort_packages(r);
	return rc;
}

static const char *since_key(struct pl_arena *a, const struct pl_found_package *p)
{
	return pl_arena_printf(a, "%s %s %s", p->name, p->architecture, p->version);
}

/* Which versions are new after this layer, and which were there already. One that went away and
 * came back is the later layer's. */
static int attribute_packages(struct pl_scan *s, size_t i, struct pl_err *err)
{
	PL_AUTO(arena) scratch = {0};
	struct pl_scan_watch *w = &s->watch[i];
	struct pl_scan_read r;
	begin_read(s, i, &scratch, false, &r);
	int rc = read_packages(&r, err);
	for (size_t k = 0; rc == 0 && k < r.packages.n; k++) {
		struct pl_str key = pl_str_of(since_key(&scratch, &r.packages.v[k]));
		struct pl_since *at = pl_map_get(&w->since, key);
		bool unbroken = at && at->read == w->reads - 1;
		if (!at) {
			at = pl_arena_new(s->a, struct pl_since);
			pl_map_put(&w->since, pl_arena_str(s->a, key), at);
		}
		if (!unbroken)
			at->layer = s->layers;
		at->read = w->reads;
	}
	w->reads++;
	if (rc == 0 && w->since.n / 4 > r.max_packages)
		rc = pl_fail(err, PL_LIMIT, "more than 4 times %zu versions in its layers",
			     r.max_packages);
	read_done(&r);
	return rc;
}

int pl_scan_layer(struct pl_scan *s, struct pl_source *layer, const char *what, struct pl_err *err)
{
	int rc = pl_scan_read_layer(s, layer, what, err);
	for (size_t i = 0; rc == 0 && i < s->n_watches; i++)
		if (s->watch[i].scanner->read && s->places.changed & ((uint32_t)1 << i)) {
			rc = attribute_packages(s, i, err);
			if (rc < 0)
				rc = pl_ctx(err, "%s", what);
		}
	if (rc < 0)
		s->failed = true;
	s->layers++;
	return rc;
}

/* The answer while it is put together. */
struct scan_answer {
	PL_VEC(struct pl_found_package) packages;
	PL_VEC(const char *) warnings;
	PL_VEC(const char *) databases;
};

static void take_packages(struct pl_scan *s, size_t i, const struct pl_scan_read *r,
			  struct scan_answer *ret)
{
	for (size_t k = 0; k < r->packages.n; k++) {
		struct pl_found_package *p = pl_vec_push(&ret->packages);
		*p = r->packages.v[k];
		const struct pl_since *at =
			pl_map_get(&s->watch[i].since, pl_str_of(since_key(s->a, p)));
		p->layer = at ? at->layer : 0;
	}
	if (r->database)
		*pl_vec_push(&ret->databases) = r->database;
}

static void take_warnings(struct pl_scan_read *r, struct scan_answer *ret)
{
	for (size_t k = 0; k < r->warnings.n; k++)
		*pl_vec_push(&ret->warnings) = r->warnings.v[k];
	r->warnings.n = 0;
}

/* The final reads, then what there is to say besides. */
static int ask_scanners(struct pl_scan *s, struct scan_answer *answer, struct pl_scan_result *ret,
			struct pl_err *err)
{
	struct pl_scan_read r;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->n_watches; i++) {
		begin_read(s, i, s->a, true, &r);
		rc = read_packages(&r, err);
		if (rc == 0)
			take_packages(s, i, &r, answer);
		take_warnings(&r, answer);
		read_done(&r);
	}
	for (size_t i = 0; rc == 0 && i < s->n_watches; i++) {
		begin_read(s, i, s->a, true, &r);
		if (s->watch[i].scanner->finish)
			rc = s->watch[i].scanner->finish(&r, ret, err);
		take_warnings(&r, answer);
		read_done(&r);
	}
	return rc;
}

static const char *join(struct pl_arena *a, const char *text, const char *between, const char *more)
{
	return text ? pl_arena_printf(a, "%s%s%s", text, between, more) : more;
}

static void name_databases(struct pl_scan *s, struct scan_answer *answer,
			   struct pl_scan_result *ret)
{
	const char *looked_for = NULL;
	ret->database = NULL;
	for (size_t i = 0; i < answer->databases.n; i++)
		ret->database = join(s->a, ret->database, ", ", answer->databases.v[i]);
	if (ret->database)
		return;
	ret->database = "none";
	for (size_t i = 0; i < s->n_watches; i++)
		if (s->watch[i].scanner->looked_for)
			looked_for = join(s->a, looked_for, ", ", s->watch[i].scanner->looked_for);
	*pl_vec_push(&answer->warnings) = pl_arena_printf(
		s->a, "no package database found (looked for %s): what is installed is unknown",
		looked_for ? looked_for : "none");
}

int pl_scan_finish(struct pl_scan *s, struct pl_scan_result *ret, struct pl_err *err)
{
	struct pl_scan_result r = {.os_id = "", .os_version = "", .os_codename = ""};
	struct scan_answer answer = {0};
	if (s->failed)
		return pl_fail(err, PL_INPUT,
			       "the scan failed before: its answer would be incomplete");
	for (size_t i = 0; i < s->warnings.n; i++)
		*pl_vec_push(&answer.warnings) = s->warnings.v[i];
	int rc = ask_scanners(s, &answer, &r, err);
	if (rc == 0) {
		name_databases(s, &answer, &r);
		if (answer.packages.n)
			qsort(answer.packages.v, answer.packages.n, sizeof(*answer.packages.v),
			      cmp_package);
		r.packages = pl_arena_dup(s->a, answer.packages.v, answer.packages.n,
					  sizeof(*answer.packages.v));
		r.n_packages = answer.packages.n;
		*pl_vec_push(&answer.warnings) = NULL;
		r.warnings = pl_arena_dup(s->a, answer.warnings.v, answer.warnings.n,
					  sizeof(*answer.warnings.v));
		*ret = r;
	}
	pl_vec_free(&answer.packages);
	pl_vec_free(&answer.warnings);
	pl_vec_free(&answer.databases);
	return rc;
}
