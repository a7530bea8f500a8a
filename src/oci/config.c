// SPDX-License-Identifier: Apache-2.0
/* The image configuration: image-spec config.md, and Docker's Healthcheck extension of it. */
#include "oci/manifest_int.h"

#include "base/clock.h"
#include "base/env.h"

/* ---- writing ---- */

/* Ports and volumes are sets: objects with empty values. */
static void format_set(struct pl_jw *w, const char *key, const char *const *v)
{
	if (!v || !*v)
		return;
	pl_jw_key(w, key);
	pl_jw_object(w);
	for (; *v; v++) {
		pl_jw_key(w, *v);
		pl_jw_object(w);
		pl_jw_end_object(w);
	}
	pl_jw_end_object(w);
}

static void format_duration(struct pl_jw *w, const char *key, int64_t ns)
{
	if (ns == 0)
		return; /* Docker: zero means inherit */
	pl_jw_key(w, key);
	pl_jw_i64(w, ns);
}

static void format_health(struct pl_jw *w, const struct pl_config *c)
{
	if (!c->health_test)
		return;
	pl_jw_key(w, "Healthcheck");
	pl_jw_object(w);
	pl_jw_kcstrs(w, "Test", c->health_test);
	format_duration(w, "Interval", c->health_interval_ns);
	format_duration(w, "Timeout", c->health_timeout_ns);
	format_duration(w, "StartPeriod", c->health_start_ns);
	format_duration(w, "Retries", c->health_retries);
	pl_jw_end_object(w);
}

static void format_history(struct pl_jw *w, const struct pl_history *h, size_t n)
{
	char time[PL_TIME_TEXT];
	pl_jw_key(w, "history");
	pl_jw_array(w);
	for (size_t i = 0; i < n; i++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "created", pl_time_rfc3339(h[i].created, time));
		pl_jw_kopt(w, "created_by", h[i].created_by);
		pl_jw_kopt(w, "comment", h[i].comment);
		if (h[i].empty_layer)
			pl_jw_kbool(w, "empty_layer", true);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

void pl_config_format(const struct pl_config *c, struct pl_buf *ret)
{
	struct pl_jw w;
	char time[PL_TIME_TEXT];
	pl_jw_init(&w, ret, 0);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "created", pl_time_rfc3339(c->created, time));
	pl_jw_kcstr(&w, "architecture", c->architecture);
	pl_jw_kopt(&w, "variant", c->variant);
	pl_jw_kcstr(&w, "os", c->os);
	pl_jw_key(&w, "config");
	pl_jw_object(&w);
	pl_jw_kopt(&w, "User", c->user);
	format_set(&w, "ExposedPorts", c->ports);
	pl_jw_kcstrs(&w, "Env", c->env);
	pl_jw_kcstrs(&w, "Entrypoint", c->entrypoint);
	pl_jw_kcstrs(&w, "Cmd", c->cmd);
	format_health(&w, c);
	format_set(&w, "Volumes", c->volumes);
	pl_jw_kopt(&w, "WorkingDir", c->workdir);
	pl_annotations_format(&w, "Labels", c->labels, c->n_labels);
	pl_jw_kopt(&w, "StopSignal", c->stop_signal);
	pl_jw_end_object(&w);
	pl_jw_key(&w, "rootfs");
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "type", "layers");
	pl_jw_key(&w, "diff_ids");
	pl_jw_array(&w);
	for (size_t i = 0; i < c->n_diff_ids; i++)
		pl_jw_cstr(&w, PL_DIGEST_STR(&c->diff_ids[i]));
	pl_jw_end_array(&w);
	pl_jw_end_object(&w);
	if (c->n_history)
		format_history(&w, c->history, c->n_history);
	pl_jw_end_object(&w);
}

/* ---- reading ---- */

