// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_int.h"

#include "assemble/gc.h"
#include "base/file.h"
#include "base/place.h"
#include "io/http.h"

#include <strings.h>

int pl_cli_fleet(struct pl_cli *c, struct pl_fleet **ret, struct pl_err *err)
{
	return pl_fleet_load_set(&c->env, c->args.dir ? c->args.dir : ".", c->args.set, ret, err);
}

char *pl_cli_lock_path(struct pl_cli *c)
{
	PL_AUTOFREE char *p = pl_path_join(c->args.dir ? c->args.dir : ".", "plimsoll.lock");
	return pl_arena_cstr(&c->arena, pl_str_of(p));
}

int pl_cli_lock_there(struct pl_cli *c, struct pl_lock **ret, struct pl_err *err)
{
	*ret = NULL;
	if (!pl_file_exists(pl_cli_lock_path(c)))
		return 0;
	return pl_lock_load(&c->env, pl_cli_lock_path(c), ret, err);
}

int pl_cli_lock_guard(struct pl_cli *c, int *ret_fd, struct pl_err *err)
{
	int rc = pl_lock_guard(&c->env, pl_cli_lock_path(c), PL_LOCK_WAIT_S, ret_fd, err);
	/* That there is no such directory is said better by who reads the fleet there. */
	if (rc == 0 || err->code != PL_NOT_FOUND)
		return rc;
	*err = (struct pl_err){0};
	return 0;
}

int pl_cli_store(struct pl_cli *c, struct pl_store **ret, struct pl_err *err)
{
	PL_AUTO_FREE(store) s = NULL;
	int rc = pl_store_open(&c->env, c->args.store, &s, err);
	if (rc == 0)
		rc = pl_gc_remember_fleet(s, pl_cli_lock_path(c), err);
	if (rc == 0)
		*ret = pl_steal(&s);
	return rc;
}

int pl_cli_workspace(struct pl_cli *c, struct pl_workspace *ret, struct pl_err *err)
{
	int rc = pl_cli_fleet(c, &ret->fleet, err);
	if (rc == 0)
		rc = pl_lock_load(&c->env, pl_cli_lock_path(c), &ret->lock, err);
	return rc < 0 ? rc : pl_cli_store(c, &ret->store, err);
}

void pl_workspace_done(struct pl_workspace *ws)
{
	pl_lock_free(ws->lock);
	pl_store_free(ws->store);
	pl_fleet_free(ws->fleet);
}

const char *pl_cli_place(const struct pl_cli *c) { return c->args.dir ? c->args.dir : "."; }

const char *pl_cli_name_shown(struct pl_cli *c, const char *name)
{
	return name ? pl_place_shown(&c->arena, pl_cli_place(c), name) : NULL;
}

/* A fleet may come from elsewhere: it says where its inventory is, but not who gets our token. */
static int check_token_host(const char *url, struct pl_err *err)
{
	PL_AUTO(url) u = {0};
	struct pl_str hosts = pl_str_of(pl_environ("PLIMSOLL_TOKEN_HOST"));
	if (!pl_environ("PLIMSOLL_TOKEN"))
		return 0;
	if (!pl_url_parse(url, &u))
		return pl_fail(err, PL_INPUT, "inventory: %.250s is no http or https URL", url);
	bool usual = strcmp(u.port, strcmp(u.scheme, "https") == 0 ? "443" : "80") == 0;
	PL_AUTOFREE char *authority =
		pl_xprintf("%s%s%s", u.host, usual ? "" : ":", usual ? "" : u.port);
	while (hosts.p) {
		struct pl_str host = pl_str_trim(pl_str_cut(&hosts, ','));
		if (host.n == strlen(authority) && strncasecmp(host.p, authority, host.n) == 0)
			return 0;
	}
	return pl_fail(
		err, PL_AUTH,
		"fleet.yaml has its inventory on %.250s, and PLIMSOLL_TOKEN is not sent where "
		"only a fleet says; if it is for that host, set PLIMSOLL_TOKEN_HOST=%.250s",
		authority, authority);
}

/* The fleet's own inventory: a database below its directory, or a URL. */
static int fleet_inventory(struct pl_cli *c, const struct pl_fleet *f, const char **ret,
			   struct pl_err *err)
{
	bool url = pl_inv_is_url(f->inventory);
	PL_AUTOFREE char *path =
		url ? pl_xstrdup(f->inventory) : pl_path_join(f->dir, f->inventory);
	int rc = url ? check_token_host(f->inventory, err)
		     : pl_fleet_check_place(f, f->inventory_at, path, err);
	if (rc == 0)
		*ret = pl_arena_cstr(&c->arena, pl_str_of(path));
	return rc;
}

/* --db, the environment's or the fleet's; *ret NULL: the default. */
static int inventory_place(struct pl_cli *c, const struct pl_fleet *f, const char **ret,
			   struct pl_err *err)
{
	const char *db = c->args.db;
	if (!db && !pl_environ("PLIMSOLL_DB") && f && f->inventory) {
		int rc = fleet_inventory(c, f, &db, err);
		if (rc < 0)
			return rc;
	}
	*ret = db;
	return 0;
}

int pl_cli_inventory(struct pl_cli *c, const struct pl_fleet *f, struct pl_inv **ret,
		     struct pl_err *err)
{
	const char *place;
	int rc = inventory_place(c, f, &place, err);
	return rc < 0 ? rc : pl_inv_open(&c->env, place, ret, err);
}

int pl_cli_registrar(struct pl_cli *c, const struct pl_fleet *f, struct pl_registrar *ret,
		     struct pl_err *err)
{
	const char *place;
	int rc = inventory_place(c, f, &place, err);
	if (rc < 0)
		return rc;
	return pl_registrar_open(&c->env, place ? place : pl_environ("PLIMSOLL_DB"), ret, err);
}

int pl_cli_fleet_here(struct pl_cli *c, struct pl_fleet **ret, struct pl_err *err)
{
	struct pl_err ignored = {0};
	if (pl_cli_fleet(c, ret, &ignored) < 0 && c->args.dir)
		return pl_fail(err, ignored.code, "%s", ignored.msg);
	return 0;
}

int pl_cli_inventory_here(struct pl_cli *c, struct pl_fleet **ret_fleet, struct pl_inv **ret,
			  struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	struct pl_err why = {0};
	if (pl_cli_fleet_here(c, &f, &why) < 0 && !c->args.db)
		return pl_fail(err, why.code, "%s", why.msg);
	int rc = pl_cli_inventory(c, f, ret, err);
	if (rc == 0)
		*ret_fleet = pl_steal(&f);
	return rc;
}

const char *pl_cli_name_whole(struct pl_cli *c, const char *name)
{
	return pl_place_resolve(&c->arena, pl_cli_place(c), name);
}

void pl_json_begin(struct pl_cli *c, struct pl_jw *w)
{
	pl_jw_init(w, &c->out, 2);
	pl_jw_object(w);
	pl_jw_ku64(w, "schema", 1);
}

void pl_json_end(struct pl_cli *c, struct pl_jw *w)
{
	pl_jw_end_object(w);
	pl_buf_addc(&c->out, '\n');
}
