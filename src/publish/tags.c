// SPDX-License-Identifier: Apache-2.0
#include "publish/tags_int.h"

#include "base/file.h"
#include "base/place.h"
#include "publish/push.h"

int pl_push_reference(const struct pl_fleet *f, const struct pl_image *i, const char *registry,
		      struct pl_arena *a, struct pl_ref *ret, struct pl_err *err)
{
	struct pl_ref r;
	const char *text = registry ? pl_arena_printf(a, "%s/%s", registry, i->name)
				    : pl_image_repository(a, f, i);
	int rc = pl_ref_parse(a, pl_str_of(text), &r, err);
	if (rc < 0)
		return rc;
	if (r.tag || r.has_digest || (r.kind != PL_REF_REGISTRY && r.kind != PL_REF_OCI))
		return pl_fail(err, PL_INPUT,
			       "%s: is no place to push to; a registry is HOST[:PORT]/PATH or "
			       "oci:DIR, without a tag",
			       r.text);
	if (r.kind == PL_REF_OCI) {
		PL_AUTOFREE char *path = pl_path_join(registry ? "." : f->dir, r.path);
		r.repository = pl_place_name(a, path);
		if (!registry) {
			/* A layout of a checkout may hold links too. */
			PL_AUTOFREE char *blobs = pl_path_join(path, "blobs/sha256");
			rc = pl_fleet_check_place(f, f->registry_at, blobs, err);
			r.path = pl_arena_cstr(a, pl_str_of(path));
		}
		if (rc < 0)
			return rc;
	}
	*ret = r;
	return 0;
}

int pl_push_check(const struct pl_fleet *f, const char *registry, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_ref ref;
	int rc = 0;
	for (size_t i = 0; i < f->n_images && rc == 0; i++)
		rc = pl_push_reference(f, f->images[i], registry, &a, &ref, err);
	return rc;
}

/* The newest immutable tag beside a moving one; NULL if there is none. */
static const char *newest_tag(const char *const *tags, size_t n, const char *moving,
			      struct pl_str *ret_ymd, unsigned *ret_n)
{
	const char *newest = NULL;
	for (size_t i = 0; i < n; i++) {
		struct pl_str of, ymd;
		unsigned k;
		if (!pl_immutable_tag_split(pl_str_of(tags[i]), &of, &ymd, &k) ||
		    !pl_str_is(of, moving))
			continue;
		int c = newest ? pl_str_cmp(ymd, *ret_ymd) : 1;
		if (c < 0 || (c == 0 && k <= *ret_n))
			continue;
		newest = tags[i];
		*ret_ymd = ymd;
		*ret_n = k;
	}
	return newest;
}

int pl_next_tag(const struct pl_env *env, struct pl_repo *repo, const char *moving,
		const struct pl_digest *digest, const char *lost, struct pl_arena *a,
		const char **ret, struct pl_err *err)
{
	const char **tags;
	size_t n;
	struct pl_str last_ymd = {NULL, 0}, of, ymd;
	unsigned last = 0, k = 1;
	int rc = pl_repo_tags(repo, a, &tags, &n, err);
	if (rc < 0)
		return rc;
	if (lost) {
		const char **more = pl_arena_array(a, const char *, n + 1);
		for (size_t i = 0; i < n; i++)
			more[i] = tags[i];
		more[n++] = lost;
		tags = more;
	}
	const char *newest = newest_tag(tags, n, moving, &last_ymd, &last);
	if (newest && digest) {
		struct pl_descriptor d;
		rc = pl_repo_manifest(repo, newest, NULL, a, &d, NULL, err);
		if (rc < 0)
			return rc;
		if (rc == 1 && pl_digest_eq(&d.digest, digest)) {
			*ret = newest;
			return 1;
		}
	}
	const char *today = pl_immutable_tag(a, pl_str_of(moving), pl_env_now(env), 1);
	/* A clock behind the last push must not make an older tag. */
	if (newest && pl_immutable_tag_split(pl_str_of(today), &of, &ymd, &k) &&
	    pl_str_cmp(ymd, last_ymd) <= 0)
		today = pl_arena_printf(a, "%s-" PL_STR_FMT ".%u", moving, PL_STR_ARG(last_ymd),
					last + 1);
	*ret = today;
	return 0;
}

