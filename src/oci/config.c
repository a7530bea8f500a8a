// SPDX-License-Identifier: Apache-2.0
/* The image configuration: image-spec config.md, and Docker's Healthcheck extension of it. */
#include "oci/manifest_int.h"

#include "base/clock.h"
#include "base/env.h"

/* ---- writing ---- */

static void format_strings(struct pl_jw *w, const char *key, const char *const *v)
{
	if (!v)
		return;
	pl_jw_key(w, key);
	pl_jw_array(w);
	for (; *v; v++)
		pl_jw_cstr(w, *v);
	pl_jw_end_array(w);
}

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

static void format_opt(struct pl_jw *w, const char *key, const char *v)
{
	if (v)
		pl_jw_kcstr(w, key, v);
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
	format_strings(w, "Test", c->health_test);
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
		format_opt(w, "created_by", h[i].created_by);
		format_opt(w, "comment", h[i].comment);
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
	format_opt(&w, "variant", c->variant);
	pl_jw_kcstr(&w, "os", c->os);
	pl_jw_key(&w, "config");
	pl_jw_object(&w);
	format_opt(&w, "User", c->user);
	format_set(&w, "ExposedPorts", c->ports);
	format_strings(&w, "Env", c->env);
	format_strings(&w, "Entrypoint", c->entrypoint);
	format_strings(&w, "Cmd", c->cmd);
	format_health(&w, c);
	format_set(&w, "Volumes", c->volumes);
	format_opt(&w, "WorkingDir", c->workdir);
	pl_annotations_format(&w, "Labels", c->labels, c->n_labels);
	format_opt(&w, "StopSignal", c->stop_signal);
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

struct config_reader {
	struct pl_arena *a;
	const char *what;
	struct pl_err *err;
};

static int fault(struct config_reader *r, const char *key, const char *must)
{
	return pl_fail(r->err, PL_INPUT, "%s: '%s' must be %s", r->what, key, must);
}

static int read_opt(struct config_reader *r, const struct pl_jval *obj, const char *key,
		    const char **ret)
{
	struct pl_str s = {NULL, 0};
	int rc = pl_json_opt_str(obj, key, r->what, &s, r->err);
	if (rc == 0 && s.n)
		*ret = pl_arena_cstr(r->a, s);
	return rc;
}

static int read_time(struct config_reader *r, const struct pl_jval *obj, int64_t *ret)
{
	struct pl_str s = {NULL, 0};
	int rc = pl_json_opt_str(obj, "created", r->what, &s, r->err);
	if (rc == 0 && s.n && !pl_time_parse_rfc3339(s, ret))
		rc = fault(r, "created", "a time as RFC 3339 writes it");
	return rc;
}

/* null and absent are NULL; an empty list is a list. */
static int read_strings(struct config_reader *r, const struct pl_jval *obj, const char *key,
			const char ***ret)
{
	const struct pl_jval *v = pl_json_get(obj, key);
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JARRAY)
		return fault(r, key, "a list of strings");
	size_t n = pl_json_len(v);
	const char **list = pl_arena_array(r->a, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct pl_str s = pl_json_str(pl_json_at(v, i));
		if (!s.p)
			return fault(r, key, "a list of strings");
		list[i] = pl_arena_cstr(r->a, s);
	}
	*ret = list;
	return 0;
}

static int read_set(struct config_reader *r, const struct pl_jval *obj, const char *key,
		    const char ***ret)
{
	const struct pl_jval *v = pl_json_get(obj, key), *item;
	struct pl_str name;
	size_t n = 0;
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JOBJECT)
		return fault(r, key, "an object");
	const char **list = pl_arena_array(r->a, const char *, pl_json_len(v) + 1);
	for (void *it = NULL; pl_json_next(v, &it, &name, &item);)
		list[n++] = pl_arena_cstr(r->a, name);
	qsort(list, n, sizeof(*list), pl_cstr_qsort);
	*ret = list;
	return 0;
}

static int read_i64(struct config_reader *r, const struct pl_jval *obj, const char *key,
		    int64_t *ret)
{
	const struct pl_jval *v = pl_json_get(obj, key);
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (!pl_json_i64(v, ret) || *ret < 0)
		return fault(r, key, "a whole number of at least 0");
	return 0;
}

static int read_health(struct config_reader *r, const struct pl_jval *cfg, struct pl_config *c)
{
	const struct pl_jval *v = pl_json_get(cfg, "Healthcheck");
	int rc;
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JOBJECT)
		return fault(r, "Healthcheck", "an object");
	if ((rc = read_strings(r, v, "Test", &c->health_test)) < 0 ||
	    (rc = read_i64(r, v, "Interval", &c->health_interval_ns)) < 0 ||
	    (rc = read_i64(r, v, "Timeout", &c->health_timeout_ns)) < 0 ||
	    (rc = read_i64(r, v, "StartPeriod", &c->health_start_ns)) < 0)
		return rc;
	return read_i64(r, v, "Retries", &c->health_retries);
}

