// SPDX-License-Identifier: Apache-2.0
/* What an image stands on, by the best evidence that there is. */
#include "publish/scan_int.h"

/* Our own record: the inventory knows this very content. */
static int base_by_record(struct pl_image_scan *w, struct pl_err *err)
{
	struct pl_scanned *s = &w->found;
	struct pl_inv_image image;
	if (!w->inv)
		return 0;
	int rc = pl_inv_content_get(w->inv, w->a, &s->digest, &image, err);
	if (rc <= 0 || !image.base)
		return rc < 0 ? rc : 0;
	s->base = image.base;
	s->base_evidence = image.base_evidence;
	s->has_base_digest = image.has_base_digest;
	s->base_digest = image.base_digest;
	return 1;
}

/* image-spec annotations.md; a name without a tag or a digest names nothing. */
static int base_by_annotation(struct pl_image_scan *w, struct pl_err *err)
{
	struct pl_scanned *s = &w->found;
	(void)err;
	const struct {
		const struct pl_annotation *v;
		size_t n;
	} places[] = {
		{w->manifest.annotations, w->manifest.n_annotations},
		{w->index.annotations, w->index.n_annotations},
		{w->config.labels, w->config.n_labels},
	};
	for (size_t i = 0; i < PL_COUNT(places); i++) {
		const char *name = pl_annotation_get(places[i].v, places[i].n,
						     "org.opencontainers.image.base.name");
		const char *digest = pl_annotation_get(places[i].v, places[i].n,
						       "org.opencontainers.image.base.digest");
		struct pl_err unused = {0};
		struct pl_ref n;
		struct pl_digest d;
		bool has = digest && pl_digest_parse(pl_str_of(digest), &d);
		if (!name)
			continue;
		if (has && pl_ref_parse_name(w->a, pl_str_of(name), &n, &unused) < 0)
			name = pl_arena_printf(w->a, "%s@%s", name, digest);
		if (pl_ref_parse_name(w->a, pl_str_of(name), &n, &unused) < 0)
			continue;
		s->base = name;
		s->base_evidence = "annotation";
		s->has_base_digest = has;
		if (has)
			s->base_digest = d;
		return 1;
	}
	return 0;
}

/* The known image whose layers are the longest beginning of this one's. */
static int base_by_layers(struct pl_image_scan *w, struct pl_err *err)
{
	struct pl_scanned *s = &w->found;
	if (!w->inv)
		return 0;
	int rc = pl_inv_base_by_layers(w->inv, w->a, s->diff_ids, s->n_diff_ids, &s->base,
				       &s->base_digest, err);
	if (rc == 1) {
		s->base_evidence = "layers";
		s->has_base_digest = true;
	}
	return rc;
}

int pl_image_scan_base(struct pl_image_scan *w, struct pl_err *err)
{
	/* The best first. 1: found, 0: says nothing. */
	static int (*const evidence[])(struct pl_image_scan *, struct pl_err *) = {
		base_by_record, base_by_annotation, base_by_layers};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < PL_COUNT(evidence); i++)
		rc = evidence[i](w, err);
	return rc < 0 ? rc : 0;
}
