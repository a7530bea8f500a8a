// SPDX-License-Identifier: Apache-2.0
/* What an image stands on, by the best evidence that there is. */
#include "publish/scan_int.h"

/* What the inventory has of the scanned content: under the name that was scanned, where it knows it
 * by that, because what the base is called belongs to the name. */
static int find_record(struct pl_image_scan *w, struct pl_inv_image *ret, struct pl_err *err)
{
	struct pl_err why = {0};
	struct pl_ref name = *w->ref;
	name.has_digest = true;
	name.digest = w->found.digest;
	const char *text = pl_ref_format(w->a, &name);
	if (pl_inv_image_get(w->inv, w->a, pl_str_of(text), ret, &why) == 0)
		return 1;
	if (why.code != PL_NOT_FOUND && why.code != PL_INPUT) { /* INPUT: no name has that form */
		*err = why;
		return -(int)why.code;
	}
	return pl_inv_content_get(w->inv, w->a, &w->found.digest, ret, err);
}

/* Our own record: the inventory knows this very content. */
static int base_by_record(struct pl_image_scan *w, struct pl_err *err)
{
	struct pl_scanned *s = &w->found;
	struct pl_inv_image image;
	if (!w->inv)
		return 0;
	int rc = find_record(w, &image, err);
	if (rc <= 0)
		return rc;
	if (!image.base) /* a build's record says that there is none */
		return pl_inv_content_is_whole(w->inv, &s->digest, err);
	s->base = image.base;
	s->base_evidence = image.base_evidence;
	s->has_base_digest = image.has_base_digest;
	s->base_digest = image.base_digest;
	return 1;
}

/* The known image whose layers are the longest beginning of this one's. */
static int base_by_layers(struct pl_image_scan *w, struct pl_err *err)
{
	struct pl_scanned *s = &w->found;
	if (!w->inv)
		return 0;
	int rc = pl_inv_base_by_layers(w->inv, w->a, w->ref->repository, s->diff_ids, s->n_diff_ids,
				       &s->base, &s->base_digest, err);
	if (rc == 1) {
		s->base_evidence = "layers";
		s->has_base_digest = true;
	}
	return rc;
}

/* image-spec annotations.md; a name without a tag or a digest names nothing. Labels are inherited
 * by what other tools build on an image, and then tell of the base's base: a claim that the layers
 * known here contradict is none. */
static int take_claim(struct pl_image_scan *w, const struct pl_annotation *v, size_t n,
		      bool inherited, struct pl_err *err)
{
	struct pl_scanned *s = &w->found;
	const char *name = pl_annotation_get(v, n, "org.opencontainers.image.base.name");
	const char *digest = pl_annotation_get(v, n, "org.opencontainers.image.base.digest");
	struct pl_err unused = {0};
	struct pl_ref ref;
	struct pl_digest d;
	int rc = 1;
	if (!name)
		return 0;
	bool has = digest && pl_digest_parse(pl_str_of(digest), &d);
	if (has && pl_ref_parse_name(w->a, pl_str_of(name), &ref, &unused) < 0)
		name = pl_arena_printf(w->a, "%s@%s", name, digest);
	if (pl_ref_parse_name(w->a, pl_str_of(name), &ref, &unused) < 0)
		return 0;
	if (w->inv)
		rc = pl_inv_base_is_possible(w->inv, &ref, has ? &d : NULL, inherited, s->diff_ids,
					     s->n_diff_ids, err);
	if (rc != 1)
		return rc;
	s->base = name;
	s->base_evidence = "annotation";
	s->has_base_digest = has;
	if (has)
		s->base_digest = d;
	return 1;
}

/* Of what was scanned: the index, where there is one. */
static int base_by_annotation(struct pl_image_scan *w, struct pl_err *err)
{
	int rc = take_claim(w, w->index.annotations, w->index.n_annotations, false, err);
	return rc ? rc
		  : take_claim(w, w->manifest.annotations, w->manifest.n_annotations, false, err);
}

/* What an earlier version of this program wrote, and others may. */
static int base_by_label(struct pl_image_scan *w, struct pl_err *err)
{
	return take_claim(w, w->config.labels, w->config.n_labels, true, err);
}

int pl_image_scan_base(struct pl_image_scan *w, struct pl_err *err)
{
	/* The best first. 1: found, 0: says nothing. */
	static int (*const evidence[])(struct pl_image_scan *, struct pl_err *) = {
		base_by_record, base_by_layers, base_by_annotation, base_by_label};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < PL_COUNT(evidence); i++)
		rc = evidence[i](w, err);
	return rc < 0 ? rc : 0;
}
