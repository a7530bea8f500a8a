// SPDX-License-Identifier: Apache-2.0
/* A scan into the inventory: what the image has that its base has not, under its name. */
#include "base/platform.h"
#include "publish/scan.h"

static bool is_same_package(const struct pl_inv_package *p, const struct pl_found_package *f)
{
	return strcmp(p->version, f->version) == 0 && strcmp(p->ecosystem, f->ecosystem) == 0 &&
	       (!*p->architecture || strcmp(p->architecture, f->architecture) == 0);
}

/* Both lists are in order of names: one walk over the two. */
static void keep_own(const struct pl_scan_result *all, const struct pl_inv_package *base,
		     size_t n_base, struct pl_registration *r)
{
	for (size_t i = 0, from = 0; i < all->n_packages; i++) {
		const struct pl_found_package *f = &all->packages[i];
		bool inherited = false;
		while (from < n_base && strcmp(base[from].name, f->name) < 0)
			from++;
		for (size_t k = from; k < n_base && strcmp(base[k].name, f->name) == 0; k++)
			inherited = inherited || is_same_package(&base[k], f);
		if (!inherited)
			r->packages[r->n_packages++] = (struct pl_inv_package){
				f->name,   f->version,        f->architecture,
				f->source, f->source_version, f->ecosystem};
	}
}

/* Does a scan of this platform speak of the package? Not of another architecture's, which a base
 * that is registered for all platforms holds too, and not of an ecosystem that no scanner reads. */
static bool is_spoken_of(const struct pl_inv_package *p, const struct pl_platform *platform)
{
	return pl_scan_reads(p->ecosystem) &&
	       (!*p->architecture || strcmp(p->architecture, "all") == 0 || !platform ||
		strcmp(p->architecture, platform->debian) == 0);
}

static void name_removed(struct pl_arena *a, const struct pl_scanned *s,
			 const struct pl_inv_package *base, size_t n_base, const char **ret)
{
	const struct pl_platform *platform = pl_platform_find(pl_str_of(s->platform));
	const struct pl_scan_result *all = &s->result;
	size_t removed = 0;
	for (size_t k = 0, from = 0; k < n_base; k++) {
		const char *name = base[k].name, *arch = base[k].architecture;
		bool kept = false;
		while (from < all->n_packages && strcmp(all->packages[from].name, name) < 0)
			from++;
		for (size_t i = from;
		     i < all->n_packages && strcmp(all->packages[i].name, name) == 0; i++)
			kept = kept || !*arch || strcmp(arch, all->packages[i].architecture) == 0;
		if (!kept && is_spoken_of(&base[k], platform))
			ret[removed++] = *arch ? pl_arena_printf(a, "%s:%s", name, arch) : name;
	}
}

/* A build speaks for all platforms, so one platform's scan says nothing new. 1: the name means that
 * content already; PL_CONFLICT: another one does. */
static int check_known(struct pl_inv *inv, const struct pl_scanned *s, const char *name,
		       struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_inv_image known;
	struct pl_err unused = {0};
	int rc = pl_inv_content_is_whole(inv, &s->digest, err);
	if (rc <= 0)
		return rc;
	if (pl_inv_image_get(inv, &a, pl_str_of(name), &known, &unused) == 0 &&
	    pl_digest_eq(&known.digest, &s->digest))
		return 1;
	return pl_fail(err, PL_CONFLICT,
		       "%s: %s is registered by its build for all platforms already; "
		       "a scan of %s adds nothing",
		       name, PL_DIGEST_STR(&s->digest), s->platform);
}

/* An unknown base gives nothing to subtract: all packages are the image's own. */
static int base_packages(struct pl_inv *inv, struct pl_arena *a, const struct pl_scanned *s,
			 struct pl_inv_package **ret, size_t *ret_n, struct pl_err *err)
{
	struct pl_err why = {0};
	const char *at = s->base;
	if (!at)
		return 0;
	if (s->has_base_digest && !strchr(at, '@'))
		at = pl_arena_printf(a, "%s@%s", at, PL_DIGEST_STR(&s->base_digest));
	if (pl_inv_image_packages(inv, a, pl_str_of(at), true, ret, ret_n, &why) >= 0 ||
	    why.code == PL_NOT_FOUND)
		return 0;
	*err = why;
	return -(int)why.code;
}

int pl_scan_register(struct pl_registrar *to, const struct pl_scanned *s, const char *name,
		     struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_inv_package *base = NULL;
	size_t n_base = 0;
	struct pl_registration r = {
		.base_evidence = s->base ? s->base_evidence : NULL,
		.has_digest = true,
		.digest = s->digest,
		.has_base_digest = s->base && s->has_base_digest,
		.base_digest = s->base_digest,
		.diff_ids = s->diff_ids,
		.n_diff_ids = s->n_diff_ids,
		.platform = s->platform,
	};
	if (to->inv) {
		int rc = check_known(to->inv, s, name, err);
		if (rc == 0)
			rc = base_packages(to->inv, &a, s, &base, &n_base, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
	int rc = pl_ref_parse_name(&a, pl_str_of(name), &r.name, err);
	if (rc < 0)
		return rc;
	if (s->base && pl_ref_parse_name(&a, pl_str_of(s->base), &r.base, err) < 0)
		return pl_ctx(err, "base of %s", name);
	r.packages = pl_arena_array(&a, struct pl_inv_package, s->result.n_packages + 1);
	r.removed = pl_arena_array(&a, const char *, n_base + 1);
	keep_own(&s->result, base, n_base, &r);
	name_removed(&a, s, base, n_base, r.removed);
	if (!r.removed[0])
		r.removed = NULL;
	return pl_registrar_put(to, &r, PL_PUT_UPSERT, err);
}
