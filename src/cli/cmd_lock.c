// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"
#include "cli/cli_int.h"
#include "lock/relock.h"

static const struct pl_option options[] = {
	{"update", 'u', NULL,
	 "take the archive's newest of everything (default: keep locked versions)",
	 offsetof(struct pl_args, update), NULL},
};

static void changes_json(struct pl_jw *w, const struct pl_lock_changes *ch)
{
	pl_jw_key(w, "changes");
	pl_jw_array(w);
	for (size_t i = 0; i < ch->n; i++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "distro", ch->v[i].distro);
		pl_jw_kcstr(w, "package", ch->v[i].package);
		pl_jw_kcstr(w, "architecture", ch->v[i].architecture);
		pl_jw_kcstr(w, "source", ch->v[i].source);
		pl_jw_kcstr(w, "from", ch->v[i].from);
		pl_jw_kcstr(w, "to", ch->v[i].to);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

void pl_out_changes(struct pl_cli *c, const struct pl_lock_changes *ch, struct pl_jw *w)
{
	if (w) {
		changes_json(w, ch);
		return;
	}
	struct pl_table t = {.a = &c->arena, .columns = 4};
	for (size_t i = 0; i < ch->n; i++) {
		const struct pl_lock_change *x = &ch->v[i];
		pl_table_addf(&t, "  %s:%s", x->package, x->architecture);
		pl_table_add(&t, x->from ? x->from : "(new)");
		pl_table_add(&t, "->");
		pl_table_add(&t, x->to ? x->to : "(gone)");
	}
	pl_table_print(&t, &c->out);
}

/* The same script in a package of another architecture is one script to read. */
static bool said_before(struct pl_cli *c, struct pl_map *said, const struct pl_lock_package *p,
			const struct pl_lock_script *s)
{
	const char *key =
		pl_arena_printf(&c->arena, "%s %s %s", p->name, s->name, PL_DIGEST_STR(&s->sha256));
	return pl_map_put(said, pl_str_of(key), said) != NULL;
}

static void print_unknown(struct pl_cli *c, const struct pl_lock_package *p,
			  const struct pl_lock_script *s, struct pl_jw *w)
{
	if (!w) {
		pl_buf_addf(&c->out,
			    "  - {package: %s, script: %s, sha256: \"%s\", reason: \"...\"}",
			    p->name, s->name, PL_DIGEST_STR(&s->sha256));
		pl_buf_addf(&c->out, "  # %s: %s\n", p->version, s->reason);
		return;
	}
	pl_jw_object(w);
	pl_jw_kcstr(w, "package", p->name);
	pl_jw_kcstr(w, "script", s->name);
	pl_jw_kdigest(w, "sha256", s->sha256.b);
	pl_jw_kcstr(w, "reason", s->reason);
	pl_jw_end_object(w);
}

static size_t list_unknown(struct pl_cli *c, const struct pl_lock *l, struct pl_jw *w)
{
	PL_AUTO(map) said = {0};
	for (size_t d = 0; d < l->n_distros; d++)
		for (size_t i = 0; i < l->distros[d].n_packages; i++) {
			const struct pl_lock_package *p = &l->distros[d].packages[i];
			for (size_t k = 0; k < p->n_scripts; k++) {
				const struct pl_lock_script *s = &p->scripts[k];
				if (strcmp(s->verdict, "unknown") == 0 &&
				    !said_before(c, &said, p, s))
					print_unknown(c, p, s, w);
			}
		}
	return said.n;
}

static void print(struct pl_cli *c, const struct pl_lock *l, const struct pl_lock_changes *ch,
		  const struct pl_relock_stats *st, bool changed, bool first)
{
	struct pl_jw w;
	if (c->json) {
		pl_jw_init(&w, &c->out, 2);
		pl_jw_object(&w);
		pl_jw_ku64(&w, "schema", 1);
		pl_jw_kbool(&w, "changed", changed);
		pl_jw_ku64(&w, "images", st->images);
		pl_jw_ku64(&w, "packages", st->packages);
		pl_jw_ku64(&w, "fetched_bytes", st->package_bytes);
		pl_out_changes(c, ch, &w);
		pl_jw_key(&w, "unknown_scripts");
		pl_jw_array(&w);
		list_unknown(c, l, &w);
		pl_jw_end_array(&w);
		pl_jw_end_object(&w);
		pl_buf_addc(&c->out, '\n');
		return;
	}
	pl_buf_addf(&c->out, "%s: %zu images on their platforms, %zu packages, ",
		    changed ? (first ? "locked" : "lock changed") : "lock unchanged", st->images,
		    st->packages);
	pl_out_size(&c->out, st->package_bytes);
	pl_buf_adds(&c->out, " of packages fetched\n");
	if (!first)
		pl_out_changes(c, ch, NULL);
	size_t unknown = list_unknown(c, l, NULL);
	if (unknown)
		pl_buf_addf(&c->out,
			    "%zu maintainer scripts are not accounted for: build will refuse them "
			    "unless the definition acknowledges each\n",
			    unknown);
}

static int run(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO_FREE(store) store = NULL;
	PL_AUTO_FREE(lock) former = NULL;
	PL_AUTO_FREE(lock) l = NULL;
	const char *path = pl_cli_lock_path(c);
	struct pl_relock_options o = {.mode = c->args.update ? PL_RELOCK_ALL : PL_RELOCK_KEEP};
	struct pl_relock_stats st = {0};
	struct pl_lock_changes ch = {0};
	bool changed;
	int rc = pl_cli_fleet(c, &f, err);
	if (rc == 0)
		rc = pl_lock_load(&c->env, path, &former, err);
	if (rc < 0 && (!f || err->code != PL_NOT_FOUND))
		return rc;
	rc = pl_cli_store(c, &store, err);
	if (rc == 0)
		rc = pl_relock(&c->env, f, store, former, &o, &l, &st, err);
	if (rc == 0)
		rc = pl_lock_save(l, path, &changed, err);
	if (rc < 0)
		return rc;
	pl_lock_diff(&c->arena, former, l, &ch);
	print(c, l, &ch, &st, changed, former == NULL);
	return 0;
}

const struct pl_command pl_cmd_lock = {
	.name = "lock",
	.operands = "",
	.summary = "resolve the definitions to exact, signed, hashed inputs",
	.about = "Reads fleet.yaml and images/, the signed indexes of the distributions' suites, "
		 "and writes\n"
		 "plimsoll.lock: every package with version and hash, for every image and "
		 "platform. Versions that\n"
		 "are locked already stay, while the archive has them; --update takes the newest.",
	.examples = "plimsoll lock\nplimsoll lock --update --output json",
	.options = options,
	.n_options = PL_COUNT(options),
	.run = run,
};
