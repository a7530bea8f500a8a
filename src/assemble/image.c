// SPDX-License-Identifier: Apache-2.0
/* Config, manifest and index of an image (image-spec config.md, manifest.md, image-index.md). */
#include "assemble/builder_int.h"

#include "base/clock.h"

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct pl_annotation *)a)->key,
		      ((const struct pl_annotation *)b)->key);
}

static void set_annotation(struct pl_annotation *v, size_t *n, const char *key, const char *value)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(v[i].key, key) == 0)
			return; /* what the definition says stands */
	v[(*n)++] = (struct pl_annotation){key, value};
}

/* What an image's base is called. A directory of layouts is no name that means anything elsewhere,
 * and must not show in the bytes: then it is only "image:tag". */
static const char *base_name(struct pl_builder *b, struct pl_target *t)
{
	const struct pl_image *base = t->image->base;
	const char *tag = pl_image_tag(&t->arena, base);
	if (strncmp(b->fleet->registry, "oci:", 4) == 0)
		return pl_arena_printf(&t->arena, "%s:%s", base->name, tag);
	return pl_arena_printf(&t->arena, "%s:%s", pl_image_repository(&t->arena, b->fleet, base),
			       tag);
}

/* Labels of the definition, and the ones every image has (image-spec annotations.md). */
static struct pl_annotation *labels_of(struct pl_builder *b, struct pl_target *t,
				       const char *base_digest, size_t *ret_n)
{
	const struct pl_image *i = t->image;
	struct pl_annotation *v = pl_arena_array(&t->arena, struct pl_annotation, i->n_labels + 8);
	size_t n = 0;
	char when[PL_TIME_TEXT];
	for (size_t k = 0; k < i->n_labels; k++)
		v[n++] = (struct pl_annotation){i->labels[k].key, i->labels[k].value};
	set_annotation(v, &n, "org.opencontainers.image.created",
		       pl_arena_cstr(&t->arena, pl_str_of(pl_time_rfc3339(t->newest, when))));
	set_annotation(v, &n, "org.opencontainers.image.title", i->name);
	set_annotation(v, &n, "org.opencontainers.image.version", pl_image_tag(&t->arena, i));
	if (i->description)
		set_annotation(v, &n, "org.opencontainers.image.description", i->description);
	if (i->health && i->health->http)
		set_annotation(v, &n, "plimsoll.healthcheck.http", i->health->http);
	if (i->base) {
		set_annotation(v, &n, "org.opencontainers.image.base.name", base_name(b, t));
		set_annotation(v, &n, "org.opencontainers.image.base.digest", base_digest);
	}
	qsort(v, n, sizeof(*v), by_key);
	*ret_n = n;
	return v;
}

/* The command of an HTTP health check, made of what the image has; NULL when it has nothing that
 * can ask. */
static const char **http_check(struct pl_target *t, const char *url)
{
	static const char ask[] =
		"import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=10)";
	const char **v = pl_arena_array(&t->arena, const char *, 8);
	size_t n = 0;
	if (pl_tree_resolve(&t->tree, PL_STR("usr/bin/curl"), true)) {
		v[n++] = "/usr/bin/curl";
		v[n++] = "-fsSo";
		v[n++] = "/dev/null";
	} else if (pl_tree_resolve(&t->tree, PL_STR("usr/bin/python3"), true)) {
		v[n++] = "/usr/bin/python3";
		v[n++] = "-c";
		v[n++] = ask;
	} else {
		return NULL;
	}
	v[n] = url;
	return v;
}

/* Docker's Healthcheck in the OCI config. */
static void fill_health(struct pl_target *t, struct pl_config *c)
{
	const struct pl_healthcheck *h = t->image->health;
	const char **command = h->command ? h->command : http_check(t, h->http);
	size_t n = 0;
	if (!command)
		return; /* the label tells those who probe from outside */
	while (command[n])
		n++;
	c->health_test = pl_arena_array(&t->arena, const char *, n + 2);
	c->health_test[0] = "CMD";
	memcpy(c->health_test + 1, command, n * sizeof(*command));
	c->health_interval_ns = h->every_ns;
	c->health_timeout_ns = h->timeout_ns;
	c->health_start_ns = h->start_period_ns;
	c->health_retries = h->retries;
}

