// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"
#include "cli/cli_int.h"
#include "lock/relock.h"

static const struct pl_option options[] = {
	{"update", 'u', NULL,
	 "take the archive's newest of everything (default: keep locked versions)",
	 offsetof(struct pl_args, update), NULL},
	{"regroup", 0, NULL,
	 "share packages out into layers anew (default: what is locked stays in its layer)",
	 offsetof(struct pl_args, regroup), NULL},
	{"allow-old", 0, NULL,
	 "take indexes older than those seen before, or expired: a pinned snapshot, a step back",
	 offsetof(struct pl_args, allow_old), NULL},
	{"check", 0, NULL,
	 "write nothing; hold the lock against the signed indexes and the definitions",
	 offsetof(struct pl_args, check), NULL},
};

void pl_json_changes(struct pl_jw *w, const struct pl_lock_changes *ch)
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

void pl_out_changes(struct pl_cli *c, const struct pl_lock_changes *ch)
{
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

struct unknown_script {
	const struct pl_lock_package *package;
	const struct pl_lock_script *script;
};
typedef PL_VEC(struct unknown_script) unknown_scripts;

/* Those that build will refuse. */
static void find_unknown(struct pl_cli *c, const struct pl_lock *l, unknown_scripts *ret)
{
	PL_AUTO(map) said = {0};
	for (size_t d = 0; d < l->n_distros; d++)
		for (size_t i = 0; i < l->distros[d].n_packages; i++) {
			const struct pl_lock_package *p = &l->distros[d].packages[i];
			for (size_t k = 0; k < p->n_scripts; k++) {
				const struct pl_lock_script *s = &p->scripts[k];
				if (strcmp(s->verdict, "unknown") == 0 &&
				    !said_before(c, &said, p, s))
					*pl_vec_push(ret) = (struct unknown_script){p, s};
			}
		}
}

/* What was made, for both ways to say it. */
struct locked {
	const struct pl_lock_changes *changes;
	const struct pl_relock_stats *stats;
	unknown_scripts unknown;
	bool changed, first;
};

static void json_regrouped(struct pl_jw *w, const struct pl_regrouped *r)
{
	pl_jw_key(w, "regrouped");
	pl_jw_object(w);
	pl_jw_key(w, "changed_images");
	pl_jw_array(w);
	for (size_t i = 0; i < r->n_images; i++)
		pl_jw_cstr(w, r->images[i]);
	pl_jw_end_array(w);
	pl_jw_ku64(w, "bytes_before", r->bytes_before);
	pl_jw_ku64(w, "bytes_after", r->bytes_after);
	pl_jw_end_object(w);
}

static void text_regrouped(struct pl_cli *c, const struct pl_regrouped *r)
{
	pl_buf_adds(&c->out, "regrouped: the layers of packages take ");
	pl_out_size(&c->out, r->bytes_after);
	pl_buf_adds(&c->out, " instead of ");
	pl_out_size(&c->out, r->bytes_before);
	pl_buf_addf(&c->out, "; %zu images change%s", r->n_images,
		    r->n_images ? ", and what stands on them" : "");
	for (size_t i = 0; i < r->n_images; i++)
		pl_buf_addf(&c->out, "%s%s", i ? ", " : ": ", r->images[i]);
	pl_buf_addc(&c->out, '\n');
}

static void print_json(struct pl_cli *c, const struct locked *l)
{
	struct pl_jw w;
	pl_jw_init(&w, &c->out, 2);
	pl_jw_object(&w);
	pl_jw_ku64(&w, "schema", 1);
	pl_jw_kbool(&w, "changed", l->changed);
	pl_jw_ku64(&w, "images", l->stats->images);
	pl_jw_ku64(&w, "packages", l->stats->packages);
	pl_jw_ku64(&w, "fetched_bytes", l->stats->package_bytes);
	pl_json_changes(&w, l->changes);
	if (l->stats->regrouped.is_done)
		json_regrouped(&w, &l->stats->regrouped);
	pl_jw_key(&w, "unknown_scripts");
	pl_jw_array(&w);
	for (size_t i = 0; i < l->unknown.n; i++) {
		const struct unknown_script *u = &l->unknown.v[i];
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "package", u->package->name);
		pl_jw_kcstr(&w, "script", u->script->name);
		pl_jw_kdigest(&w, "sha256", u->script->sha256.b);
		pl_jw_kcstr(&w, "reason", u->script->reason);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_jw_end_object(&w);
	pl_buf_addc(&c->out, '\n');
}

static void print_text(struct pl_cli *c, const struct locked *l)
{
	pl_buf_addf(&c->out, "%s: %zu images on their platforms, %zu packages, ",
		    l->changed ? (l->first ? "locked" : "lock changed") : "lock unchanged",
		    l->stats->images, l->stats->packages);
	pl_out_size(&c->out, l->stats->package_bytes);
	pl_buf_adds(&c->out, " of packages fetched\n");
	if (!l->first)
		pl_out_changes(c, l->changes);
	if (l->stats->regrouped.is_done)
		text_regrouped(c, &l->stats->regrouped);
	for (size_t i = 0; i < l->unknown.n; i++) {
		const struct unknown_script *u = &l->unknown.v[i];
		pl_buf_addf(&c->out,
			    "  - {package: %s, script: %s, sha256: \"%s\", reason: \"...\"}",
			    u->package->name, u->script->name, PL_DIGEST_STR(&u->script->sha256));
		pl_buf_addf(&c->out, "  # %s: %s\n", u->package->version, u->script->reason);
	}
	if (l->unknown.n)
		pl_buf_addf(&c->out,
			    "%zu maintainer scripts are not accounted for: build will refuse them "
			    "unless the definition acknowledges each\n",
			    l->unknown.n);
}

static int lock_fleet(struct pl_cli *c, struct pl_err *err)
{
	if (c->args.check)
		return pl_cli_lock_check(c, err);
	PL_AUTOFD int guard = -1;
	PL_AUTO_FREE(fleet) f = NULL;
	PL_AUTO_FREE(store) store = NULL;
	PL_AUTO_FREE(lock) former = NULL;
	PL_AUTO_FREE(lock) l = NULL;
	const char *path = pl_cli_lock_path(c);
	struct pl_relock_options o = {.mode = c->args.update ? PL_RELOCK_ALL : PL_RELOCK_KEEP,
				      .regroup = c->args.regroup,
				      .allow_old = c->args.allow_old};
	struct pl_relock_stats st = {0};
	struct pl_lock_changes ch = {0};
	bool changed;
	int rc = pl_cli_lock_guard(c, &guard, err);
	if (rc == 0)
		rc = pl_cli_fleet(c, &f, err);
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
	struct locked made = {
		.changes = &ch, .stats = &st, .changed = changed, .first = former == NULL};
	find_unknown(c, l, &made.unknown);
	if (c->json)
		print_json(c, &made);
	else
		print_text(c, &made);
	pl_vec_free(&made.unknown);
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
		 "are locked already stay, while the archive has them; --update takes the newest. "
		 "What is locked\n"
		 "already stays in its layer, so that editing one image changes that image and "
		 "what stands on it\n"
		 "alone; --regroup shares all packages out anew, and says which images change and "
		 "how many bytes it saves.\n"
		 "--check is for a lock that somebody sent, in a pull request: it holds every "
		 "entry against the signed\n"
		 "indexes, the packages and the definitions. Status 5: something is wrong; 9: not "
		 "all could be checked; 4: out of date.",
	.examples = "plimsoll lock\nplimsoll lock --update --output json\nplimsoll lock "
		    "--regroup\nplimsoll lock --check",
	.options = options,
	.n_options = PL_COUNT(options),
	.run = lock_fleet,
};
