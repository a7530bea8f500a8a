// SPDX-License-Identifier: Apache-2.0
/*
 * The keys of an image. Its layers (what it extends, itself, its variant) are read one over the
 * other into settings: later scalars replace, lists add, env and labels go by name. Then the base's
 * configuration is inherited.
 */
#include "fleet/fleet_int.h"

const char *const pl_keys_image[] = {
	"image",       "description", "extends",  "base",      "distro",      "version",
	"packages",    "files",       "accounts", "variants",  "platforms",   "exclude",
	"acknowledge", "user",        "workdir",  "env",       "entrypoint",  "cmd",
	"labels",      "ports",       "volumes",  "read_only", "healthcheck", "stop_signal",
	"debconf",     "scripted",    NULL};
const char *const pl_keys_shared[] = {
	"extends",   "base",        "distro",      "version",     "packages", "files",
	"accounts",  "platforms",   "exclude",     "acknowledge", "user",     "workdir",
	"env",       "entrypoint",  "cmd",         "labels",      "ports",    "volumes",
	"read_only", "healthcheck", "stop_signal", "debconf",     "scripted", NULL};
const char *const pl_keys_variant[] = {
	"version",   "description", "base",        "distro",      "packages", "files",
	"accounts",  "platforms",   "exclude",     "acknowledge", "user",     "workdir",
	"env",       "entrypoint",  "cmd",         "labels",      "ports",    "volumes",
	"read_only", "healthcheck", "stop_signal", "debconf",     "scripted", NULL};

struct image_reader {
	struct pl_reader r;
	struct pl_settings s;
	const struct pl_platform *const *platforms;
};
typedef int read_fn(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err);

static int argv(struct image_reader *ir, const struct pl_yaml *v, const char *key,
		const char ***ret, struct pl_err *err)
{
	const char **list = NULL;
	size_t n = 0;
	if (v->kind == PL_YAML_SCALAR && v->text.n)
		return pl_yaml_fail(v, err,
				    "'%s' must be a list, for example %s: [/usr/bin/curl, "
				    "--version]; there is no shell to split it",
				    key, key);
	int rc = pl_read_texts(&ir->r, v, key, &list, &n, err);
	if (rc == 0)
		*ret = n ? list : NULL; /* []: nothing, not even the base's */
	return rc;
}

static int on_entrypoint(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	ir->s.has_entrypoint = true;
	int rc = argv(ir, v, "entrypoint", &ir->s.entrypoint, err);
	if (rc < 0 || !ir->s.entrypoint)
		return rc;
	struct pl_str program = pl_str_of(ir->s.entrypoint[0]);
	bool bare = pl_printable_ok(program) && pl_str_find(program, '/') == SIZE_MAX;
	if (!bare && (!pl_image_path_ok(program) || program.n == 1))
		return pl_yaml_fail(v->item[0], err,
				    "'%s' must be an absolute path or a bare name "
				    "found in PATH",
				    PL_SHOWN(program));
	return 0;
}

static int on_cmd(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	ir->s.has_cmd = true;
	return argv(ir, v, "cmd", &ir->s.cmd, err);
}

static int on_user(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_text_as(&ir->r, v, "user", pl_user_ok, "uid, uid:gid, or names", &ir->s.user,
			       err);
}

static int on_workdir(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_text_as(&ir->r, v, "workdir", pl_image_path_ok,
			       "an absolute path without '.' and '..'", &ir->s.workdir, err);
}

static int on_stop_signal(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_text_as(&ir->r, v, "stop_signal", pl_signal_ok,
			       "a name as SIGTERM, or a number", &ir->s.stop_signal, err);
}

static int on_description(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	int rc = pl_read_text(&ir->r, v, "description", &ir->s.description, err);
	if (rc == 0 && !pl_printable_ok(pl_str_of(ir->s.description)))
		return pl_yaml_fail(v, err, "'description' must be one line of text");
	return rc;
}

static int on_read_only(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	ir->s.has_read_only = true;
	return pl_read_bool(v, "read_only", &ir->s.read_only, err);
}

/* Values as debconf has them: a boolean is the word true or false. */
static int on_debconf(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	int rc = pl_need_map(v, "debconf", err);
	for (size_t i = 0; i < v->n && rc == 0; i++) {
		struct pl_kv kv = {.key = v->key[i]->text.p};
		if (!pl_debconf_question_ok(v->key[i]->text))
			return pl_yaml_fail(v->key[i], err,
					    "'%s' is no question of debconf (such as "
					    "tzdata/Areas)",
					    PL_SHOWN(v->key[i]->text));
		rc = pl_read_text(&ir->r, v->item[i], kv.key, &kv.value, err);
		*pl_vec_push(&ir->s.debconf) = kv;
	}
	return rc;
}

