// SPDX-License-Identifier: Apache-2.0
/* Values of keys: texts with ${...} put in, lists, booleans; each error at the value's place. */
#include "fleet/fleet_int.h"

#define MAX_TEXT ((size_t)1 << 20)

const char *const pl_variables[] = {"version", "variant", "variant_version", "arch", "image",
				    "distro",  NULL};

static int unknown_variable(const struct pl_loader *l, const struct pl_yaml *at, struct pl_str name,
			    struct pl_err *err)
{
	PL_VEC(const char *) known = {0};
	for (size_t i = 0; pl_variables[i]; i++)
		*pl_vec_push(&known) = pl_variables[i];
	for (size_t i = 0; i < l->n_parameters; i++)
		*pl_vec_push(&known) = l->parameters[i].name;
	const char *nearest = pl_nearest(name, known.v, known.n);
	pl_vec_free(&known);
	if (nearest)
		return pl_yaml_fail(at, err, "unknown variable '${%s}'; did you mean '${%s}'?",
				    PL_SHOWN(name), nearest);
	return pl_yaml_fail(at, err,
			    "unknown variable '${%s}'; there are version, variant, "
			    "variant_version, arch, image, distro; '$$' is a literal '$'",
			    PL_SHOWN(name));
}

/* The variable's value, or an error at `at`. */
static int variable(struct pl_reader *r, const struct pl_yaml *at, struct pl_str name,
		    const char **ret, struct pl_err *err)
{
	const struct pl_vars *v = &r->vars;
	const char *const values[] = {v->version, v->variant, v->variant_version,
				      v->arch,    v->image,   v->distro};
	for (size_t i = 0; pl_variables[i]; i++) {
		if (!pl_str_is(name, pl_variables[i]))
			continue;
		if (strcmp(pl_variables[i], "arch") == 0) {
			if (!v->arch_seen)
				return pl_yaml_fail(at, err,
						    "'${arch}' can stand in 'files' only: all else "
						    "is the same on every platform");
			*v->arch_seen = true;
		} else if (!values[i]) {
			return pl_yaml_fail(at, err, "'${%s}' has no value here: %s has no %s",
					    pl_variables[i], v->image,
					    i == 2 ? "version of its variant" : pl_variables[i]);
		}
		*ret = values[i] ? values[i] : "";
		return 0;
	}
	*ret = pl_parameter_value(r->l, name);
	return *ret ? 0 : unknown_variable(r->l, at, name, err);
}

static int substitute(struct pl_reader *r, const struct pl_yaml *at, struct pl_buf *out,
		      struct pl_err *err)
{
	struct pl_str s = at->text;
	for (size_t i = 0; i < s.n; i++) {
		char next = i + 1 < s.n ? s.p[i + 1] : '\0';
		if (s.p[i] != '$' || (next != '$' && next != '{')) {
			pl_buf_addc(out, s.p[i]); /* a lone '$' is one: configuration holds many */
			continue;
		}
		if (next == '$') {
			pl_buf_addc(out, '$');
			i++;
			continue;
		}
		struct pl_str rest = pl_str_sub(s, i + 2, s.n);
		size_t end = pl_str_find(rest, '}');
		const char *value = NULL;
		if (end == SIZE_MAX)
			return pl_yaml_fail(at, err, "'${' without '}'; '$$' is a literal '$'");
		int rc = variable(r, at, pl_str_sub(rest, 0, end), &value, err);
		if (rc < 0)
			return rc;
		pl_buf_adds(out, value);
		i += end + 2;
	}
	if (out->overflow)
		return pl_fail(err, PL_LIMIT,
			       "%s:%u:%u: larger than 1 MiB with its variables put in", at->file,
			       at->line, at->column);
	return 0;
}

static int need_scalar(const struct pl_yaml *v, const char *key, struct pl_err *err)
{
	if (v->kind != PL_YAML_SCALAR)
		return pl_yaml_fail(v, err, "'%s' must be text, not a %s", key,
				    v->kind == PL_YAML_LIST ? "list" : "map");
	if (!v->quoted && v->text.n == 0)
		return pl_yaml_fail(v, err, "'%s' has no value; write \"\" if it is empty", key);
	if (!v->quoted && (pl_str_is(v->text, "null") || pl_str_is(v->text, "~")))
		return pl_yaml_fail(v, err, "'%s' is %.4s; leave the key out, or quote the text",
				    key, v->text.p);
	return 0;
}

int pl_read_text(struct pl_reader *r, const struct pl_yaml *v, const char *key, const char **ret,
		 struct pl_err *err)
{
	PL_AUTO(buf) b = {.max = MAX_TEXT};
	int rc = need_scalar(v, key, err);
	if (rc < 0)
		return rc;
	if (!memchr(v->text.p, '$', v->text.n)) {
		*ret = v->text.p;
		return 0;
	}
	rc = substitute(r, v, &b, err);
	if (rc == 0)
		rc = pl_loader_budget(r->l, v, err);
	if (rc < 0)
		return rc;
	*ret = pl_arena_cstr(r->a, pl_buf_str(&b));
	return 0;
}

