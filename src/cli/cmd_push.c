// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"
#include "cli/cli_int.h"
#include "publish/push.h"

static const struct pl_option options[] = {
	{"registry", 0, "REGISTRY",
	 "push there instead of the fleet's registry (HOST[:PORT]/PATH or oci:DIR)",
	 offsetof(struct pl_args, registry), NULL},
	{"locked", 0, NULL, "fail where a definition or file is not what was locked (for CI)",
	 offsetof(struct pl_args, locked), NULL},
	{"set", 0, "NAME=VALUE", "a value for a parameter of fleet.yaml; several times",
	 offsetof(struct pl_args, set), NULL},
};

void pl_out_pushed(struct pl_cli *c, const struct pl_push_result *r)
{
	static const enum pl_column kinds[] = {PL_COLUMN_NAME, PL_COLUMN_WHOLE, PL_COLUMN_WHOLE,
					       PL_COLUMN_WHOLE};
	struct pl_table t = {.a = &c->arena, .columns = 4, .kinds = kinds};
	for (size_t i = 0; i < r->n; i++) {
		const struct pl_pushed *p = &r->v[i];
		pl_table_add(&t, pl_cli_name_shown(c, p->immutable));
		pl_table_add(&t, pl_cli_digest(c, &p->digest));
		pl_table_addf(&t, "%s sent", PL_SIZED(p->bytes));
		pl_table_add(&t, p->registered ? "registered"
				 : p->uploaded ? "pushed"
					       : "was there");
	}
	pl_table_print(&t, c);
}

void pl_json_pushed(struct pl_jw *w, const struct pl_push_result *r)
{
	pl_jw_array(w);
	for (size_t i = 0; i < r->n; i++) {
		const struct pl_pushed *p = &r->v[i];
		pl_jw_object(w);
		pl_jw_kcstr(w, "name", p->name);
		pl_jw_kcstr(w, "immutable", p->immutable);
		pl_jw_kdigest(w, "digest", p->digest.b);
		pl_jw_kbool(w, "uploaded", p->uploaded);
		pl_jw_kbool(w, "registered", p->registered);
		pl_jw_ku64(w, "bytes", p->bytes);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void print_text(struct pl_cli *c, const struct pl_push_result *r)
{
	pl_out_pushed(c, r);
	pl_buf_addf(&c->out, "%s: %s sent (%s), %llu mounted, %llu already there\n",
		    PL_COUNTED(r->n, "image"), PL_COUNTED(r->blobs_uploaded, "blob"),
		    PL_SIZED(r->bytes_uploaded), (unsigned long long)r->blobs_mounted,
		    (unsigned long long)r->blobs_present);
}

static void print_json(struct pl_cli *c, const struct pl_push_result *r)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_ku64(&w, "bytes_uploaded", r->bytes_uploaded);
	pl_jw_ku64(&w, "blobs_uploaded", r->blobs_uploaded);
	pl_jw_ku64(&w, "blobs_mounted", r->blobs_mounted);
	pl_jw_ku64(&w, "blobs_present", r->blobs_present);
	pl_jw_key(&w, "images");
	pl_json_pushed(&w, r);
	pl_json_end(c, &w);
}

static int push_images(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(registries) registries = pl_registries_new(&c->env);
	PL_AUTO(workspace) ws = {0};
	PL_AUTO(registrar) to = {0};
	PL_AUTO_FREE(build_result) b = NULL;
	PL_AUTO_FREE(push_result) r = NULL;
	const char *registry = c->args.registry;
	struct pl_build_options o_build = {.registry = registry, .locked = c->args.locked};
	struct pl_err inv_err = {0};
	int rc = pl_cli_workspace(c, &ws, err);
	if (rc == 0)
		rc = registry ? pl_push_check(ws.fleet, registry, err)
			      : pl_fleet_check_registry(ws.fleet, err);
	if (rc == 0)
		rc = pl_cli_images(c, ws.fleet, &o_build.only, err);
	if (rc == 0)
		rc = pl_build(&c->env, ws.fleet, ws.lock, ws.store, &o_build, &b, err);
	if (rc < 0)
		return rc;
	/* An inventory that cannot be opened must not keep images from being published. */
	int opened = pl_cli_registrar(c, ws.fleet, &to, &inv_err);
	rc = pl_push(&c->env, registries, ws.fleet, b, ws.store, opened < 0 ? NULL : &to, NULL, &r,
		     err);
	if (r && c->json)
		print_json(c, r);
	else if (r)
		print_text(c, r);
	if (rc == 0 && opened < 0)
		return pl_fail(err, PL_PARTIAL,
			       "%s pushed but not registered (%.300s); push again to register",
			       PL_COUNTED(r->n, "image"), inv_err.msg);
	return rc;
}

const struct pl_command pl_cmd_push = {
	.name = "push",
	.operands = "[IMAGE...]",
	.summary = "publish, tag and register what was built",
	.about = "Builds what is not built yet, then sends what the registry lacks: blobs, "
		 "manifests by digest, the index,\n"
		 "an immutable tag (VERSION-YYYYMMDD.N) and the moving tag; then registers the "
		 "images in the inventory.\n"
		 "Pushing again moves no byte, and registers what could not be registered before. "
		 "Credentials come\n"
		 "from docker's and containers' files.",
	.examples = "plimsoll push\nplimsoll push nginx --output json\nplimsoll push --registry "
		    "oci:out",
	.options = options,
	.n_options = PL_COUNT(options),
	.max_operands = 10000,
	.run = push_images,
};