int pl_push_next_tag(const struct pl_env *env, struct pl_registries *registries,
		     const struct pl_fleet *f, const struct pl_image *i, struct pl_arena *a,
		     const char **ret, struct pl_err *err)
{
	PL_AUTO_FREE(repo) repo = NULL;
	struct pl_ref ref;
	int rc = pl_push_reference(f, i, NULL, a, &ref, err);
	if (rc == 0)
		rc = pl_repo_open(registries, &ref, false, &repo, err);
	return rc < 0 ? rc : pl_next_tag(env, repo, pl_image_tag(a, i), NULL, NULL, a, ret, err);
}

static struct pl_digest hint_key(struct pl_repo *repo, const char *moving,
				 const struct pl_digest *digest)
{
	PL_AUTOFREE char *what =
		pl_xprintf("%s\n%s\n%s\n", pl_repo_name(repo), moving, PL_DIGEST_STR(digest));
	return pl_sha256_of(pl_str_of(what));
}

static bool recall_tag(struct pl_repo *repo, struct pl_store *store, const char *moving,
		       const struct pl_digest *digest, struct pl_arena *a, const char **ret)
{
	PL_AUTO(buf) text = {.max = 4096};
	struct pl_err ignored = {0};
	struct pl_str of, ymd;
	unsigned n;
	const struct pl_digest key = hint_key(repo, moving, digest);
	if (pl_store_record_get(store, "pushed", &key, &text, &ignored) != 1 ||
	    !pl_immutable_tag_split(pl_buf_str(&text), &of, &ymd, &n) || !pl_str_is(of, moving))
		return false;
	*ret = pl_arena_str(a, pl_buf_str(&text)).p;
	return true;
}

void pl_tag_remember(struct pl_repo *repo, struct pl_store *store, const char *moving,
		     const struct pl_digest *digest, const char *tag)
{
	struct pl_err ignored = {0}; /* without it a push asks once more */
	const struct pl_digest key = hint_key(repo, moving, digest);
	PL_AUTO(arena) a = {0};
	const char *known;
	if (recall_tag(repo, store, moving, digest, &a, &known) && strcmp(known, tag) == 0)
		return;
	if (pl_store_record_put(store, "pushed", &key, pl_str_of(tag), &ignored) < 0)
		return;
}

/* 1 it does; 0 not, or what stands there cannot be read: who pushes replaces it or says why not. */
static int tag_means(struct pl_repo *repo, const char *tag, const struct pl_digest *digest,
		     struct pl_arena *a, struct pl_err *err)
{
	struct pl_descriptor d;
	struct pl_err why = {0};
	int rc = pl_repo_manifest(repo, tag, NULL, a, &d, NULL, &why);
	if (rc == -PL_REMOTE || pl_must_end(why.code)) {
		*err = why;
		return rc;
	}
	return rc == 1 && pl_digest_eq(&d.digest, digest);
}

int pl_tag_standing(const struct pl_env *env, struct pl_repo *repo, struct pl_store *store,
		    const char *moving, const struct pl_digest *digest, struct pl_arena *a,
		    const char **ret, struct pl_err *err)
{
	const char *tag = NULL;
	int rc = tag_means(repo, moving, digest, a, err);
	if (rc != 1)
		return rc;
	if (recall_tag(repo, store, moving, digest, a, &tag))
		rc = tag_means(repo, tag, digest, a, err);
	else
		rc = pl_next_tag(env, repo, moving, digest, NULL, a, &tag, err);
	if (rc == 1)
		*ret = tag;
	return rc;
}
