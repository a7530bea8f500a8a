// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"
#include "cli/cli_int.h"
#include "upgrade/upgrade.h"

static const struct pl_option options[] = {
	{"package", 'p', "NAME", "the package to upgrade; found by its source",
	 offsetof(struct pl_args, package), NULL},
	{"fixed", 'f', "VERSION",
	 "the package's version that has the fix (default: the archive's newest)",
	 offsetof(struct pl_args, fixed), NULL},
	{"all", 'a', NULL, "everything that the archive has newer", offsetof(struct pl_args, all),
	 NULL},
	{"apply", 0, NULL, "do it: relock, rebuild, push and register, wave by wave",
	 offsetof(struct pl_args, apply), NULL},
	{"set", 0, "NAME=VALUE", "a value for a parameter of fleet.yaml; several times",
	 offsetof(struct pl_args, set), NULL},
};

static void plan_text(struct pl_cli *c, const struct pl_upgrade_plan *p)
{
	static const enum pl_column kinds[] = {PL_COLUMN_WHOLE, PL_COLUMN_NAME, PL_COLUMN_NAME,
					       PL_COLUMN_TEXT};
	if (p->n_images == 0) {
		pl_buf_adds(&c->out,
			    "none: no registered image of this fleet holds an older version\n");
		if (p->changes.n)
			pl_buf_addf(&c->out, "the lock would change all the same (%s)\n",
				    PL_COUNTED(p->changes.n, "package"));
	} else {
		pl_buf_addf(&c->out, "%s in %s:\n", PL_COUNTED(p->n_images, "image"),
			    PL_COUNTED(p->n_waves, "wave"));
	}
	struct pl_table t = {.a = &c->arena, .columns = 4, .kinds = kinds};
	for (size_t i = 0; i < p->n_images; i++) {
		const struct pl_planned_image *im = &p->images[i];
		pl_table_addf(&t, "  wave %u", im->wave + 1);
		pl_table_add(&t, pl_cli_name_shown(c, im->name));
		pl_table_addf(&t, "-> %s", im->next_tag ? im->next_tag : "?");
		if (im->held && im->because)
			pl_table_addf(&t, "holds %s; based on %s", im->held, im->because);
		else if (im->held)
			pl_table_addf(&t, "holds %s", im->held);
		else
			pl_table_addf(&t, "based on %s", im->because);
	}
	pl_table_print(&t, c);
	if (p->changes.n)
		pl_buf_addf(&c->out, "the lock changes in %s:\n",
			    PL_COUNTED(p->changes.n, "package"));
	pl_out_changes(c, &p->changes);
	if (p->edits.v.n)
		pl_buf_addf(&c->out, "edited since it was locked, so --apply will refuse until "
				     "plimsoll lock has run:\n");
	pl_out_edits(c, &p->edits);
	if (*p->outside)
		pl_buf_adds(&c->out, "not of this fleet, and with it too:\n");
	for (const char **o = p->outside; *o; o++)
		pl_buf_addf(&c->out, "  %s\n", pl_cli_fitted_name(c, pl_cli_name_shown(c, *o), 2));
}

static void plan_json(struct pl_jw *w, const struct pl_upgrade_plan *p)
{
	pl_jw_key(w, "plan");
	pl_jw_object(w);
	pl_jw_ku64(w, "waves", p->n_waves);
	pl_jw_key(w, "images");
	pl_jw_array(w);
	for (size_t i = 0; i < p->n_images; i++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "id", p->images[i].id);
		pl_jw_kcstr(w, "name", p->images[i].name);
		pl_jw_ku64(w, "wave", p->images[i].wave + 1);
		pl_jw_kcstr(w, "holds", p->images[i].held);
		pl_jw_kcstr(w, "based_on", p->images[i].because);
		pl_jw_kcstr(w, "tag", p->images[i].tag);
		pl_jw_kcstr(w, "next_tag", p->images[i].next_tag);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
	pl_json_changes(w, &p->changes);
	pl_json_edits(w, &p->edits);
	pl_jw_key(w, "outside");
	pl_jw_array(w);
	for (const char **o = p->outside; *o; o++)
		pl_jw_cstr(w, *o);
	pl_jw_end_array(w);
	pl_jw_end_object(w);
}

static void result_text(struct pl_cli *c, const struct pl_upgrade_result *r)
{
	for (size_t i = 0; i < r->n_waves; i++) {
		pl_buf_addf(&c->out, "wave %zu:\n", i + 1);
		pl_out_pushed(c, r->waves[i]);
	}
	for (const char **u = r->unchanged; *u; u++)
		pl_buf_addf(&c->out, "unchanged, not pushed: %s\n", pl_cli_fitted_name(c, *u, 23));
	pl_buf_addf(&c->out, "%s sent\n", PL_SIZED(r->bytes_uploaded));
}

