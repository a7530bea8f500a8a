// SPDX-License-Identifier: Apache-2.0
/*
 * What a build of the same inputs gave before: a no-change build reads these records and nothing
 * else. The key holds everything that an image's bytes depend on; what it leads to is checked to be
 * in the store.
 */
#include "assemble/builder_int.h"

#include "io/gzip_write.h"

void pl_target_key(const struct pl_builder *b, struct pl_target *t)
{
	PL_AUTO(buf) k = {0};
	PL_AUTO(arena) a = {0};
	const struct pl_image *i = t->image;
	const struct pl_lock_distro *d = pl_lock_distro_find(b->lock, t->lock->distro);
	pl_buf_addf(&k, "image %s %s %s\n", pl_source_id, pl_compressor_name(),
		    PL_DIGEST_STR(pl_recipes_digest()));
	pl_buf_addf(&k, "%s %s %s %s\n", i->id, t->platform->name, b->fleet->registry,
		    pl_image_tag(&a, i));
	pl_buf_addf(&k, "definition %s\n", PL_DIGEST_STR(&i->hash));
	if (t->base)
		pl_buf_addf(&k, "base %s\n", PL_DIGEST_STR(&t->base->key));
	for (size_t n = 0; n < t->lock->n_packages; n++)
		pl_buf_addf(&k, "package %s %s %s\n", t->lock->packages[n]->name,
			    PL_DIGEST_STR(&t->lock->packages[n]->sha256),
			    t->lock->packages[n]->layer);
	for (size_t n = 0; n < t->n_files; n++)
		pl_buf_addf(&k, "file %s %s %o %s\n", t->files[n].to,
			    PL_DIGEST_STR(&t->files[n].sha256), t->files[n].mode,
			    t->files[n].owner ? t->files[n].owner : "");
	for (size_t n = 0; n < d->n_ids; n++)
		pl_buf_addf(&k, "id %d %s %u\n", d->ids[n].is_group, d->ids[n].name, d->ids[n].id);
	t->key = pl_sha256_of(pl_buf_str(&k));
}

static void write_layer(struct pl_jw *w, const struct pl_built_layer *l)
{
	pl_jw_object(w);
	pl_jw_kcstr(w, "name", l->name);
	pl_jw_kdigest(w, "digest", l->digest.b);
	pl_jw_kdigest(w, "diff_id", l->diff_id.b);
	pl_jw_ku64(w, "size", l->size);
	pl_jw_ku64(w, "unpacked", l->unpacked);
	pl_jw_end_object(w);
}

int pl_target_remember(struct pl_builder *b, const struct pl_target *t, struct pl_err *err)
{
	const struct pl_built_platform *p = &t->built;
	PL_AUTO(buf) text = {0};
	struct pl_jw w;
	pl_jw_init(&w, &text, 0);
	pl_jw_object(&w);
	pl_jw_kdigest(&w, "manifest", p->manifest.digest.b);
	pl_jw_ku64(&w, "manifest_size", p->manifest.size);
	pl_jw_kdigest(&w, "config", p->config.b);
	pl_jw_ku64(&w, "config_size", p->config_size);
	pl_jw_ku64(&w, "newest", (uint64_t)t->newest);
	pl_jw_ku64(&w, "base_layers", p->n_base_layers);
	pl_jw_kcstr(&w, "os", p->manifest.os);
	pl_jw_kcstr(&w, "architecture", p->manifest.architecture);
	pl_jw_kcstr(&w, "variant", p->manifest.variant);
	pl_jw_key(&w, "layers");
	pl_jw_array(&w);
	for (size_t i = 0; i < p->n_layers; i++)
		write_layer(&w, &p->layers[i]);
	pl_jw_end_array(&w);
	pl_jw_end_object(&w);
	return pl_store_record_put(b->store, "image", &t->key, pl_buf_str(&text), err);
}

static bool get_digest(const struct pl_jval *v, const char *key, struct pl_digest *ret)
{
	return pl_digest_parse(pl_json_str(pl_json_get(v, key)), ret);
}

static const char *get_text(struct pl_arena *a, const struct pl_jval *v, const char *key)
{
	struct pl_str s = pl_json_str(pl_json_get(v, key));
	return s.p ? pl_arena_cstr(a, s) : NULL;
}

static bool in_store(struct pl_builder *b, const struct pl_digest *d, uint64_t size)
{
	uint64_t is;
	return pl_store_has(b->store, PL_STORE_BLOBS, d, &is) && is == size;
}

static bool read_layers(struct pl_builder *b, struct pl_target *t, const struct pl_jval *v)
{
	struct pl_built_platform *p = &t->built;
	p->n_layers = pl_json_len(v);
	p->layers = pl_arena_array(&t->arena, struct pl_built_layer, p->n_layers);
	for (size_t i = 0; i < p->n_layers; i++) {
		const struct pl_jval *l = pl_json_at(v, i);
		struct pl_built_layer *to = &p->layers[i];
		to->name = get_text(&t->arena, l, "name");
		if (!to->name || !get_digest(l, "digest", &to->digest) ||
		    !get_digest(l, "diff_id", &to->diff_id) ||
		    !pl_json_u64(pl_json_get(l, "size"), &to->size) ||
		    !pl_json_u64(pl_json_get(l, "unpacked"), &to->unpacked) ||
		    !in_store(b, &to->digest, to->size))
			return false;
	}
	return true;
}

static bool read_record(struct pl_builder *b, struct pl_target *t, const struct pl_jval *v)
{
	struct pl_built_platform *p = &t->built;
	uint64_t newest, n_base;
	*p = (struct pl_built_platform){.platform = t->platform, .lock = t->lock};
	if (!get_digest(v, "manifest", &p->manifest.digest) ||
	    !pl_json_u64(pl_json_get(v, "manifest_size"), &p->manifest.size) ||
	    !get_digest(v, "config", &p->config) ||
	    !pl_json_u64(pl_json_get(v, "config_size"), &p->config_size) ||
	    !pl_json_u64(pl_json_get(v, "newest"), &newest) ||
	    !pl_json_u64(pl_json_get(v, "base_layers"), &n_base))
		return false;
	p->manifest.media_type = PL_MT_MANIFEST;
	p->manifest.os = get_text(&t->arena, v, "os");
	p->manifest.architecture = get_text(&t->arena, v, "architecture");
	p->manifest.variant = get_text(&t->arena, v, "variant");
	p->n_base_layers = n_base;
	t->newest = (int64_t)newest;
	return in_store(b, &p->manifest.digest, p->manifest.size) &&
	       in_store(b, &p->config, p->config_size) &&
	       read_layers(b, t, pl_json_get(v, "layers"));
}

int pl_target_recall(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	PL_AUTO_FREE(jval) v = NULL;
	int rc = pl_store_record_get(b->store, "image", &t->key, &text, err);
	if (rc <= 0)
		return rc;
	struct pl_err ignored = {0}; /* a record that cannot be read counts as none */
	if (pl_json_parse(pl_buf_str(&text), "image record", &v, &ignored) == 0)
		t->reused = read_record(b, t, v);
	return 0;
}