static void read_time(const struct pl_jr *r, int64_t *ret)
{
	const char *s = NULL;
	pl_optional_read(r, "created", &s);
	if (s && !pl_time_parse_rfc3339(pl_str_of(s), ret))
		pl_jr_fail(r, "created", "must be a time as RFC 3339 writes it");
}

/* Is there something at key to be read? Any other kind than the one it must be is an error. */
static bool has_kind(const struct pl_jr *r, const char *key, enum pl_jkind kind, const char *must)
{
	const struct pl_jval *v = pl_json_get(r->value, key);
	if (pl_json_kind(v) == PL_JNULL)
		return false;
	if (pl_json_kind(v) != kind)
		pl_jr_fail(r, key, "must be %s", must);
	return pl_jr_ok(r);
}

/* null and absent are NULL; an empty list is a list. */
static void read_strings(const struct pl_jr *r, const char *key, const char ***ret)
{
	static const char must[] = "a list of strings";
	if (!has_kind(r, key, PL_JARRAY, must))
		return;
	const struct pl_jval *v = pl_json_get(r->value, key);
	size_t n = pl_json_len(v);
	const char **list = pl_arena_array(r->doc->arena, const char *, n + 1);
	for (size_t i = 0; i < n && pl_jr_ok(r); i++) {
		struct pl_str s = pl_json_str(pl_json_at(v, i));
		if (s.p)
			list[i] = pl_arena_cstr(r->doc->arena, s);
		else
			pl_jr_fail(r, key, "must be %s", must);
	}
	*ret = list;
}

static void read_set(const struct pl_jr *r, const char *key, const char ***ret)
{
	const struct pl_jval *v = pl_json_get(r->value, key), *item;
	struct pl_str name;
	size_t n = 0;
	if (!has_kind(r, key, PL_JOBJECT, "an object"))
		return;
	const char **list = pl_arena_array(r->doc->arena, const char *, pl_json_len(v) + 1);
	for (void *it = NULL; pl_json_next(v, &it, &name, &item);)
		list[n++] = pl_arena_cstr(r->doc->arena, name);
	qsort(list, n, sizeof(*list), pl_cstr_qsort);
	*ret = list;
}

static void read_i64(const struct pl_jr *r, const char *key, int64_t *ret)
{
	uint64_t n = 0;
	pl_jr_u64_if(r, key, INT64_MAX, &n);
	*ret = (int64_t)n;
}

static void read_health(const struct pl_jr *r, struct pl_config *c)
{
	struct pl_jr h = pl_jr_inner(r, "Healthcheck");
	if (!has_kind(r, "Healthcheck", PL_JOBJECT, "an object"))
		return;
	PL_JR_EXACT(&h, "Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries");
	read_strings(&h, "Test", &c->health_test);
	read_i64(&h, "Interval", &c->health_interval_ns);
	read_i64(&h, "Timeout", &c->health_timeout_ns);
	read_i64(&h, "StartPeriod", &c->health_start_ns);
	read_i64(&h, "Retries", &c->health_retries);
}

static void read_run(const struct pl_jr *root, struct pl_config *c)
{
	struct pl_jr r = pl_jr_inner(root, "config"), labels = pl_jr_member(&r, "Labels");
	if (!has_kind(root, "config", PL_JOBJECT, "an object"))
		return;
	PL_JR_EXACT(&r, "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Healthcheck",
		    "ArgsEscaped", "Volumes", "WorkingDir", "Labels", "StopSignal", "StopTimeout",
		    "Shell", "OnBuild");
	pl_optional_read(&r, "User", &c->user);
	pl_optional_read(&r, "WorkingDir", &c->workdir);
	pl_optional_read(&r, "StopSignal", &c->stop_signal);
	read_strings(&r, "Env", &c->env);
	read_strings(&r, "Entrypoint", &c->entrypoint);
	read_strings(&r, "Cmd", &c->cmd);
	read_set(&r, "ExposedPorts", &c->ports);
	read_set(&r, "Volumes", &c->volumes);
	read_health(&r, c);
	pl_annotations_read(&labels, &c->labels, &c->n_labels);
}