static void result_json(struct pl_jw *w, const struct pl_upgrade_result *r)
{
	pl_jw_key(w, "applied");
	pl_jw_object(w);
	pl_jw_ku64(w, "bytes_uploaded", r->bytes_uploaded);
	pl_jw_key(w, "waves");
	pl_jw_array(w);
	for (size_t i = 0; i < r->n_waves; i++) {
		pl_json_pushed(w, r->waves[i]);
	}
	pl_jw_end_array(w);
	pl_jw_key(w, "unchanged");
	pl_jw_array(w);
	for (const char **u = r->unchanged; *u; u++)
		pl_jw_cstr(w, *u);
	pl_jw_end_array(w);
	pl_jw_end_object(w);
}

static int check_options(const struct pl_args *a, struct pl_err *err)
{
	if (a->all == (a->package != NULL))
		return pl_fail(err, PL_USAGE, "upgrade needs either --package NAME or --all");
	if (a->fixed && !a->package)
		return pl_fail(err, PL_USAGE, "--fixed goes with --package");
	return 0;
}

/* w: the document begun, with --output json. */
static int plan_and_apply(struct pl_cli *c, struct pl_jw *w, bool *ret_needed, struct pl_err *err)
{
	PL_AUTOFD int guard = -1;
	PL_AUTO_FREE(registries) registries = pl_registries_new(&c->env);
	PL_AUTO(workspace) ws = {0};
	PL_AUTO_FREE(inv) inv = NULL;
	PL_AUTO_FREE(upgrade_plan) plan = NULL;
	PL_AUTO_FREE(upgrade_result) r = NULL;
	struct pl_upgrade_ask ask = {c->args.package, c->args.fixed, c->args.all};
	/* A plan is made from one lock and applied to the same. */
	int rc = c->args.apply ? pl_cli_lock_guard(c, &guard, err) : 0;
	if (rc == 0)
		rc = pl_cli_workspace(c, &ws, err);
	if (rc == 0)
		rc = pl_cli_inventory(c, ws.fleet, &inv, err);
	if (rc == 0)
		rc = pl_upgrade_plan_make(&c->env, registries, ws.fleet, ws.lock, ws.store, inv,
					  &ask, &plan, err);
	if (rc < 0)
		return rc;
	if (c->json)
		plan_json(w, plan);
	else
		plan_text(c, plan);
	*ret_needed = plan->n_images > 0;
	if (!c->args.apply)
		return 0;
	rc = pl_upgrade_apply(&c->env, registries, ws.fleet, pl_cli_lock_path(c), ws.store, inv,
			      plan, &r, err);
	if (rc < 0)
		return rc;
	if (c->json)
		result_json(w, r);
	else
		result_text(c, r);
	return 0;
}

static int upgrade_fleet(struct pl_cli *c, struct pl_err *err)
{
	struct pl_jw w;
	bool needed = false;
	int rc = check_options(&c->args, err);
	if (rc < 0)
		return rc;
	if (c->json) {
		pl_json_begin(c, &w);
	}
	rc = plan_and_apply(c, &w, &needed, err);
	if (c->json && rc >= 0) {
		pl_json_end(c, &w);
	} else if (c->json) {
		pl_buf_clear(&c->out); /* half a document helps nobody */
	}
	if (rc == 0 && needed && !c->args.apply) {
		err->msg[0] = '\0'; /* not an error: the status says that there is work */
		return -PL_CHANGES;
	}
	return rc;
}

const struct pl_command pl_cmd_upgrade = {
	.name = "upgrade",
	.operands = "",
	.summary = "find images with an older package, and renew them and all built on them",
	.about = "Prints the plan: which registered images hold an older version (by source "
		 "package and version), which are\n"
		 "based on them, in waves; what the lock would change. With --apply it relocks "
		 "only what must move, then\n"
		 "rebuilds, pushes and registers wave by wave. Killed at any point, the same "
		 "command goes on. An image that\n"
		 "comes out the same is not pushed. Without --apply the exit status is 4 when "
		 "there is work to do.",
	.examples = "plimsoll upgrade --package libssl3 --fixed 3.0.22-1~deb12u2\nplimsoll upgrade "
		    "--all\nplimsoll upgrade --all --apply",
	.options = options,
	.n_options = PL_COUNT(options),
	.run = upgrade_fleet,
};