int pl_read_text_as(struct pl_reader *r, const struct pl_yaml *v, const char *key,
		    bool (*check)(struct pl_str), const char *must, const char **ret,
		    struct pl_err *err)
{
	int rc = pl_read_text(r, v, key, ret, err);
	if (rc == 0 && !check(pl_str_of(*ret)))
		return pl_yaml_fail(v, err, "%s '%s' must be %s", key, PL_SHOWN(pl_str_of(*ret)),
				    must);
	return rc;
}

int pl_read_plain(const struct pl_yaml *v, const char *key, struct pl_str *ret, struct pl_err *err)
{
	int rc = need_scalar(v, key, err);
	if (rc < 0)
		return rc;
	if (v->text.n == 0)
		return pl_yaml_fail(v, err, "'%s' is empty", key);
	*ret = v->text;
	return 0;
}

int pl_read_bool(const struct pl_yaml *v, const char *key, bool *ret, struct pl_err *err)
{
	bool yes = v->kind == PL_YAML_SCALAR && pl_str_is(v->text, "true");
	bool no = v->kind == PL_YAML_SCALAR && pl_str_is(v->text, "false");
	if (v->quoted || (!yes && !no))
		return pl_yaml_fail(v, err, "'%s' must be true or false", key);
	*ret = yes;
	return 0;
}

int pl_need_list(const struct pl_yaml *v, const char *key, struct pl_err *err)
{
	if (v->kind == PL_YAML_LIST)
		return 0;
	return pl_yaml_fail(v, err, "'%s' must be a list, for example %s: [...]", key, key);
}

int pl_need_map(const struct pl_yaml *v, const char *key, struct pl_err *err)
{
	if (v->kind == PL_YAML_MAP)
		return 0;
	return pl_yaml_fail(v, err, "'%s' must be a map of keys and values", key);
}

int pl_read_texts(struct pl_reader *r, const struct pl_yaml *v, const char *key, const char ***ret,
		  size_t *ret_n, struct pl_err *err)
{
	int rc = pl_need_list(v, key, err);
	if (rc < 0)
		return rc;
	const char **list = pl_arena_array(r->a, const char *, v->n + 1);
	for (size_t i = 0; i < v->n; i++) {
		rc = pl_read_text(r, v->item[i], key, &list[i], err);
		if (rc < 0)
			return rc;
	}
	*ret = list;
	*ret_n = v->n;
	return 0;
}

void pl_yr_known(struct pl_yr *yr, const char *const *known)
{
	if (yr->rc == 0)
		yr->rc = pl_yaml_known(yr->map, known, yr->err);
}

const struct pl_yaml *pl_yr_get(const struct pl_yr *yr, const char *key)
{
	return yr->rc == 0 ? pl_yaml_get(yr->map, key) : NULL;
}

const struct pl_yaml *pl_yr_text(struct pl_yr *yr, const char *key, const char **ret)
{
	const struct pl_yaml *v = pl_yr_get(yr, key);
	if (v)
		yr->rc = pl_read_text(yr->r, v, key, ret, yr->err);
	return yr->rc == 0 ? v : NULL;
}

const struct pl_yaml *pl_yr_texts(struct pl_yr *yr, const char *key, const char ***ret,
				  size_t *ret_n)
{
	const struct pl_yaml *v = pl_yr_get(yr, key);
	if (v)
		yr->rc = pl_read_texts(yr->r, v, key, ret, ret_n, yr->err);
	return yr->rc == 0 ? v : NULL;
}

static int unknown_platform(const struct pl_yaml *at, struct pl_str s, struct pl_err *err)
{
	const char *known[32];
	size_t n = 0;
	for (size_t i = 0; i < pl_platforms_n && n < PL_COUNT(known); i++)
		if (pl_platforms[i].is_definable)
			known[n++] = pl_platforms[i].name;
	const char *near = pl_nearest(s, known, n);
	return pl_yaml_fail(at, err, "unknown platform '%s'%s%s%s", PL_SHOWN(s),
			    near ? "; did you mean '" : "",
			    near ? near : "; for example linux/amd64", near ? "'?" : "");
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct pl_platform *const *)a)->name,
		      (*(const struct pl_platform *const *)b)->name);
}

int pl_read_platforms(struct pl_arena *a, const struct pl_yaml *v, const struct pl_platform ***ret,
		      struct pl_err *err)
{
	int rc = pl_need_list(v, "platforms", err);
	if (rc < 0)
		return rc;
	if (v->n == 0)
		return pl_yaml_fail(v, err, "'platforms' is empty");
	const struct pl_platform **list = pl_arena_array(a, const struct pl_platform *, v->n + 1);
	for (size_t i = 0; i < v->n; i++) {
		struct pl_str s = {NULL, 0};
		rc = pl_read_plain(v->item[i], "platforms", &s, err);
		if (rc < 0)
			return rc;
		if (!pl_platform_ok(s))
			return unknown_platform(v->item[i], s, err);
		list[i] = pl_platform_find(s);
		for (size_t k = 0; k < i; k++)
			if (list[k] == list[i])
				return pl_yaml_fail(v->item[i], err, "platform '%s' is given twice",
						    s.p);
	}
	qsort(list, v->n, sizeof(*list), by_name);
	*ret = list;
	return 0;
}