static int read_run(struct config_reader *r, const struct pl_jval *root, struct pl_config *c)
{
	const struct pl_jval *v = pl_json_get(root, "config");
	char where[300];
	int rc;
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JOBJECT)
		return fault(r, "config", "an object");
	if ((rc = read_opt(r, v, "User", &c->user)) < 0 ||
	    (rc = read_opt(r, v, "WorkingDir", &c->workdir)) < 0 ||
	    (rc = read_opt(r, v, "StopSignal", &c->stop_signal)) < 0 ||
	    (rc = read_strings(r, v, "Env", &c->env)) < 0 ||
	    (rc = read_strings(r, v, "Entrypoint", &c->entrypoint)) < 0 ||
	    (rc = read_strings(r, v, "Cmd", &c->cmd)) < 0 ||
	    (rc = read_set(r, v, "ExposedPorts", &c->ports)) < 0 ||
	    (rc = read_set(r, v, "Volumes", &c->volumes)) < 0 || (rc = read_health(r, v, c)) < 0)
		return rc;
	snprintf(where, sizeof(where), "%.240s: Labels", r->what);
	return pl_annotations_parse(r->a, pl_json_get(v, "Labels"), where, &c->labels, &c->n_labels,
				    r->err);
}

static int read_rootfs(struct config_reader *r, const struct pl_jval *root, struct pl_config *c)
{
	const struct pl_jval *v = pl_json_get(root, "rootfs");
	if (pl_json_kind(v) != PL_JOBJECT)
		return fault(r, "rootfs", "an object (is this an image's configuration?)");
	if (!pl_str_is(pl_json_str(pl_json_get(v, "type")), "layers"))
		return fault(r, "rootfs.type", "\"layers\"");
	const struct pl_jval *ids = pl_json_get(v, "diff_ids");
	/* docker save writes null for an image without layers */
	if (pl_json_kind(ids) != PL_JARRAY && pl_json_kind(ids) != PL_JNULL)
		return fault(r, "rootfs.diff_ids", "a list of digests");
	size_t n = pl_json_kind(ids) == PL_JARRAY ? pl_json_len(ids) : 0;
	c->diff_ids = pl_arena_array(r->a, struct pl_digest, n + 1);
	for (; c->n_diff_ids < n; c->n_diff_ids++)
		if (!pl_digest_parse(pl_json_str(pl_json_at(ids, c->n_diff_ids)),
				     &c->diff_ids[c->n_diff_ids]))
			return fault(r, "rootfs.diff_ids", "a list of sha256:<64 hex digits>");
	return 0;
}

static int read_history(struct config_reader *r, const struct pl_jval *root, struct pl_config *c)
{
	const struct pl_jval *v = pl_json_get(root, "history");
	if (pl_json_kind(v) == PL_JNULL)
		return 0;
	if (pl_json_kind(v) != PL_JARRAY)
		return fault(r, "history", "a list");
	size_t n = pl_json_len(v);
	c->history = pl_arena_array(r->a, struct pl_history, n + 1);
	for (; c->n_history < n; c->n_history++) {
		const struct pl_jval *item = pl_json_at(v, c->n_history);
		struct pl_history *h = &c->history[c->n_history];
		int rc;
		if (pl_json_kind(item) != PL_JOBJECT)
			return fault(r, "history", "a list of objects");
		if ((rc = read_time(r, item, &h->created)) < 0 ||
		    (rc = read_opt(r, item, "created_by", &h->created_by)) < 0 ||
		    (rc = read_opt(r, item, "comment", &h->comment)) < 0)
			return rc;
		h->empty_layer = pl_json_bool(pl_json_get(item, "empty_layer"));
	}
	return 0;
}

int pl_config_parse(struct pl_arena *a, struct pl_str text, const char *what, struct pl_config *ret,
		    struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_config c = {0};
	struct config_reader r = {a, what, err};
	struct pl_str s;
	int rc = pl_object_parse(text, pl_limits_default.json_bytes, what, &root, err);
	if (rc < 0 || (rc = pl_json_need_str(root, "architecture", what, &s, err)) < 0 ||
	    (rc = pl_json_need_str(root, "os", what, &s, err)) < 0 ||
	    (rc = read_opt(&r, root, "architecture", &c.architecture)) < 0 ||
	    (rc = read_opt(&r, root, "os", &c.os)) < 0 ||
	    (rc = read_opt(&r, root, "variant", &c.variant)) < 0 ||
	    (rc = read_time(&r, root, &c.created)) < 0 || (rc = read_run(&r, root, &c)) < 0 ||
	    (rc = read_rootfs(&r, root, &c)) < 0 || (rc = read_history(&r, root, &c)) < 0)
		return rc;
	if (!c.architecture || !c.os)
		return pl_fail(err, PL_INPUT, "%s: 'architecture' or 'os' is empty", what);
	*ret = c;
	return 0;
}
