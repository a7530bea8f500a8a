// SPDX-License-Identifier: Apache-2.0
/* The questions to the inventory: images, packages, children. */
#include "cli/cli_int.h"
#include "inventory/json.h"

static void print_images(struct pl_cli *c, const struct pl_inv_images *v, bool wave)
{
	static const enum pl_column kinds[] = {PL_COLUMN_WHOLE, PL_COLUMN_NAME, PL_COLUMN_WHOLE,
					       PL_COLUMN_WHOLE, PL_COLUMN_NAME, PL_COLUMN_WHOLE};
	struct pl_table t = {.a = &c->arena, .columns = 6, .kinds = kinds};
	for (size_t i = 0; i < v->n; i++) {
		const struct pl_inv_image *im = &v->v[i];
		if (wave)
			pl_table_addf(&t, "wave %u", im->wave);
		else
			pl_table_add(&t, "");
		pl_table_add(&t, pl_cli_name_shown(c, im->name));
		pl_table_add(&t, pl_cli_digest(c, &im->digest));
		pl_table_add(&t, im->base ? "on" : "");
		pl_table_add(&t, im->base ? pl_cli_name_shown(c, im->base) : "");
		pl_table_add(&t, im->behind ? "(behind)" : "");
	}
	pl_table_print(&t, c);
}

static int run_images(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO_FREE(inv) inv = NULL;
	struct pl_inv_images v = {0};
	struct pl_jw w;
	int rc = pl_cli_inventory_here(c, &f, &inv, err);
	if (rc == 0)
		rc = pl_inv_images_list(inv, &c->arena, &v, err);
	if (rc < 0)
		return rc;
	if (c->json) {
		pl_json_begin(c, &w);
		pl_inv_images_json(&w, "images", v.v, v.n);
		pl_json_end(c, &w);
	} else {
		print_images(c, &v, false);
	}
	return 0;
}

static int run_children(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO_FREE(inv) inv = NULL;
	struct pl_inv_images v = {0};
	const char *name = NULL;
	struct pl_jw w;
	int rc = pl_cli_inventory_here(c, &f, &inv, err);
	if (rc == 0)
		rc = pl_cli_known_name(c, f, inv, c->args.operands[0], &name, err);
	if (rc == 0)
		rc = pl_inv_children(inv, &c->arena, pl_str_of(name), c->args.recursive, &v, err);
	if (rc < 0)
		return rc;
	if (c->json) {
		pl_json_begin(c, &w);
		pl_inv_children_json(&w, "images", pl_str_of(name), &v, c->args.recursive);
		pl_json_end(c, &w);
	} else {
		print_images(c, &v, true);
	}
	return 0;
}

/* "lt:1.0": op and version. */
static int parse_version(const char *s, struct pl_arena *a, struct pl_package_query *q,
			 struct pl_err *err)
{
	static const char *const ops[] = {"lt", "le", "eq", "ge", "gt"};
	struct pl_str rest = pl_str_of(s), op = pl_str_cut(&rest, ':');
	for (size_t i = 0; i < PL_COUNT(ops); i++)
		if (rest.p && rest.n && pl_str_is(op, ops[i])) {
			q->op = ops[i];
			q->version = pl_arena_cstr(a, rest);
			return 0;
		}
	return pl_fail(err, PL_USAGE, "--version %.60s: write lt:VERSION, le:, eq:, ge: or gt:", s);
}

static void print_packages(struct pl_cli *c, const struct pl_inv_holding *v, size_t n)
{
	static const enum pl_column kinds[] = {PL_COLUMN_TEXT, PL_COLUMN_TEXT, PL_COLUMN_OPTIONAL,
					       PL_COLUMN_NAME};
	struct pl_table t = {.a = &c->arena, .columns = 4, .kinds = kinds};
	for (size_t i = 0; i < n; i++) {
		const struct pl_inv_package *p = &v[i].package;
		for (size_t k = 0; k < v[i].n_images; k++) {
			pl_table_addf(&t, "%s%s%s", p->name,
				      p->architecture && p->architecture[0] ? ":" : "",
				      p->architecture ? p->architecture : "");
			pl_table_add(&t, p->version);
			pl_table_addf(&t, "(%s %s)", p->source ? p->source : p->name,
				      p->source_version ? p->source_version : p->version);
			pl_table_add(&t, pl_cli_name_shown(c, v[i].images[k]));
		}
	}
	if (t.cells.n == 0)
		pl_buf_adds(&c->out, "none\n");
	pl_table_print(&t, c);
}

