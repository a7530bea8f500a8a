// SPDX-License-Identifier: Apache-2.0
#include "publish/registrar_int.h"

int pl_registrar_open(const struct pl_env *env, const char *place, struct pl_registrar *ret,
		      struct pl_err *err)
{
	struct pl_registrar r = {.env = env};
	int rc = 0;
	if (place && pl_inv_is_url(place)) {
		r.url = pl_xstrdup(place);
		for (size_t n = strlen(r.url); n && r.url[n - 1] == '/'; n--)
			r.url[n - 1] = '\0';
	} else {
		rc = pl_inv_open(env, place, &r.inv, err);
	}
	if (rc == 0)
		*ret = r;
	return rc;
}

void pl_registrar_done(struct pl_registrar *r)
{
	pl_inv_free(r->inv);
	free(r->url);
	*r = (struct pl_registrar){0};
}

int pl_registrar_put(struct pl_registrar *to, const struct pl_registration *r,
		     enum pl_put_mode mode, struct pl_err *err)
{
	if (to->inv)
		return pl_inv_put(to->inv, r, mode, err);
	int rc = pl_registration_check(r, err);
	return rc < 0 ? rc : pl_registrar_put_remote(to, r, mode, err);
}

int pl_registrar_delete(struct pl_registrar *to, const char *name, bool force, struct pl_err *err)
{
	return to->inv ? pl_inv_delete(to->inv, pl_str_of(name), force, err)
		       : pl_registrar_delete_remote(to, name, force, err);
}
