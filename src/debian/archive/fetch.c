// SPDX-License-Identifier: Apache-2.0
/*
 * Indexes of all architectures: Release files first, then each Packages file into the store, then
 * reading. The store keeps them unpacked under the hash that Release gives for the unpacked file:
 * reading one again costs its SHA-256 (50 MB: 25 ms), where unpacking xz costs 0.6 s.
 */
#include "base/file.h"
#include "base/num.h"
#include "base/threads.h"
#include "debian/archive/index_int.h"

static const char task[] = "indexes";

struct part { /* one Packages file */
	size_t suite, arch;
	const char *component;
	char *name; /* for messages: "bookworm main arm64" */
	const struct pl_release_file *plain, *packed;
};

struct loading {
	const struct pl_env *env;
	struct pl_store *store;
	const struct pl_index_request *rq;
	struct pl_archive archive;
	struct pl_suite_release *releases;
	struct part *parts;
	size_t n_parts;
	struct pl_index **indexes;
};

static void pl_loading_done(struct loading *l)
{
	pl_archive_done(&l->archive);
	for (size_t i = 0; l->releases && i < l->rq->n_suites; i++)
		pl_suite_release_done(&l->releases[i]);
	free(l->releases);
	for (size_t i = 0; i < l->n_parts; i++)
		free(l->parts[i].name);
	free(l->parts);
	for (size_t i = 0; l->indexes && i < l->rq->n_architectures; i++)
		pl_index_free(l->indexes[i]);
	free(l->indexes);
}

static int load_release(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct loading *l = ctx;
	const struct pl_suite_source *src = &l->rq->suites[i];
	PL_AUTOFREE char *what = pl_xprintf("fetching InRelease of %s", src->suite);
	pl_progress_step(l->env, task, 0, what);
	int rc = pl_suite_release_fetch(&l->archive, worker, l->store, l->rq, src, &l->releases[i],
					err);
	if (rc == 0)
		pl_progress_step(l->env, task, 1, NULL);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return pl_str_cmp(((const struct pl_release_file *)a)->path,
			  ((const struct pl_release_file *)b)->path);
}

static const struct pl_release_file *find_file(const struct pl_release *r, const struct part *p,
					       const char *arch, const char *suffix)
{
	PL_AUTOFREE char *path = pl_xprintf("%s/binary-%s/Packages%s", p->component, arch, suffix);
	struct pl_release_file key = {.path = pl_str_of(path)};
	return r->n_files ? bsearch(&key, r->files, r->n_files, sizeof(key), by_path) : NULL;
}

/* Which file of which suite is too large: a ceiling's own message speaks of bytes. */
static int blame_limit(const struct loading *l, const struct part *p, int rc, struct pl_err *err)
{
	if (rc != -PL_LIMIT)
		return rc;
	return pl_ctx(err, "suite %s: " PL_STR_FMT, l->rq->suites[p->suite].suite,
		      PL_STR_ARG(p->packed->path));
}

/* What is there of one Packages file, xz first. */
static int find_part(struct loading *l, struct part *p, struct pl_err *err)
{
	static const char *const suffixes[] = {".xz", ".zst", ".gz", ""};
	const struct pl_release *r = &l->releases[p->suite].release;
	const char *arch = l->rq->architectures[p->arch];
	p->name = pl_xprintf("%s %s %s", l->rq->suites[p->suite].suite, p->component, arch);
	p->plain = find_file(r, p, arch, "");
	for (size_t i = 0; i < PL_COUNT(suffixes) && !p->packed; i++)
		p->packed = find_file(r, p, arch, suffixes[i]);
	if (!p->packed)
		return pl_fail(err, PL_NOT_FOUND,
			       "suite %s at %s has no component %s for architecture %s",
			       l->rq->suites[p->suite].suite, l->releases[p->suite].uri,
			       p->component, arch);
	uint64_t max = l->env->limits->index_bytes;
	if (p->packed->size > max || (p->plain && p->plain->size > max))
		return blame_limit(l, p,
				   pl_fail(err, PL_LIMIT, "the index is larger than %llu bytes",
					   (unsigned long long)max),
				   err);
	return 0;
}