/* A package never seen is perhaps another one, mistyped. */
static int never_seen(struct pl_cli *c, struct pl_inv *inv, const struct pl_package_query *q,
		      struct pl_err *err)
{
	struct pl_err ignored = {0};
	const char *near;
	if (pl_inv_package_near(inv, &c->arena, q->name, q->by_source, &near, &ignored) != 1)
		return -(int)err->code;
	return pl_fail(err, err->code, "%s; %s", err->msg, near);
}

static int run_packages(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO_FREE(inv) inv = NULL;
	struct pl_package_query q = {.name = pl_str_of(c->args.operands[0]),
				     .by_source = c->args.by_source};
	struct pl_inv_holding *v = NULL;
	size_t n = 0;
	struct pl_jw w;
	int rc = c->args.version ? parse_version(c->args.version, &c->arena, &q, err) : 0;
	if (rc == 0)
		rc = pl_cli_inventory_here(c, &f, &inv, err);
	if (rc == 0)
		rc = pl_inv_packages(inv, &c->arena, &q, &v, &n, err);
	if (rc == -PL_NOT_FOUND && inv)
		rc = never_seen(c, inv, &q, err);
	if (rc < 0)
		return rc;
	if (c->json) {
		pl_json_begin(c, &w);
		pl_inv_holdings_json(&w, "packages", &q, v, n);
		pl_json_end(c, &w);
	} else {
		print_packages(c, v, n);
	}
	return 0;
}

static const struct pl_option package_options[] = {
	{"version", 0, "OP:VERSION", "only these: lt:, le:, eq:, ge: or gt: and a Debian version",
	 offsetof(struct pl_args, version), NULL},
	{"source", 's', NULL, "NAME is a source package", offsetof(struct pl_args, by_source),
	 NULL},
};
static const struct pl_option children_options[] = {
	{"recursive", 'r', NULL, "all descendants, in waves that can be rebuilt together",
	 offsetof(struct pl_args, recursive), NULL},
};

const struct pl_command pl_cmd_images = {
	.name = "images",
	.operands = "",
	.summary = "the images that the inventory knows",
	.about = "Lists each registered name with the content it means now and the base it stands "
		 "on; (behind) when the\n"
		 "base's name means newer content.",
	.examples = "plimsoll images\nplimsoll images --output json",
	.run = run_images,
};
const struct pl_command pl_cmd_packages = {
	.name = "packages",
	.operands = "NAME",
	.summary = "which images hold a package, in which versions",
	.about = "Answers from the inventory, for the present content of every name, bases' "
		 "packages included. 'none' when\n"
		 "no image holds it in the versions asked for; status 6 for a package never seen.",
	.examples = "plimsoll packages libssl3\nplimsoll packages libssl3 --version "
		    "lt:3.0.22-1~deb12u2\nplimsoll packages openssl --source",
	.options = package_options,
	.n_options = PL_COUNT(package_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = run_packages,
};
const struct pl_command pl_cmd_children = {
	.name = "children",
	.operands = "REF",
	.summary = "which images are based on an image",
	.about = "Lists the images based directly on REF (base, base:TAG, REGISTRY/base:TAG); "
		 "--recursive lists all "
		 "descendants with their wave: the\n"
		 "longest way down from REF.",
	.examples = "plimsoll children registry.example.org/platform/base:bookworm --recursive",
	.options = children_options,
	.n_options = PL_COUNT(children_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = run_children,
};