static int on_env(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	int rc = pl_need_map(v, "env", err);
	for (size_t i = 0; i < v->n && rc == 0; i++) {
		struct pl_kv kv = {.key = v->key[i]->text.p};
		if (!pl_env_name_ok(v->key[i]->text))
			return pl_yaml_fail(v->key[i], err,
					    "'%s' is not a variable's name "
					    "(letters, digits and '_')",
					    PL_SHOWN(v->key[i]->text));
		rc = pl_read_text(&ir->r, v->item[i], kv.key, &kv.value, err);
		*pl_vec_push(&ir->s.env) = kv;
	}
	return rc;
}

static int on_labels(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	int rc = pl_need_map(v, "labels", err);
	for (size_t i = 0; i < v->n && rc == 0; i++) {
		struct pl_kv kv = {.key = v->key[i]->text.p};
		if (!pl_printable_ok(v->key[i]->text) ||
		    pl_str_find(v->key[i]->text, ' ') != SIZE_MAX)
			return pl_yaml_fail(v->key[i], err,
					    "label '%s' has blanks or control bytes "
					    "in its name",
					    PL_SHOWN(v->key[i]->text));
		rc = pl_read_text(&ir->r, v->item[i], kv.key, &kv.value, err);
		*pl_vec_push(&ir->s.labels) = kv;
	}
	return rc;
}

/* Adds each text of a list once; twice within the list is an error. */
static int add_texts(struct pl_texts *to, const struct pl_yaml *v, const char **list, size_t n,
		     struct pl_err *err)
{
	__attribute__((cleanup(pl_map_done))) struct pl_map seen = {0};
	for (size_t i = 0; i < to->n; i++)
		pl_map_put(&seen, pl_str_of(to->v[i]), to);
	for (size_t i = 0; i < n; i++) {
		void *former = pl_map_put(&seen, pl_str_of(list[i]), list);
		if (former == list)
			return pl_yaml_fail(v->item[i], err, "'%s' is given twice",
					    PL_SHOWN(pl_str_of(list[i])));
		if (!former)
			*pl_vec_push(to) = list[i];
	}
	return 0;
}

static int on_ports(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	const char **list = NULL, *protocol = NULL;
	size_t n = 0;
	unsigned port = 0;
	int rc = pl_read_texts(&ir->r, v, "ports", &list, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!pl_port_parse(pl_str_of(list[i]), &port, &protocol))
			return pl_yaml_fail(v->item[i], err,
					    "port '%s' must be 1 to 65535, with "
					    "/tcp, /udp or /sctp if need be",
					    PL_SHOWN(pl_str_of(list[i])));
		list[i] = pl_arena_printf(ir->r.a, "%u/%s", port, protocol);
	}
	return rc < 0 ? rc : add_texts(&ir->s.ports, v, list, n, err);
}