static int find_parts(struct loading *l, struct pl_err *err)
{
	uint64_t max = l->env->limits->indexes_bytes, sum = 0;
	size_t n = 0;
	for (size_t s = 0; s < l->rq->n_suites; s++)
		for (const char **c = l->rq->suites[s].components; *c; c++)
			n += l->rq->n_architectures;
	l->parts = pl_xcalloc(n ? n : 1, sizeof(*l->parts));
	for (size_t s = 0; s < l->rq->n_suites; s++)
		for (const char **c = l->rq->suites[s].components; *c; c++)
			for (size_t a = 0; a < l->rq->n_architectures; a++) {
				struct part *p = &l->parts[l->n_parts++];
				*p = (struct part){.suite = s, .arch = a, .component = *c};
				int rc = find_part(l, p, err);
				if (rc < 0)
					return rc;
				const struct pl_release_file *f = p->plain ? p->plain : p->packed;
				sum += f->size; /* at most index_bytes */
				if (sum > max)
					return pl_fail(err, PL_LIMIT,
						       "suite %s: " PL_STR_FMT
						       ": with it the indexes of a distro are "
						       "larger than %llu bytes",
						       l->rq->suites[s].suite, PL_STR_ARG(f->path),
						       (unsigned long long)max);
			}
	return 0;
}

/* By hash where the archive offers it, so that a mirror in the middle of an update does not hurt;
 * by name else, and where the mirror does not keep the promise. */
static int fetch_from(struct loading *l, const struct part *p, const char *uri, unsigned worker,
		      struct pl_err *err)
{
	const struct pl_release_file *f = p->packed;
	const char *suite = l->rq->suites[p->suite].suite;
	char hex[PL_DIGEST_TEXT];
	size_t dir = pl_str_rfind(f->path, '/');
	PL_AUTOFREE char *by_hash = pl_xprintf("dists/%s/%.*s/by-hash/SHA256/%s", suite, (int)dir,
					       f->path.p, pl_digest_hex(&f->sha256, hex));
	PL_AUTOFREE char *by_name = pl_xprintf("dists/%s/%.*s", suite, PL_STR_ARG(f->path));
	int rc = -PL_NOT_FOUND;
	if (l->releases[p->suite].release.by_hash)
		rc = pl_archive_store(&l->archive, worker, uri, by_hash, f->size, &f->sha256,
				      l->store, NULL, NULL, err);
	if (rc == -PL_NOT_FOUND)
		rc = pl_archive_store(&l->archive, worker, uri, by_name, f->size, &f->sha256,
				      l->store, NULL, NULL, err);
	return rc;
}

/* The mirror that gave the Release first, then the others: the hash is the judge. */
static int fetch_packed(struct loading *l, const struct part *p, unsigned worker,
			struct pl_err *err)
{
	PL_AUTO(tries) tries = {.archive = &l->archive,
				.uris = (const char *const *)l->rq->suites[p->suite].uris,
				.first = l->releases[p->suite].uri};
	for (const char *uri; (uri = pl_tries_next(&tries));) {
		*err = (struct pl_err){0};
		int rc = fetch_from(l, p, uri, worker, err);
		if (rc == 0)
			return 0;
		if (!pl_tries_note(&tries, uri, err))
			return rc;
	}
	return pl_tries_fail(&tries, p->name, err);
}

static int open_packed(struct loading *l, const struct part *p, struct pl_source **ret,
		       struct pl_err *err)
{
	struct pl_source *in = NULL;
	int rc = pl_store_read(l->store, PL_STORE_INPUTS, &p->packed->sha256, true, &in, err);
	if (rc == 0)
		rc = pl_source_decompress(in, l->env->limits, p->name, &in, err);
	if (rc == 0)
		*ret = pl_source_limit(in, l->env->limits->index_bytes, p->name);
	return rc;
}

static int unpack(struct loading *l, const struct part *p, struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	PL_AUTO_FREE(sink) out = NULL;
	int rc = open_packed(l, p, &in, err);
	if (rc == 0)
		rc = pl_store_writer(l->store, PL_STORE_INPUTS, p->plain->size, &p->plain->sha256,
				     NULL, NULL, &out, err);
	if (rc == 0)
		rc = pl_copy(in, out, NULL, err);
	if (rc == 0)
		rc = pl_sink_finish(out, err);
	return rc < 0 ? pl_ctx(err, "%s", p->name) : 0;
}

static int have_part(struct loading *l, const struct part *p, unsigned worker, struct pl_err *err)
{
	if (p->plain && pl_store_has(l->store, PL_STORE_INPUTS, &p->plain->sha256, NULL))
		return 0;
	int rc = 0;
	if (!pl_store_has(l->store, PL_STORE_INPUTS, &p->packed->sha256, NULL)) {
		PL_AUTOFREE char *what = pl_xprintf("fetching Packages of %s", p->name);
		pl_progress_step(l->env, task, 0, what);
		rc = fetch_packed(l, p, worker, err);
	}
	if (rc == 0 && p->plain && p->plain != p->packed)
		rc = unpack(l, p, err);
	return blame_limit(l, p, rc, err);
}

