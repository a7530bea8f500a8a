// SPDX-License-Identifier: Apache-2.0
/* Package files into the store. */
#include "base/num.h"
#include "base/threads.h"
#include "debian/archive/index_int.h"

struct fetching {
	const struct pl_env *env;
	struct pl_store *store;
	const struct pl_deb_request *v;
	size_t *order; /* of those missing, largest first */
	size_t n;
	struct pl_archive archive;
	uint64_t total;
	_Atomic uint64_t came, fetched; /* with and without answers that were no package */
};

static const char task[] = "packages";

static void on_bytes(void *ctx, uint64_t n)
{
	struct fetching *f = ctx;
	uint64_t before = atomic_fetch_add(&f->came, n);
	uint64_t left = before < f->total ? f->total - before : 0;
	pl_progress_step(f->env, task, n < left ? n : left, NULL);
}

static int fetch_one(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct fetching *f = ctx;
	const struct pl_deb_request *d = &f->v[f->order[i]];
	PL_AUTOFREE char *path = pl_str_dup(d->filename);
	PL_AUTO(tries) tries = {.archive = &f->archive, .uris = d->uris};
	pl_progress_step(f->env, task, 0, path + pl_str_rfind(d->filename, '/') + 1);
	for (const char *uri; (uri = pl_tries_next(&tries));) {
		*err = (struct pl_err){0};
		int rc = pl_archive_store(&f->archive, worker, uri, path, d->size, &d->sha256,
					  f->store, on_bytes, f, err);
		if (rc == 0) {
			atomic_fetch_add(&f->fetched, d->size);
			if (pl_uri_is_file(uri))
				on_bytes(f, d->size);
			return 0;
		}
		if (!pl_tries_note(&tries, uri, err))
			return rc;
	}
	int rc = pl_tries_fail(&tries, path, err);
	if (rc == -PL_NOT_FOUND)
		return pl_ctx(err,
			      "gone from the archive since the lock was made (lock again, or add "
			      "snapshot.debian.org as a mirror)");
	return rc;
}

static int check(const struct pl_env *env, const struct pl_deb_request *d, struct pl_err *err)
{
	char text[200];
	if (!pl_archive_path_ok(d->filename))
		return pl_fail(err, PL_INPUT, "'%s' is not the path of a package in an archive",
			       pl_escape(text, sizeof(text), d->filename.p, d->filename.n));
	if (d->size > env->limits->deb_bytes)
		return pl_fail(err, PL_LIMIT, "%.*s: a package of more than %llu bytes",
			       PL_STR_ARG(d->filename), (unsigned long long)env->limits->deb_bytes);
	if (!d->uris[0])
		return pl_fail(err, PL_INPUT, "%.*s: no mirror to fetch it from",
			       PL_STR_ARG(d->filename));
	return 0;
}

static int larger_first(const void *a, const void *b, void *ctx)
{
	const struct pl_deb_request *v = ctx;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	if (v[i].size != v[k].size)
		return v[i].size > v[k].size ? -1 : 1;
	return i < k ? -1 : i > k;
}

static int same_digest(const struct fetching *f, const struct pl_deb_request *d)
{
	return f->n && pl_digest_eq(&f->v[f->order[f->n - 1]].sha256, &d->sha256);
}

int pl_debs_fetch(const struct pl_env *env, struct pl_store *store, const struct pl_deb_request *v,
		  size_t n, uint64_t *ret_fetched_bytes, struct pl_err *err)
{
	struct fetching f = {.env = env, .store = store, .v = v};
	PL_AUTOFREE size_t *order = pl_xcalloc(n ? n : 1, sizeof(*order));
	f.order = order;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), larger_first, (void *)(uintptr_t)v);
	for (size_t i = 0; i < n; i++) {
		const struct pl_deb_request *d = &v[order[i]];
		if (pl_store_has(store, PL_STORE_INPUTS, &d->sha256, NULL) || same_digest(&f, d))
			continue;
		int rc = check(env, d, err);
		if (rc < 0)
			return rc;
		order[f.n++] = order[i];
		f.total += d->size;
	}
	int rc = 0;
	if (f.n) {
		pl_archive_init(&f.archive, env);
		pl_progress_begin(env, task, f.total, "B");
		rc = pl_parallel(env, f.n, fetch_one, &f, err);
		if (rc == 0)
			pl_progress_end(env, task, "%s fetched, %s", PL_COUNTED(f.n, "package"),
					PL_SIZED(f.total));
		pl_archive_done(&f.archive);
	}
	if (rc == 0 && ret_fetched_bytes)
		*ret_fetched_bytes += atomic_load(&f.fetched);
	return rc;
}