static int on_volumes(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	const char **list = NULL;
	size_t n = 0;
	int rc = pl_read_texts(&ir->r, v, "volumes", &list, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (!pl_image_path_ok(pl_str_of(list[i])) || !list[i][1])
			return pl_yaml_fail(v->item[i], err,
					    "volume '%s' must be an absolute path "
					    "without '.' and '..'",
					    PL_SHOWN(pl_str_of(list[i])));
	return rc < 0 ? rc : add_texts(&ir->s.volumes, v, list, n, err);
}

static int on_exclude(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	static const char *const names[] = {"docs", "locales", "man"};
	const char **list = NULL;
	size_t n = 0;
	int rc = pl_read_texts(&ir->r, v, "exclude", &list, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct pl_str s = pl_str_of(list[i]);
		bool named = false;
		for (size_t k = 0; k < PL_COUNT(names); k++)
			named = named || pl_str_is(s, names[k]);
		if (!named && (!pl_image_path_ok(s) || s.n == 1))
			return pl_yaml_fail(v->item[i], err,
					    "exclude '%s' must be docs, locales, "
					    "man, or an absolute path (with * "
					    "and ? if need be)",
					    PL_SHOWN(s));
	}
	return rc < 0 ? rc : add_texts(&ir->s.exclude, v, list, n, err);
}

static int on_scripted(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	const char **list = NULL;
	size_t n = 0;
	int rc = pl_read_texts(&ir->r, v, "scripted", &list, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (!pl_package_name_ok(pl_str_of(list[i])))
			return pl_yaml_fail(v->item[i], err, "'%s' is no package's name",
					    PL_SHOWN(pl_str_of(list[i])));
	return rc < 0 ? rc : add_texts(&ir->s.scripted, v, list, n, err);
}

static int on_packages(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_packages(&ir->r, v, &ir->s, err);
}

static int on_files(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_files(&ir->r, v, ir->platforms, &ir->s, err);
}

static int on_accounts(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_accounts(&ir->r, v, &ir->s, err);
}

static int on_health(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_health(&ir->r, v, &ir->s, err);
}

static int on_acks(struct image_reader *ir, const struct pl_yaml *v, struct pl_err *err)
{
	return pl_read_acks(&ir->r, v, &ir->s, err);
}

/* The other keys (image, extends, base, distro, version, variants, platforms) were read when the
 * image was drafted: they decide what the values of these mean. */
static const struct {
	const char *key;
	read_fn *read;
} readers[] = {
	{"packages", on_packages},
	{"files", on_files},
	{"accounts", on_accounts},
	{"entrypoint", on_entrypoint},
	{"cmd", on_cmd},
	{"env", on_env},
	{"debconf", on_debconf},
	{"scripted", on_scripted},
	{"user", on_user},
	{"workdir", on_workdir},
	{"labels", on_labels},
	{"ports", on_ports},
	{"volumes", on_volumes},
	{"read_only", on_read_only},
	{"healthcheck", on_health},
	{"exclude", on_exclude},
	{"acknowledge", on_acks},
	{"stop_signal", on_stop_signal},
	{"description", on_description},
};

static int read_layer(struct image_reader *ir, const struct pl_layer *layer, struct pl_err *err)
{
	int rc = 0;
	for (size_t i = 0; i < layer->map->n && rc == 0; i++) {
		struct pl_str key = layer->map->key[i]->text;
		if (layer->extended && pl_str_is(key, "description"))
			continue;
		for (size_t k = 0; k < PL_COUNT(readers); k++)
			if (pl_str_is(key, readers[k].key))
				rc = readers[k].read(ir, layer->map->item[i], err);
	}
	return rc;
}

/* Own platforms, the base's or the fleet's; never more than the base has. */
static int platforms(struct pl_loader *l, struct pl_draft *d, struct pl_err *err)
{
	struct pl_image *i = d->image;
	i->platforms = d->base ? d->base->image->platforms : l->f->platforms;
	if (!d->platforms_at)
		return 0;
	int rc = pl_read_platforms(l->a, d->platforms_at, &i->platforms, err);
	for (size_t k = 0; rc == 0 && d->base && i->platforms[k]; k++) {
		bool there = false;
		for (const struct pl_platform **p = d->base->image->platforms; *p; p++)
			there = there || *p == i->platforms[k];
		if (!there)
			return pl_yaml_fail(d->platforms_at, err,
					    "'%s' is for %s, but its base '%s' is not", i->id,
					    i->platforms[k]->name, d->base->image->id);
	}
	return rc;
}

static int hash_of(const struct pl_image *i, void (*text)(const struct pl_image *, struct pl_buf *),
		   struct pl_digest *ret, struct pl_err *err)
{
	PL_AUTO(buf) canonical = {.max = PL_FLEET_BYTES_MAX};
	text(i, &canonical);
	int rc = pl_buf_check(&canonical, i->id, err);
	if (rc == 0)
		*ret = pl_sha256_of(pl_buf_str(&canonical));
	return rc;
}

static void pl_image_reader_done(struct image_reader *ir) { pl_settings_done(&ir->s); }

int pl_image_read(struct pl_loader *l, struct pl_draft *d, struct pl_err *err)
{
	__attribute__((cleanup(pl_image_reader_done))) struct image_reader ir = {
		.r = {.l = l, .a = l->a, .vars = d->vars}};
	int rc = pl_loader_budget(l, d->at, err);
	if (rc == 0)
		rc = platforms(l, d, err);
	ir.platforms = d->image->platforms;
	for (size_t i = 0; i < d->n_layers && rc == 0; i++)
		rc = read_layer(&ir, &d->layer[i], err);
	if (rc < 0)
		return rc;
	pl_image_inherit(l->a, d->image, &ir.s);
	rc = hash_of(d->image, pl_image_canonical, &d->image->hash, err);
	return rc < 0 ? rc : hash_of(d->image, pl_image_inputs, &d->image->inputs, err);
}