static int load_part(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct loading *l = ctx;
	int rc = have_part(l, &l->parts[i], worker, err);
	if (rc == 0)
		pl_progress_step(l->env, task, 1, NULL);
	return rc;
}

/* Reads one part into the index. */
static int read_part(struct loading *l, const struct part *p, struct pl_index *ix,
		     struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	const struct pl_digest *file = &(p->plain ? p->plain : p->packed)->sha256;
	int rc = p->plain ? pl_store_read(l->store, PL_STORE_INPUTS, file, true, &in, err)
			  : open_packed(l, p, &in, err);
	if (rc < 0)
		return blame_limit(l, p, rc, err);
	rc = pl_packages_read(ix, in, (unsigned)p->suite, p->name, err);
	if (rc == 0)
		rc = pl_env_check(l->env, err);
	else if (rc != -PL_LIMIT)
		rc = pl_store_blame(l->store, PL_STORE_INPUTS, file, err);
	return blame_limit(l, p, rc, err);
}

/* Copies that outlive the loading. */
static void fill_states(const struct loading *l, struct pl_index *ix)
{
	ix->n_suites = l->rq->n_suites;
	ix->suites = pl_arena_array(&ix->arena, struct pl_suite_state, ix->n_suites);
	for (size_t i = 0; i < ix->n_suites; i++) {
		const struct pl_suite_release *r = &l->releases[i];
		const struct pl_suite_source *src = &l->rq->suites[i];
		struct pl_suite_state *st = &ix->suites[i];
		size_t n = 0;
		while (src->components[n])
			n++;
		st->suite = pl_arena_cstr(&ix->arena, pl_str_of(src->suite));
		st->components = pl_arena_array(&ix->arena, const char *, n + 1);
		for (size_t k = 0; k < n; k++)
			st->components[k] =
				pl_arena_cstr(&ix->arena, pl_str_of(src->components[k]));
		st->uri = pl_arena_cstr(&ix->arena, pl_str_of(r->uri));
		st->codename = pl_arena_cstr(&ix->arena, r->release.codename);
		st->date = r->release.date;
		st->valid_until = r->release.valid_until;
		st->release_sha256 = pl_sha256_of(pl_buf_str(&r->text));
		memcpy(st->fingerprint, r->fingerprint, sizeof(st->fingerprint));
	}
}

static int load_index(void *ctx, size_t arch, unsigned worker, struct pl_err *err)
{
	struct loading *l = ctx;
	struct pl_index *ix = pl_index_new(NULL);
	(void)worker;
	l->indexes[arch] = ix;
	if (l->rq->memory)
		ix->memory = l->rq->memory;
	ix->architecture = pl_arena_cstr(&ix->arena, pl_str_of(l->rq->architectures[arch]));
	fill_states(l, ix);
	for (size_t i = 0; i < l->n_parts; i++) {
		int rc = l->parts[i].arch == arch ? read_part(l, &l->parts[i], ix, err) : 0;
		if (rc < 0)
			return rc;
	}
	return pl_index_finish(ix, err);
}

int pl_indexes_load(const struct pl_env *env, struct pl_store *store,
		    const struct pl_index_request *rq, struct pl_index **ret, struct pl_err *err)
{
	__attribute__((cleanup(pl_loading_done))) struct loading l = {
		.env = env, .store = store, .rq = rq};
	pl_archive_init(&l.archive, env);
	l.releases = pl_xcalloc(rq->n_suites ? rq->n_suites : 1, sizeof(*l.releases));
	l.indexes = pl_xcalloc(rq->n_architectures ? rq->n_architectures : 1, sizeof(*l.indexes));
	pl_progress_begin(env, task, rq->n_suites, "");
	int rc = pl_parallel(env, rq->n_suites, load_release, &l, err);
	if (rc == 0)
		rc = find_parts(&l, err);
	if (rc == 0) {
		pl_progress_begin(env, task, l.n_parts, "");
		rc = pl_parallel(env, l.n_parts, load_part, &l, err);
	}
	pl_progress_step(env, task, 0, "reading them");
	if (rc == 0)
		rc = pl_parallel(env, rq->n_architectures, load_index, &l, err);
	if (rc == 0)
		pl_progress_end(env, task, "%s of %s", PL_COUNTED(l.n_parts, "file"),
				PL_COUNTED(rq->n_suites, "suite"));
	for (size_t i = 0; rc == 0 && i < rq->n_architectures; i++)
		ret[i] = pl_steal(&l.indexes[i]);
	return rc;
}
