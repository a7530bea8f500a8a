// SPDX-License-Identifier: Apache-2.0
#include "assemble/build.h"
#include "base/map.h"
#include "base/num.h"
#include "cli/cli_int.h"
#include "lock/definitions.h"
#include "lock/relock.h"
#include "package/verdict.h"

#include <unistd.h>

static const struct pl_option options[] = {
	{"update", 'u', NULL,
	 "take the archive's newest of everything (default: keep locked versions)",
	 offsetof(struct pl_args, update), NULL},
	{"regroup", 0, NULL,
	 "share packages out into layers anew (default: what is locked stays in its layer)",
	 offsetof(struct pl_args, regroup), NULL},
	{"set", 0, "NAME=VALUE", "a value for a parameter of fleet.yaml; several times",
	 offsetof(struct pl_args, set), NULL},
	{"allow-old", 0, NULL,
	 "take indexes older than those seen before, or expired: a pinned snapshot, a step back",
	 offsetof(struct pl_args, allow_old), NULL},
	{"check", 0, NULL,
	 "write nothing; hold the lock against the signed indexes and the definitions",
	 offsetof(struct pl_args, check), NULL},
};

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
static void find_unknown(struct pl_cli *c, const struct pl_fleet *f, const struct pl_lock *l,
			 unknown_scripts *ret)
{
	PL_AUTO(map) said = {0};
	for (size_t i = 0; i < l->n_images; i++) {
		const struct pl_image *image = pl_fleet_find(f, pl_str_of(l->images[i].id));
		for (size_t n = 0; n < l->images[i].n_packages; n++) {
			const struct pl_lock_package *p = l->images[i].packages[n];
			for (size_t k = 0; k < p->n_scripts; k++) {
				const struct pl_lock_script *s = &p->scripts[k];
				if (strcmp(s->verdict, pl_verdict_name(PL_SCRIPT_UNKNOWN)) == 0 &&
				    !pl_image_acknowledges(image, p->name, s->name, &s->sha256) &&
				    !said_before(c, &said, p, s))
					*pl_vec_push(ret) = (struct unknown_script){p, s};
			}
		}
	}
}

/* What was made, for both ways to say it. */
struct locked {
	struct pl_cli_changes changes;
	struct pl_lock_edits edits;
	const struct pl_relock_stats *stats;
	const struct pl_build_result *checked;
	unknown_scripts unknown;
	const char *counted; /* what the lock is of, for people */
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
	PL_AUTO(buf) text = {0};
	pl_buf_addf(&text, "regrouped: the layers of packages take %s instead of %s; %s",
		    PL_SIZED(r->bytes_after), PL_SIZED(r->bytes_before),
		    PL_COUNTED(r->n_images, "image"));
	pl_buf_adds(&text, r->n_images ? " and what stands on them change: " : " changes");
	for (size_t i = 0; i < r->n_images; i++)
		pl_buf_addf(&text, "%s%s", i ? ", " : "", r->images[i]);
	pl_out_wrapped(&c->out, text.p, 0, 2, pl_terminal_columns(STDOUT_FILENO));
}

static void print_json(struct pl_cli *c, const struct locked *l)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_kbool(&w, "changed", l->changed);
	pl_jw_ku64(&w, "images", l->stats->images);
	pl_jw_ku64(&w, "packages", l->stats->packages);
	pl_jw_ku64(&w, "fetched_bytes", l->stats->package_bytes);
	pl_json_lock_changes(&w, &l->changes);
	pl_json_edits(&w, &l->edits);
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
	pl_json_warnings(&w, l->checked);
	pl_json_end(c, &w);
}

