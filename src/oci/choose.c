// SPDX-License-Identifier: Apache-2.0
/* One platform's image out of an index. */
#include "base/platform.h"
#include "oci/manifest_int.h"

const char *pl_oci_platform_name(struct pl_arena *a, const char *os, const char *arch,
				 const char *variant)
{
	char text[PL_PLATFORM_TEXT];
	const struct pl_platform *p = pl_platform_of_oci(os, arch, variant);
	return p ? p->name : pl_arena_cstr(a, pl_str_of(pl_platform_text(text, os, arch, variant)));
}

static bool is_image(const struct pl_descriptor *d)
{
	/* Attestations stand in indexes as images of no platform. */
	return !(d->os && strcmp(d->os, "unknown") == 0) &&
	       !pl_annotation_get(d->annotations, d->n_annotations, "vnd.docker.reference.type");
}

int pl_oci_index_choose(struct pl_arena *a, const struct pl_oci_index *x, const char *platform,
			const char *what, struct pl_descriptor *ret, struct pl_err *err)
{
	const struct pl_platform *known =
		platform ? pl_platform_find(pl_str_of(platform)) : pl_platform_host();
	const char *want = known ? known->name : platform;
	const struct pl_descriptor *first = NULL;
	PL_AUTO(buf) there = {.max = 300};
	for (size_t i = 0; i < x->n_manifests; i++) {
		const struct pl_descriptor *d = &x->manifests[i];
		if (!is_image(d))
			continue;
		const char *has = pl_oci_platform_name(a, d->os, d->architecture, d->variant);
		if (!first)
			first = d;
		if (strcmp(has, want) == 0) {
			*ret = *d;
			return 0;
		}
		pl_buf_addf(&there, "%s%s", there.n ? ", " : "", has);
	}
	if (platform && first)
		return pl_fail(err, PL_NOT_FOUND, "%s: has no image for %s; it has %s", what,
			       platform, there.p ? there.p : "none");
	if (!first)
		return pl_fail(err, PL_INPUT, "%s: the index names no image", what);
	*ret = *first;
	return 0;
}