static void read_rootfs(const struct pl_jr *r, struct pl_config *c)
{
	const struct pl_jval *v = pl_json_get(r->value, "rootfs");
	const struct pl_jval *ids = pl_json_get(v, "diff_ids");
	struct pl_jr rootfs = pl_jr_inner(r, "rootfs");
	PL_JR_EXACT(&rootfs, "type", "diff_ids");
	if (pl_json_kind(v) != PL_JOBJECT)
		pl_jr_fail(r, "rootfs", "must be an object (is this an image's configuration?)");
	if (!pl_str_is(pl_json_str(pl_json_get(v, "type")), "layers"))
		pl_jr_fail(r, "rootfs.type", "must be \"layers\"");
	/* docker save writes null for an image without layers */
	if (pl_json_kind(ids) != PL_JARRAY && pl_json_kind(ids) != PL_JNULL)
		pl_jr_fail(r, "rootfs.diff_ids", "must be a list of digests");
	if (!pl_jr_ok(r))
		return;
	size_t n = pl_json_kind(ids) == PL_JARRAY ? pl_json_len(ids) : 0;
	c->diff_ids = pl_arena_array(r->doc->arena, struct pl_digest, n + 1);
	for (; c->n_diff_ids < n && pl_jr_ok(r); c->n_diff_ids++)
		if (!pl_digest_parse(pl_json_str(pl_json_at(ids, c->n_diff_ids)),
				     &c->diff_ids[c->n_diff_ids]))
			pl_jr_fail(r, "rootfs.diff_ids",
				   "must be a list of sha256:<64 hex digits>");
}

static void read_history(const struct pl_jr *r, struct pl_config *c)
{
	struct pl_jr item = *r; /* an entry's errors are told as the document's */
	const struct pl_jval *v = pl_json_get(r->value, "history");
	if (!has_kind(r, "history", PL_JARRAY, "a list"))
		return;
	size_t n = pl_json_len(v);
	c->history = pl_arena_array(r->doc->arena, struct pl_history, n + 1);
	for (; c->n_history < n && pl_jr_ok(r); c->n_history++) {
		struct pl_history *h = &c->history[c->n_history];
		item.value = pl_json_at(v, c->n_history);
		if (pl_json_kind(item.value) != PL_JOBJECT)
			pl_jr_fail(r, "history", "must be a list of objects");
		PL_JR_EXACT(&item, "created", "created_by", "author", "comment", "empty_layer");
		read_time(&item, &h->created);
		pl_optional_read(&item, "created_by", &h->created_by);
		pl_optional_read(&item, "comment", &h->comment);
		h->empty_layer = pl_json_bool(pl_json_get(item.value, "empty_layer"));
	}
}

int pl_config_parse(struct pl_arena *a, struct pl_str text, const char *what, struct pl_config *ret,
		    struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_config c = {0};
	int rc = pl_object_parse(text, pl_limits_default.manifest_bytes, what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_jr_doc doc = {a, what, PL_JR_QUOTED, err, 0};
	struct pl_jr r = pl_jr_root(&doc, root);
	PL_JR_EXACT(&r, "created", "author", "architecture", "os", "os.version", "os.features",
		    "variant", "config", "rootfs", "history");
	pl_jr_text(&r, "architecture", NULL, &c.architecture);
	pl_jr_text(&r, "os", NULL, &c.os);
	pl_optional_read(&r, "variant", &c.variant);
	read_time(&r, &c.created);
	read_run(&r, &c);
	read_rootfs(&r, &c);
	read_history(&r, &c);
	if (doc.rc == 0 && (!*c.architecture || !*c.os))
		pl_jr_fail(&r, "", "'architecture' or 'os' is empty");
	if (doc.rc == 0)
		*ret = c;
	return doc.rc;
}
