// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/load.h"

#include "base/deb822.h"

/* The index says what a .deb is, the .deb says it again; scanners will believe the latter. */
static int check_identity(const struct pl_deb_identity *p, const struct pl_control *c,
			  struct pl_err *err)
{
	const struct {
		const char *field, *want;
	} v[] = {{"Package", p->name}, {"Version", p->version}, {"Architecture", p->architecture}};
	struct pl_deb822_reader r = {.rest = c->control, .what = p->name};
	struct pl_deb822 control;
	int rc = pl_deb822_next(&r, false, &control, err);
	if (rc <= 0)
		return rc < 0 ? rc : pl_fail(err, PL_INPUT, "%s: its control is empty", p->name);
	for (size_t i = 0; i < PL_COUNT(v); i++) {
		struct pl_str is = pl_deb822_get(&control, v[i].field);
		if (!pl_str_is(is, v[i].want))
			return pl_fail(err, PL_INPUT,
				       "%s %s: its .deb says %s: %.*s, where the archive's index "
				       "says %s",
				       p->name, p->version, v[i].field, PL_STR_ARG(is), v[i].want);
	}
	return 0;
}

int pl_deb_load(const struct pl_env *env, struct pl_store *store, const struct pl_deb_identity *p,
		struct pl_arena *a, struct pl_control *ret_control, struct pl_deb **ret,
		struct pl_err *err)
{
	struct pl_source *in;
	int rc = pl_store_read(store, PL_STORE_INPUTS, &p->sha256, true, &in, err);
	if (rc < 0)
		return pl_ctx(err, "package %s %s", p->name, p->version);
	PL_AUTO_FREE(deb) d = NULL;
	struct pl_control c;
	rc = pl_deb_open(in, env->limits, p->name, a, &c, &d, err);
	if (rc == 0)
		rc = check_identity(p, &c, err);
	if (rc < 0)
		return rc;
	*ret_control = c;
	*ret = pl_steal(&d);
	return 0;
}

int pl_deb_control_load(const struct pl_env *env, struct pl_store *store,
			const struct pl_deb_identity *p, struct pl_arena *a, struct pl_control *ret,
			struct pl_err *err)
{
	PL_AUTO_FREE(deb) d = NULL;
	int rc = pl_deb_load(env, store, p, a, ret, &d, err);
	return rc < 0 ? pl_store_blame(store, PL_STORE_INPUTS, &p->sha256, err) : 0;
}
