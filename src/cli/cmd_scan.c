// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"
#include "base/place.h"
#include "cli/cli_int.h"
#include "inventory/json.h"
#include "publish/scan.h"

static const struct pl_option options[] = {
	{"platform", 0, "OS/ARCH",
	 "of a multi-platform image (default: this machine's, else the first)",
	 offsetof(struct pl_args, platform), NULL},
	{"register", 0, "NAME", "put what was found into the inventory under NAME (repository:tag)",
	 offsetof(struct pl_args, register_as), NULL},
};

static void print_json(struct pl_cli *c, const struct pl_scanned *s)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_kcstr(&w, "reference", s->ref.text);
	pl_jw_kdigest(&w, "digest", s->digest.b);
	pl_jw_kcstr(&w, "platform", s->platform);
	pl_jw_kcstr(&w, "os", s->result.os_id);
	pl_jw_kcstr(&w, "os_version", s->result.os_version);
	pl_jw_kcstr(&w, "database", s->result.database);
	pl_jw_kcstr(&w, "base", s->base);
	pl_jw_kcstr(&w, "base_evidence", s->base_evidence);
	pl_jw_key(&w, "warnings");
	pl_jw_array(&w);
	for (const char **v = s->result.warnings; v && *v; v++)
		pl_jw_cstr(&w, *v);
	pl_jw_end_array(&w);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t i = 0; i < s->result.n_packages; i++) {
		const struct pl_found_package *p = &s->result.packages[i];
		pl_jw_object(&w);
		pl_inv_package_json(&w, &(struct pl_inv_package){p->name, p->version,
								 p->architecture, p->source,
								 p->source_version, p->ecosystem});
		pl_jw_ku64(&w, "layer", (uint64_t)p->layer);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_json_end(c, &w);
}

static void print_text(struct pl_cli *c, const struct pl_scanned *s)
{
	static const enum pl_column kinds[] = {PL_COLUMN_TEXT, PL_COLUMN_TEXT, PL_COLUMN_OPTIONAL,
					       PL_COLUMN_WHOLE};
	struct pl_table t = {.a = &c->arena, .columns = 4, .kinds = kinds};
	for (size_t i = 0; i < s->result.n_packages; i++) {
		const struct pl_found_package *p = &s->result.packages[i];
		pl_table_addf(&t, "%s:%s", p->name, p->architecture);
		pl_table_add(&t, p->version);
		pl_table_addf(&t, "(%s %s)", p->source, p->source_version);
		pl_table_addf(&t, "layer %d", p->layer);
	}
	pl_table_print(&t, c);
	for (const char **v = s->result.warnings; v && *v; v++)
		pl_note(&c->env, "%s", *v);
	pl_buf_addf(&c->out, "%s (%s), %s\n", PL_COUNTED(s->result.n_packages, "package"),
		    s->result.database, s->platform ? s->platform : "platform unknown");
	PL_AUTO(buf) by = {0};
	if (s->base_evidence)
		pl_buf_addf(&by, " (by %s)", s->base_evidence);
	pl_buf_addf(&c->out, "base: %s%s\n",
		    s->base ? pl_cli_fitted_name(c, pl_cli_name_shown(c, s->base), 6 + by.n)
			    : "unknown",
		    pl_buf_str(&by).p);
}

static int scan_image(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(registries) registries = pl_registries_new(&c->env);
	PL_AUTO(registrar) to = {0};
	struct pl_ref ref;
	struct pl_scanned s = {0};
	PL_AUTO_FREE(fleet) f = NULL;
	struct pl_err ignored = {0};
	/* Inside a fleet the names of its images count; none is needed. */
	if (pl_cli_fleet(c, &f, &ignored) < 0)
		f = NULL;
	int rc = pl_cli_reference(c, f, c->args.operands[0], &ref, err);
	if (rc == 0)
		rc = pl_cli_registrar(c, NULL, &to, err);
	if (rc == 0)
		rc = pl_scan_ref(&c->env, registries, &c->arena, &ref, c->args.platform, to.inv, &s,
				 err);
	if (rc == 0 && c->args.register_as)
		rc = pl_scan_register(
			&to, &s, pl_place_resolve(&c->arena, pl_cli_place(c), c->args.register_as),
			err);
	if (rc < 0)
		return rc;
	if (c->json)
		print_json(c, &s);
	else
		print_text(c, &s);
	return 0;
}

const struct pl_command pl_cmd_scan = {
	.name = "scan",
	.operands = "REF",
	.summary = "what is in any image, and in which layer",
	.about = "Reads an image as a stream, never unpacking it: HOST/REPO:TAG, oci:DIR[:REF] or "
		 "docker-archive:FILE[:REF].\n"
		 "Lists the Debian packages of dpkg's status and status.d, and finds the base: by "
		 "our own record, by\n"
		 "the longest run of a known image's layers, or by annotations and labels that "
		 "known "
		 "layers do not contradict.",
	.examples = "plimsoll scan registry.example.org/app:1.0\nplimsoll scan oci:layout:app "
		    "--output json\n"
		    "plimsoll scan docker-archive:app.tar --register legacy/app:1.0",
	.options = options,
	.n_options = PL_COUNT(options),
	.min_operands = 1,
	.max_operands = 1,
	.run = scan_image,
};
