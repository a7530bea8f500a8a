// SPDX-License-Identifier: Apache-2.0
/*
 * Where images are registered: an inventory's database, or the inventory that a `plimsoll serve`
 * keeps, which answers questions over HTTP alone. Ownership: the struct owns both. Thread rule: one
 * struct per thread.
 */
#pragma once

#include "inventory/inventory.h"

struct pl_registrar {
	const struct pl_env *env;
	struct pl_inv *inv; /* the database; NULL: behind url */
	char *url;          /* "http://host:port", without a slash at its end; NULL: none */
};
/* place: a path or "http(s)://..."; NULL: the default database (pl_inv_open). Errors: as
 * pl_inv_open's. */
int pl_registrar_open(const struct pl_env *env, const char *place, struct pl_registrar *ret,
		      struct pl_err *err) PL_MUST_USE;
/* As pl_inv_delete. */
int pl_registrar_delete(struct pl_registrar *to, const char *name, bool force,
			struct pl_err *err) PL_MUST_USE;
void pl_registrar_done(struct pl_registrar *r);
/* As pl_inv_put; a server does not say whether it knew a registration just so, so 1 then. PL_REMOTE
 * and PL_AUTH where it cannot be asked. */
int pl_registrar_put(struct pl_registrar *to, const struct pl_registration *r,
		     enum pl_put_mode mode, struct pl_err *err) PL_MUST_USE;
