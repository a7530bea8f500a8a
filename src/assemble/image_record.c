// SPDX-License-Identifier: Apache-2.0
/*
 * What a build of the same inputs gave before: a no-change build reads these records and nothing
 * else. The key holds everything that an image's bytes depend on; what it leads to is checked to be
 * in the store. Where the image is to lie has no part in it.
 */
#include "assemble/builder_int.h"
#include "assemble/record_int.h"

#include "io/gzip_write.h"
#include "store/fields.h"

/* All that is held against the package before an image is made of it (agree.c). */
static void add_package(struct pl_buf *k, const struct pl_lock_package *p)
{
	const char *const words[] = {p->ecosystem, p->name,           p->version, p->architecture,
				     p->source,    p->source_version, p->layer};
	for (size_t i = 0; i < PL_COUNT(words); i++)
		pl_put_cstr(k, words[i]);
	pl_put_digest(k, &p->sha256);
	pl_put_u64(k, p->size);
	pl_put_u64(k, p->n_scripts);
	for (size_t i = 0; i < p->n_scripts; i++) {
		pl_put_cstr(k, p->scripts[i].name);
		pl_put_digest(k, &p->scripts[i].sha256);
	}
}

void pl_target_key(const struct pl_builder *b, struct pl_target *t)
{
	PL_AUTO(buf) k = {0};
	const struct pl_image *i = t->image;
	const struct pl_lock_distro *d = pl_lock_distro_find(b->lock, t->lock->distro);
	pl_buf_addf(&k, "image %s %s\n", pl_source_id, b->compressor->name);
	for (size_t n = 0; b->env->formats[n]; n++)
		pl_buf_addf(&k, "rules %s %s\n", b->env->formats[n]->ecosystem,
			    PL_DIGEST_STR(b->env->formats[n]->rules()));
	pl_buf_addf(&k, "%s %s\n", i->id, t->platform->name);
	pl_buf_addf(&k, "recipes %s\n", PL_DIGEST_STR(&b->fleet->recipes_digest));
	pl_buf_addf(&k, "definition %s\n", PL_DIGEST_STR(&i->hash));
	if (t->base)
		pl_buf_addf(&k, "base %s\n", PL_DIGEST_STR(&t->base->key));
	for (size_t n = 0; n < t->lock->n_packages; n++)
		add_package(&k, t->lock->packages[n]);
	for (size_t n = 0; n < t->n_files; n++)
		pl_buf_addf(&k, "file %s %s %o %s\n", t->files[n].to,
			    PL_DIGEST_STR(&t->files[n].sha256), t->files[n].mode,
			    t->files[n].owner ? t->files[n].owner : "");
	for (size_t n = 0; n < d->n_ids; n++)
		pl_buf_addf(&k, "id %d %s %u\n", d->ids[n].is_group, d->ids[n].name, d->ids[n].id);
	t->key = pl_sha256_of(pl_buf_str(&k));
}

#define LAYER_LEAST 80 /* bytes that a layer takes at least */

int pl_target_remember(struct pl_builder *b, const struct pl_target *t, struct pl_err *err)
{
	const struct pl_built_platform *p = &t->built;
	PL_AUTO(buf) data = {0};
	pl_put_digest(&data, &p->config);
	pl_put_u64(&data, p->config_size);
	pl_put_u64(&data, (uint64_t)t->newest);
	pl_put_u64(&data, p->n_base_layers);
	pl_put_u64(&data, p->n_layers);
	for (size_t i = 0; i < p->n_layers; i++) {
		const struct pl_built_layer *l = &p->layers[i];
		pl_put_cstr(&data, l->name);
		pl_put_digest(&data, &l->digest);
		pl_put_digest(&data, &l->diff_id);
		pl_put_u64(&data, l->size);
		pl_put_u64(&data, l->unpacked);
		pl_put_cstr(&data, l->created_by);
		pl_put_u64(&data, (uint64_t)l->created);
	}
	return pl_store_record_put(b->store, "image", &t->key, pl_buf_str(&data), err);
}

static bool in_store(struct pl_builder *b, const struct pl_digest *d, uint64_t size)
{
	uint64_t is;
	return pl_store_has(b->store, PL_STORE_BLOBS, d, &is) && is == size;
}

static bool parse_record(struct pl_str data, struct pl_arena *a, struct pl_built_platform *p,
			 int64_t *newest)
{
	struct pl_fields f = {data, a, false};
	pl_get_digest(&f, &p->config);
	p->config_size = pl_get_u64(&f);
	*newest = (int64_t)pl_get_u64(&f);
	p->n_base_layers = (size_t)pl_get_u64(&f);
	p->n_layers = pl_get_count(&f, LAYER_LEAST);
	p->layers = pl_arena_array(a, struct pl_built_layer, p->n_layers + 1);
	for (size_t i = 0; i < p->n_layers; i++) {
		struct pl_built_layer *l = &p->layers[i];
		l->name = pl_get_cstr(&f);
		pl_get_digest(&f, &l->digest);
		pl_get_digest(&f, &l->diff_id);
		l->size = pl_get_u64(&f);
		l->unpacked = pl_get_u64(&f);
		l->created_by = pl_get_cstr(&f);
		l->created = (int64_t)pl_get_u64(&f);
		f.bad = f.bad || !l->name || !l->created_by;
	}
	return pl_fields_end(&f) && p->n_base_layers <= p->n_layers;
}

bool pl_image_record_content(struct pl_str data, struct pl_arena *a, struct pl_digest **ret,
			     size_t *ret_n)
{
	struct pl_built_platform p = {0};
	int64_t newest;
	if (!parse_record(data, a, &p, &newest))
		return false;
	struct pl_digest *d = pl_arena_array(a, struct pl_digest, p.n_layers + 1);
	d[0] = p.config;
	for (size_t i = 0; i < p.n_layers; i++)
		d[i + 1] = p.layers[i].digest;
	*ret = d;
	*ret_n = p.n_layers + 1;
	return true;
}

static bool is_there(struct pl_builder *b, const struct pl_built_platform *p)
{
	for (size_t i = 0; i < p->n_layers; i++)
		if (!in_store(b, &p->layers[i].digest, p->layers[i].size))
			return false;
	return in_store(b, &p->config, p->config_size);
}

int pl_target_recall(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	PL_AUTO(buf) data = {0};
	int64_t newest;
	struct pl_built_platform p = {.platform = t->platform, .lock = t->lock};
	int rc = pl_target_proof_recall(b, t, err);
	if (rc > 0)
		rc = pl_store_record_get(b->store, "image", &t->key, &data, err);
	if (rc <= 0)
		return rc;
	p.warnings = t->built.warnings;
	p.n_warnings = t->built.n_warnings;
	if (!parse_record(pl_buf_str(&data), &t->arena, &p, &newest) || !is_there(b, &p))
		return 0; /* as if there were none */
	t->built = p;
	t->newest = newest;
	t->reused = true;
	return 0;
}
