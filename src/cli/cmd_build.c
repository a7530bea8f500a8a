// SPDX-License-Identifier: Apache-2.0
#include "assemble/build.h"
#include "base/num.h"
#include "cli/cli_int.h"

static uint64_t packed_bytes(const struct pl_built_platform *p)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < p->n_layers; i++)
		sum += p->layers[i].size;
	return sum;
}

static void platform_json(struct pl_jw *w, const struct pl_built_platform *p)
{
	pl_jw_object(w);
	pl_jw_kcstr(w, "platform", p->platform->name);
	pl_jw_kdigest(w, "digest", p->manifest.digest.b);
	pl_jw_ku64(w, "bytes", packed_bytes(p));
	pl_jw_ku64(w, "base_layers", p->n_base_layers);
	pl_jw_key(w, "layers");
	pl_jw_array(w);
	for (size_t i = 0; i < p->n_layers; i++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "name", p->layers[i].name);
		pl_jw_kdigest(w, "digest", p->layers[i].digest.b);
		pl_jw_kdigest(w, "diff_id", p->layers[i].diff_id.b);
		pl_jw_ku64(w, "size", p->layers[i].size);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
	pl_jw_end_object(w);
}

static void print_json(struct pl_cli *c, const struct pl_build_result *r, const char *store)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_kcstr(&w, "layout", store);
	pl_jw_ku64(&w, "fetched_bytes", r->fetched_bytes);
	pl_jw_key(&w, "images");
	pl_jw_array(&w);
	for (size_t i = 0; i < r->n_images; i++) {
		const struct pl_built_image *im = &r->images[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "id", im->image->id);
		pl_jw_kcstr(&w, "repository", im->repository);
		pl_jw_kcstr(&w, "tag", im->tag);
		pl_jw_kdigest(&w, "digest", im->digest.b);
		pl_jw_kbool(&w, "made", im->fresh);
		pl_jw_key(&w, "platforms");
		pl_jw_array(&w);
		for (size_t k = 0; k < im->n_platforms; k++)
			platform_json(&w, &im->platforms[k]);
		pl_jw_end_array(&w);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_json_warnings(&w, r);
	pl_json_end(c, &w);
}

static void print_text(struct pl_cli *c, const struct pl_build_result *r)
{
	static const enum pl_column images[] = {PL_COLUMN_NAME, PL_COLUMN_WHOLE, PL_COLUMN_WHOLE},
				    manifests[] = {PL_COLUMN_NAME, PL_COLUMN_WHOLE,
						   PL_COLUMN_OPTIONAL, PL_COLUMN_WHOLE,
						   PL_COLUMN_WHOLE};
	struct pl_table t = {.a = &c->arena, .columns = 5, .kinds = manifests};
	for (size_t i = 0; i < r->n_images; i++)
		for (size_t k = 0; k < r->images[i].n_platforms; k++) {
			const struct pl_built_image *im = &r->images[i];
			const struct pl_built_platform *p = &im->platforms[k];
			pl_table_addf(&t, "%s:%s", im->image->name, im->tag);
			pl_table_add(&t, p->platform->name);
			pl_table_add(&t, PL_COUNTED(p->n_layers, "layer"));
			pl_table_add(&t, PL_SIZED(packed_bytes(p)));
			pl_table_add(&t, pl_cli_digest(c, &p->manifest.digest));
		}
	pl_table_print(&t, c);
	pl_buf_addc(&c->out, '\n');
	struct pl_table u = {.a = &c->arena, .columns = 3, .kinds = images};
	for (size_t i = 0; i < r->n_images; i++) {
		pl_table_addf(&u, "%s:%s", r->images[i].repository, r->images[i].tag);
		pl_table_add(&u, pl_cli_digest(c, &r->images[i].digest));
		pl_table_add(&u, r->images[i].fresh ? "made" : "as before");
	}
	pl_table_print(&u, c);
}

static const struct pl_option options[] = {
	{"locked", 0, NULL, "fail where a definition or file is not what was locked (for CI)",
	 offsetof(struct pl_args, locked), NULL},
	{"set", 0, "NAME=VALUE", "a value for a parameter of fleet.yaml; several times",
	 offsetof(struct pl_args, set), NULL},
};

static int build_images(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO(workspace) ws = {0};
	PL_AUTO_FREE(build_result) r = NULL;
	struct pl_build_options o = {.locked = c->args.locked};
	int rc = pl_cli_workspace(c, &ws, err);
	if (rc == 0)
		rc = pl_cli_images(c, ws.fleet, &o.only, err);
	if (rc == 0)
		rc = pl_build(&c->env, ws.fleet, ws.lock, ws.store, &o, &r, err);
	if (rc < 0)
		return rc;
	pl_out_warnings(r);
	if (c->json)
		print_json(c, r, pl_store_dir(ws.store));
	else
		print_text(c, r);
	return 0;
}

const struct pl_command pl_cmd_build = {
	.name = "build",
	.operands = "[IMAGE...]",
	.summary = "assemble images from the lock: no daemon, no root, no emulation",
	.about =
		"Makes the images (all, or those named and their bases) in the store's OCI image "
		"layout. The lock\n"
		"decides what comes from outside; the fleet's own files and settings are taken as "
		"they are, or with --locked\n"
		"only if they are what was locked. The network is used only for packages that the "
		"store lacks. The same lock,\n"
		"files and settings give the same digests anywhere. Warns of what the images lack: "
		"docs/definitions.md, \"Warnings\".",
	.examples = "plimsoll build\nplimsoll build nginx app:redis\nplimsoll build "
		    "--locked\nplimsoll build --offline "
		    "--output json",
	.options = options,
	.n_options = PL_COUNT(options),
	.max_operands = 10000,
	.run = build_images,
};
