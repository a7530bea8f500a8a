// SPDX-License-Identifier: Apache-2.0
/* The fleet's parameters: a closed set of names with their values, which --set chooses. */
#include "fleet/fleet_int.h"

#define VALUE_MAX 128
#define MUST "1 to 128 letters, digits and '.', '_', '+', '~', ':', '/', '@', '-'"

const char *const pl_keys_parameter[] = {"default", "values", NULL};

/* [a-z][a-z0-9_]*: it stands in ${...} beside our own. */
static bool name_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    (i == 0 || (!(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')))
			return false;
	return s.n > 0 && s.n <= 64;
}

/* Nothing that any text of a definition would have to escape. */
static bool value_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && !strchr("._+~:/@-", s.p[i]))
			return false;
	return s.n > 0 && s.n <= VALUE_MAX;
}

static bool is_among(const char **values, const char *value)
{
	for (; values && *values; values++)
		if (strcmp(*values, value) == 0)
			return true;
	return !values;
}

/* "stable, beta" */
static const char *listed(struct pl_arena *a, const char **values)
{
	PL_AUTO(buf) b = {0};
	for (size_t i = 0; values[i]; i++)
		pl_buf_addf(&b, "%s%s", i ? ", " : "", values[i]);
	return pl_arena_cstr(a, pl_buf_str(&b));
}

static void read_values(struct pl_yr *yr, struct pl_parameter *p)
{
	size_t n = 0;
	const struct pl_yaml *v = pl_yr_texts(yr, "values", &p->values, &n);
	if (v && n == 0)
		yr->rc = pl_yaml_fail(v, yr->err, "'values' is empty; leave it out");
	for (size_t i = 0; i < n && yr->rc == 0; i++)
		if (!value_ok(pl_str_of(p->values[i])))
			yr->rc = pl_yaml_fail(v->item[i], yr->err, "value '%s' must be " MUST,
					      PL_SHOWN(pl_str_of(p->values[i])));
}

static int read_parameter(struct pl_reader *r, const struct pl_yaml *key, const struct pl_yaml *v,
			  struct pl_parameter *p, struct pl_err *err)
{
	struct pl_yr yr = {r, v, err, 0};
	if (!name_ok(key->text))
		return pl_yaml_fail(key, err,
				    "parameter '%s' must be lower-case letters, digits and '_'",
				    PL_SHOWN(key->text));
	for (size_t i = 0; pl_variables[i]; i++)
		if (pl_str_is(key->text, pl_variables[i]) && !pl_str_is(key->text, "version"))
			return pl_yaml_fail(key, err,
					    "'${%s}' means something else; give the parameter "
					    "another name",
					    pl_variables[i]);
	yr.rc = pl_need_map(v, key->text.p, err);
	pl_yr_known(&yr, pl_keys_parameter);
	p->name = key->text.p;
	const struct pl_yaml *usual = pl_yr_text(&yr, "default", &p->usual);
	read_values(&yr, p);
	if (yr.rc < 0)
		return yr.rc;
	if (!usual)
		return pl_yaml_fail(key, err, "parameter '%s' needs a 'default'", p->name);
	if (!value_ok(pl_str_of(p->usual)))
		return pl_yaml_fail(usual, err, "value '%s' must be " MUST,
				    PL_SHOWN(pl_str_of(p->usual)));
	if (!is_among(p->values, p->usual))
		return pl_yaml_fail(usual, err, "'default' must be one of 'values': %s",
				    listed(r->a, p->values));
	p->value = p->usual;
	return 0;
}

int pl_fleet_read_parameters(struct pl_reader *r, const struct pl_yaml *v, struct pl_err *err)
{
	struct pl_loader *l = r->l;
	int rc = pl_need_map(v, "parameters", err);
	if (rc < 0)
		return rc;
	struct pl_parameter *list = pl_arena_array(r->a, struct pl_parameter, v->n);
	for (size_t i = 0; i < v->n && rc == 0; i++)
		rc = read_parameter(r, v->key[i], v->item[i], &list[i], err);
	l->parameters = list; /* not before: fleet.yaml itself has none */
	l->n_parameters = v->n;
	return rc;
}

static struct pl_parameter *find_parameter(const struct pl_loader *l, struct pl_str name)
{
	for (size_t i = 0; i < l->n_parameters; i++)
		if (pl_str_is(name, l->parameters[i].name))
			return &l->parameters[i];
	return NULL;
}

const char *pl_parameter_value(const struct pl_loader *l, struct pl_str name)
{
	const struct pl_parameter *p = find_parameter(l, name);
	return !p ? NULL : l->is_declared ? p->usual : p->value;
}

static int no_parameter(const struct pl_loader *l, struct pl_str name, struct pl_err *err)
{
	PL_VEC(const char *) names = {0};
	for (size_t i = 0; i < l->n_parameters; i++)
		*pl_vec_push(&names) = l->parameters[i].name;
	const char *near = pl_nearest(name, names.v, names.n);
	pl_vec_free(&names);
	if (near)
		return pl_fail(err, PL_USAGE, "--set %s: no such parameter; did you mean '%s'?",
			       PL_SHOWN(name), near);
	return pl_fail(err, PL_USAGE,
		       "--set %s: fleet.yaml declares no such parameter; there, write for example "
		       "parameters: {version: {default: \"1.0\"}}",
		       PL_SHOWN(name));
}

int pl_fleet_set(struct pl_loader *l, const char *const *set, struct pl_err *err)
{
	for (size_t i = 0; set && set[i]; i++) {
		struct pl_str value = pl_str_of(set[i]), name = pl_str_cut(&value, '=');
		struct pl_parameter *p = find_parameter(l, name);
		if (!value.p)
			return pl_fail(err, PL_USAGE, "--set %s: write --set NAME=VALUE",
				       PL_SHOWN(name));
		if (!p)
			return no_parameter(l, name, err);
		if (p->is_set)
			return pl_fail(err, PL_USAGE, "--set %s is given twice", p->name);
		if (!value_ok(value))
			return pl_fail(err, PL_USAGE, "--set %s='%s': a value must be " MUST,
				       p->name, PL_SHOWN(value));
		p->value = pl_arena_cstr(l->a, value);
		p->is_set = true;
		if (!is_among(p->values, p->value))
			return pl_fail(err, PL_USAGE, "--set %s=%s: give one of %.300s", p->name,
				       p->value, listed(l->a, p->values));
	}
	return 0;
}