static void fill_config(struct pl_target *t, struct pl_config *c)
{
	const struct pl_image *i = t->image;
	const char **env = pl_arena_array(&t->arena, const char *, i->n_env + 2);
	size_t n = 0;
	bool has_path = false;
	for (size_t k = 0; k < i->n_env; k++) {
		has_path = has_path || strcmp(i->env[k].key, "PATH") == 0;
		env[n++] = pl_arena_printf(&t->arena, "%s=%s", i->env[k].key, i->env[k].value);
	}
	if (!has_path)
		env[n++] = "PATH=" PL_DEFAULT_PATH;
	qsort(env, n, sizeof(*env), pl_cstr_qsort);
	*c = (struct pl_config){.created = t->newest,
				.os = t->platform->os,
				.architecture = t->platform->architecture,
				.variant = t->platform->oci_variant,
				.user = i->user,
				.workdir = i->workdir,
				.stop_signal = i->stop_signal,
				.env = env,
				.entrypoint = i->entrypoint,
				.cmd = i->cmd,
				.ports = i->ports,
				.volumes = i->volumes};
	if (i->health)
		fill_health(t, c);
}

static void fill_history(struct pl_target *t, struct pl_config *c)
{
	const struct pl_built_platform *p = &t->built;
	c->diff_ids = pl_arena_array(&t->arena, struct pl_digest, p->n_layers);
	c->history = pl_arena_array(&t->arena, struct pl_history, p->n_layers);
	c->n_diff_ids = c->n_history = p->n_layers;
	for (size_t i = 0; i < p->n_layers; i++) {
		c->diff_ids[i] = p->layers[i].diff_id;
		c->history[i] =
			(struct pl_history){.created = t->newest,
					    .created_by = pl_arena_printf(&t->arena, "plimsoll: %s",
									  p->layers[i].name)};
	}
}

/* Base's layers, the groups', and the top one. */
static int collect_layers(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	struct pl_built_platform *p = &t->built;
	struct pl_tree stacked;
	struct pl_built_layer top;
	bool any = false;
	size_t n_base = t->base ? t->base->built.n_layers : 0;
	int rc = pl_target_compose(b, t, err);
	if (rc == 0 && t->base)
		rc = pl_target_compose(b, t->base,
				       err); /* a base that came whole from its record */
	if (rc < 0)
		return rc;
	pl_tree_init(&stacked);
	rc = pl_target_stack(b, t, &stacked, err);
	if (rc == 0)
		rc = pl_target_top(b, t, &stacked, &top, &any, err);
	pl_tree_done(&stacked);
	if (rc < 0)
		return rc;
	p->layers = pl_arena_array(&t->arena, struct pl_built_layer, n_base + t->n_groups + 1);
	if (n_base)
		memcpy(p->layers, t->base->built.layers, n_base * sizeof(*p->layers));
	p->n_layers = p->n_base_layers = n_base;
	for (size_t i = 0; i < t->n_groups; i++)
		p->layers[p->n_layers++] = t->groups[i]->layer;
	if (any)
		p->layers[p->n_layers++] = top;
	return 0;
}

int pl_target_image(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	struct pl_built_platform *p = &t->built;
	PL_AUTO(buf) text = {0};
	struct pl_config c;
	struct pl_manifest m = {.media_type = PL_MT_MANIFEST};
	int rc = collect_layers(b, t, err);
	if (rc < 0)
		return rc;
	const char *base_digest =
		t->base ? pl_arena_cstr(&t->arena,
					pl_str_of(PL_DIGEST_STR(&t->base->built.manifest.digest)))
			: NULL;
	fill_config(t, &c);
	fill_history(t, &c);
	c.labels = labels_of(b, t, base_digest, &c.n_labels);
	pl_config_format(&c, &text);
	rc = pl_store_put(b->store, PL_STORE_BLOBS, pl_buf_str(&text), &p->config, err);
	if (rc < 0)
		return rc;
	p->config_size = text.n;
	m.config = (struct pl_descriptor){
		.media_type = PL_MT_CONFIG, .digest = p->config, .size = text.n};
	m.layers = pl_arena_array(&t->arena, struct pl_descriptor, p->n_layers);
	m.n_layers = p->n_layers;
	for (size_t i = 0; i < p->n_layers; i++)
		m.layers[i] = (struct pl_descriptor){.media_type = PL_MT_LAYER_GZIP,
						     .digest = p->layers[i].digest,
						     .size = p->layers[i].size};
	m.annotations = c.labels;
	m.n_annotations = c.n_labels;
	pl_buf_clear(&text);
	pl_manifest_format(&m, &text);
	p->manifest = (struct pl_descriptor){.media_type = PL_MT_MANIFEST,
					     .size = text.n,
					     .os = c.os,
					     .architecture = c.architecture,
					     .variant = c.variant};
	p->platform = t->platform;
	p->lock = t->lock;
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
				       .repository = pl_image_repository(a, b->fleet, image),
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
	x.annotations = labels_of(
		b, last,
		base ? pl_arena_cstr(&b->arena, pl_str_of(PL_DIGEST_STR(&base->digest))) : NULL,
		&x.n_annotations);
	pl_oci_index_format(&x, &text);
	ret->size = text.n;
	return pl_store_put(b->store, PL_STORE_BLOBS, pl_buf_str(&text), &ret->digest, err);
}
