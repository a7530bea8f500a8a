// SPDX-License-Identifier: Apache-2.0
/* An image's layers and its config (image-spec config.md): nothing of where it will lie. */
#include "assemble/builder_int.h"

struct pl_annotation *pl_target_labels(struct pl_target *t, size_t room, size_t *ret_n)
{
	const struct pl_image *i = t->image;
	static const char probe[] = "plimsoll.healthcheck.http";
	struct pl_annotation *v =
		pl_arena_array(&t->arena, struct pl_annotation, i->n_labels + 1 + room);
	size_t n = 0;
	for (size_t k = 0; k < i->n_labels; k++)
		v[n++] = (struct pl_annotation){i->labels[k].key, i->labels[k].value};
	if (i->health && i->health->http && !pl_annotation_get(v, n, probe))
		v[n++] = (struct pl_annotation){probe, i->health->http};
	qsort(v, n, sizeof(*v), pl_annotation_qsort);
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

/* An entry a layer, the base's as they stand in its config: tools know by them that the base is the
 * same. */
static void fill_history(struct pl_target *t, struct pl_config *c)
{
	const struct pl_built_platform *p = &t->built;
	c->diff_ids = pl_arena_array(&t->arena, struct pl_digest, p->n_layers);
	c->history = pl_arena_array(&t->arena, struct pl_history, p->n_layers);
	c->n_diff_ids = c->n_history = p->n_layers;
	for (size_t i = 0; i < p->n_layers; i++) {
		c->diff_ids[i] = p->layers[i].diff_id;
		c->history[i] = (struct pl_history){.created = p->layers[i].created,
						    .created_by = p->layers[i].created_by};
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
	for (size_t i = n_base; i < p->n_layers; i++)
		p->layers[i].created = t->newest;
	return 0;
}

int pl_target_image(struct pl_builder *b, struct pl_target *t, struct pl_err *err)
{
	struct pl_built_platform *p = &t->built;
	PL_AUTO(buf) text = {0};
	struct pl_config c;
	int rc = collect_layers(b, t, err);
	if (rc < 0)
		return rc;
	fill_config(t, &c);
	fill_history(t, &c);
	c.labels = pl_target_labels(t, 0, &c.n_labels);
	pl_config_format(&c, &text);
	p->config_size = text.n;
	p->platform = t->platform;
	p->lock = t->lock;
	return pl_store_put(b->store, PL_STORE_BLOBS, pl_buf_str(&text), &p->config, err);
}