/* As it is written below `acknowledge:`; in a column of its own a digest fits any terminal. */
static void text_unknown(struct pl_cli *c, const struct unknown_script *u)
{
	char hex[PL_DIGEST_TEXT];
	PL_AUTO(buf) why = {0};
	pl_buf_addf(&why, "# %s: ", u->package->version);
	pl_out_text(&why, u->script->reason);
	pl_buf_addf(&c->out, "  - package: %s\n    script: %s\n    sha256: \"%s\"\n",
		    u->package->name, u->script->name, pl_digest_hex(&u->script->sha256, hex));
	pl_buf_addf(&c->out, "    reason: \"...\"\n    %s\n", pl_cli_fitted_text(c, why.p, 4));
}

static void print_text(struct pl_cli *c, const struct locked *l)
{
	pl_buf_addf(&c->out, "%s: %s, %s, %s fetched\n",
		    l->changed ? (l->first ? "locked" : "lock changed") : "lock unchanged",
		    l->counted, PL_COUNTED(l->stats->packages, "package"),
		    PL_SIZED(l->stats->package_bytes));
	if (l->changed && !l->first && !pl_out_lock_changes(c, &l->changes) &&
	    !l->stats->regrouped.is_done)
		pl_buf_adds(&c->out,
			    "  only how packages are laid out, or what is known of them\n");
	if (l->stats->regrouped.is_done)
		text_regrouped(c, &l->stats->regrouped);
	for (size_t i = 0; i < l->unknown.n; i++)
		text_unknown(c, &l->unknown.v[i]);
	if (l->unknown.n)
		pl_buf_addf(&c->out,
			    "%s %s not accounted for: build will refuse\n"
			    "unless the definition acknowledges each\n",
			    PL_COUNTED(l->unknown.n, "maintainer script"),
			    l->unknown.n == 1 ? "is" : "are");
}

static void print_locked(struct pl_cli *c, const struct pl_fleet *f, struct pl_store *store,
			 const struct pl_lock *former, const struct pl_lock *l,
			 const struct pl_relock_stats *st, const struct pl_build_result *checked,
			 bool changed)
{
	struct locked made = {
		.stats = st, .changed = changed, .first = former == NULL, .checked = checked};
	pl_out_warnings(checked);
	pl_cli_compare(c, store, former, l, &made.changes);
	if (former)
		pl_lock_edits_find(&made.edits, former, l);
	made.counted = pl_cli_lock_counted(c, l);
	find_unknown(c, f, l, &made.unknown);
	if (c->json)
		print_json(c, &made);
	else
		print_text(c, &made);
	pl_vec_free(&made.unknown);
	pl_lock_edits_done(&made.edits);
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
	struct pl_prover prover = {.env = &c->env};
	const char *path = pl_cli_lock_path(c);
	struct pl_relock_options o = {.mode = c->args.update ? PL_RELOCK_ALL : PL_RELOCK_KEEP,
				      .regroup = c->args.regroup,
				      .allow_old = c->args.allow_old,
				      .prove = pl_build_prove,
				      .prove_ctx = &prover};
	struct pl_relock_stats st = {0};
	bool changed;
	int rc = pl_cli_lock_guard(c, &guard, err);
	if (rc == 0)
		rc = pl_cli_fleet(c, &f, err);
	if (rc == 0)
		rc = pl_lock_load(&c->env, path, &former, err);
	if (rc < 0 && (!f || err->code != PL_NOT_FOUND))
		return rc;
	rc = pl_cli_store(c, &store, err);
	prover.fleet = f;
	prover.store = store;
	if (rc == 0)
		rc = pl_relock(&c->env, f, store, former, &o, &l, &st, err);
	if (rc == 0)
		rc = pl_definitions_remember(f, store, err);
	if (rc == 0)
		rc = pl_lock_save(l, path, &changed, err);
	if (rc == 0)
		print_locked(c, f, store, former, l, &st, prover.result, changed);
	pl_build_result_free(prover.result); /* points into the lock */
	return rc;
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
		 "Files and settings that need nothing from outside are built without a new lock; "
		 "it "
		 "records what they were. Warns, as build does, of what the images lack: "
		 "docs/definitions.md, "
		 "\"Warnings\".\n"
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
