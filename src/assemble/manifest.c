// SPDX-License-Identifier: Apache-2.0
/*
 * Manifests and indexes (image-spec manifest.md, image-index.md): what is said of an image where it
 * lies. They alone depend on the registry that the build is for, so they are made anew of every
 * target, in the order of bases, whatever came from records (docs/decisions/0020).
 */
#include "assemble/builder_int.h"

#include "base/clock.h"

static const char *repository_of(const struct pl_builder *b, struct pl_arena *a,
				 const struct pl_image *i)
{
	return b->registry ? pl_arena_printf(a, "%s/%s", b->registry, i->name) : i->name;
}

static void set_annotation(struct pl_annotation *v, size_t *n, const char *key, const char *value)
{
	if (!pl_annotation_get(v, *n, key)) /* what the definition says stands */
		v[(*n)++] = (struct pl_annotation){key, value};
}

/* base.name "should be a fully qualified reference name" (image-spec annotations.md): the base
 * beside the image in its registry. A directory of layouts has no such names. */
static void name_base(const struct pl_builder *b, struct pl_target *t, struct pl_annotation *v,
		      size_t *n)
{
	const struct pl_image *base = t->image->base;
	if (!b->registry || strncmp(b->registry, "oci:", 4) == 0)
		return;
	set_annotation(v, n, "org.opencontainers.image.base.name",
		       pl_arena_printf(&t->arena, "%s:%s", repository_of(b, &t->arena, base),
				       pl_image_tag(&t->arena, base)));
}

/* The definition's labels, and what describes this very manifest or index. The latter stands in no
 * config, from which whatever is built FROM the image would inherit it. */
static struct pl_annotation *annotations_of(const struct pl_builder *b, struct pl_target *t,
					    const struct pl_digest *base, size_t *ret_n)
{
	const struct pl_image *i = t->image;
	char when[PL_TIME_TEXT];
	size_t n;
	struct pl_annotation *v = pl_target_labels(t, 6, &n);
	set_annotation(v, &n, "org.opencontainers.image.created",
		       pl_arena_cstr(&t->arena, pl_str_of(pl_time_rfc3339(t->newest, when))));
	set_annotation(v, &n, "org.opencontainers.image.title", i->name);
	set_annotation(v, &n, "org.opencontainers.image.version", pl_image_tag(&t->arena, i));
	if (i->description)
		set_annotation(v, &n, "org.opencontainers.image.description", i->description);
	if (base) {
		set_annotation(v, &n, "org.opencontainers.image.base.digest",
			       pl_arena_cstr(&t->arena, pl_str_of(PL_DIGEST_STR(base))));
		name_base(b, t, v, &n);
	}
	qsort(v, n, sizeof(*v), pl_annotation_qsort);
	*ret_n = n;
	return v;
}

int pl_target_manifest(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	struct pl_built_platform *p = &t->built;
	PL_AUTO(buf) text = {0};
	struct pl_manifest m = {.media_type = PL_MT_MANIFEST};
	m.config = (struct pl_descriptor){
		.media_type = PL_MT_CONFIG, .digest = p->config, .size = p->config_size};
	m.layers = pl_arena_array(&t->arena, struct pl_descriptor, p->n_layers);
	m.n_layers = p->n_layers;
	for (size_t i = 0; i < p->n_layers; i++)
		m.layers[i] = (struct pl_descriptor){.media_type = PL_MT_LAYER_GZIP,
						     .digest = p->layers[i].digest,
						     .size = p->layers[i].size};
	m.annotations = annotations_of(b, t, t->base ? &t->base->built.manifest.digest : NULL,
				       &m.n_annotations);
	pl_manifest_format(&m, &text);
	p->manifest = (struct pl_descriptor){.media_type = PL_MT_MANIFEST,
					     .size = text.n,
					     .os = t->platform->os,
					     .architecture = t->platform->architecture,
					     .variant = t->platform->oci_variant};
	return pl_store_put(b->store, PL_STORE_BLOBS, pl_buf_str(&text), &p->manifest.digest, err);
}

static const struct pl_built_image *built_of(const struct pl_build_result *r,
					     const struct pl_image *i)
{
	for (size_t k = 0; k < r->n_images; k++)
		if (r->images[k].image == i)
			return &r->images[k];
	return NULL;
}

void pl_builder_list(struct pl_builder *b, const struct pl_image *image, struct pl_built_image *ret)
{
	struct pl_arena *a = &b->result->arena;
	size_t n = 0;
	while (image->platforms[n])
		n++;
	*ret = (struct pl_built_image){.image = image,
				       .repository = repository_of(b, a, image),
				       .tag = pl_image_tag(a, image)};
	ret->platforms = pl_arena_array(a, struct pl_built_platform, n);
	for (size_t i = 0; i < b->targets.n; i++) {
		struct pl_target *t = b->targets.v[i];
		if (t->image != image)
			continue;
		ret->fresh = ret->fresh || !t->reused;
		t->built.platform = t->platform;
		t->built.lock = t->lock;
		ret->platforms[ret->n_platforms++] = t->built;
	}
}

/* The index names its platforms in the definition's order (sorted: amd64 first), its base by the
 * base's index. */
int pl_builder_index(struct pl_builder *b, const struct pl_image *image, struct pl_built_image *ret,
		     struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	struct pl_oci_index x = {.media_type = PL_MT_INDEX};
	struct pl_target *last = NULL;
	pl_builder_list(b, image, ret);
	x.manifests = pl_arena_array(&b->arena, struct pl_descriptor, ret->n_platforms);
	for (size_t i = 0; i < b->targets.n; i++) {
		struct pl_target *t = b->targets.v[i];
		if (t->image != image)
			continue;
		x.manifests[x.n_manifests++] = t->built.manifest;
		if (!last || t->newest > last->newest)
			last = t;
	}
	const struct pl_built_image *base = image->base ? built_of(b->result, image->base) : NULL;
	x.annotations = annotations_of(b, last, base ? &base->digest : NULL, &x.n_annotations);
	pl_oci_index_format(&x, &text);
	ret->size = text.n;
	ret->digest = pl_sha256_of(pl_buf_str(&text));
	ret->fresh = ret->fresh || !pl_store_has(b->store, PL_STORE_BLOBS, &ret->digest, NULL);
	return pl_store_put(b->store, PL_STORE_BLOBS, pl_buf_str(&text), &ret->digest, err);
}
