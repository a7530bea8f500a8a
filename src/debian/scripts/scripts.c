// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/scripts.h"

#include "base/num.h"
#include "debian/scripts/debhelper_int.h"
#include "debian/scripts/recipe_int.h"

static const char *const verdict_names[] = {
	[PL_SCRIPT_NONE] = "none",           [PL_SCRIPT_COVERED] = "covered",
	[PL_SCRIPT_IGNORABLE] = "ignorable", [PL_SCRIPT_DEFERRED] = "deferred",
	[PL_SCRIPT_UNKNOWN] = "unknown",
};

const char *pl_verdict_name(enum pl_verdict v) { return verdict_names[v]; }

bool pl_verdict_parse(struct pl_str s, enum pl_verdict *ret)
{
	for (size_t i = 0; i < PL_COUNT(verdict_names); i++) {
		if (pl_str_is(s, verdict_names[i])) {
			*ret = (enum pl_verdict)i;
			return true;
		}
	}
	return false;
}

static const struct pl_script *find_script(const struct pl_control *c, const char *name)
{
	for (size_t i = 0; i < c->n_scripts; i++) {
		if (strcmp(c->scripts[i].name, name) == 0)
			return &c->scripts[i];
	}
	return NULL;
}

/* What the recipe says of that very text. */
static bool judge_by_recipe(struct pl_arena *a, const struct pl_recipe *recipe,
			    const struct pl_script *s, struct pl_script_verdict *v)
{
	for (size_t i = 0; recipe && i < recipe->n_scripts; i++) {
		const struct pl_recipe_script *rs = &recipe->scripts[i];
		if (!pl_str_is(rs->name, s->name))
			continue;
		for (size_t k = 0; k < rs->n_digests; k++) {
			if (!pl_digest_eq(&rs->digests[k], &s->normalised))
				continue;
			v->verdict = rs->verdict;
			v->reason = pl_arena_printf(a, "recipe %s: %.*s",
						    pl_arena_cstr(a, recipe->package),
						    PL_STR_ARG(rs->reason));
			return true;
		}
	}
	return false;
}

/* Activations (deb-triggers(5)) whose work is done natively, or is of no use in an image. */
static bool known_activation(struct pl_str name, bool *covered)
{
	static const char *const native[] = {
		"ldconfig", "update-ca-certificates", "update-ca-certificates-fresh",
		"update-ca-certificates-java", "update-ca-certificates-java-fresh"};
	static const char *const useless[] = {"nginx-reload", "update-initramfs", "update-sysctl"};
	for (size_t i = 0; i < PL_COUNT(native); i++) {
		if (pl_str_is(name, native[i])) {
			*covered = true;
			return true;
		}
	}
	for (size_t i = 0; i < PL_COUNT(useless); i++) {
		if (pl_str_is(name, useless[i]))
			return true;
	}
	return false;
}

/*
 * A triggers file. An activation makes the interested package's postinst run; an interest makes our
 * own postinst run with "triggered" (deb-triggers(5)): it is accounted for when the postinst is.
 */
static void judge_triggers(struct pl_arena *a, const struct pl_script *s, bool has_postinst,
			   bool postinst_known, struct pl_script_verdict *v)
{
	struct pl_str text = s->text;
	bool covered = false, interest = false;
	while (text.p && text.n) {
		struct pl_str rest = pl_str_trim(pl_str_cut(&text, '\n'));
		if (!rest.n || rest.p[0] == '#')
			continue;
		struct pl_str verb = rest;
		size_t n = 0;
		while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
			n++;
		verb.n = n;
		struct pl_str name = pl_str_trim(pl_str_sub(rest, n, rest.n));
		if (pl_str_is(verb, "interest") || pl_str_is(verb, "interest-await") ||
		    pl_str_is(verb, "interest-noawait")) {
			interest = true;
			continue;
		}
		bool activate = pl_str_is(verb, "activate") || pl_str_is(verb, "activate-await") ||
				pl_str_is(verb, "activate-noawait");
		if (!activate || !known_activation(name, &covered)) {
			char line[200];
			v->verdict = PL_SCRIPT_UNKNOWN;
			v->reason = pl_arena_printf(a, "trigger '%s' is not known",
						    pl_escape(line, sizeof(line), rest.p, rest.n));
			return;
		}
	}
	if (interest && has_postinst && !postinst_known) {
		v->verdict = PL_SCRIPT_UNKNOWN;
		v->reason = "its postinst, which triggers run, is not known";
	} else if (covered) {
		v->verdict = PL_SCRIPT_COVERED;
		v->reason = interest ? "done natively, or judged with the postinst"
				     : "ld.so.cache or certificates: done natively";
	} else {
		v->verdict = PL_SCRIPT_IGNORABLE;
		v->reason = !interest      ? "no trigger that matters in an image"
			    : has_postinst ? "judged with the postinst"
					   : "no postinst that a trigger would run";
	}
}

static void judge_one(struct pl_arena *a, const struct pl_recipe *recipe, const struct pl_script *s,
		      struct pl_script_verdict *v)
{
	static const char *const removal[] = {"prerm", "postrm"};
	struct pl_recognised rec;
	*v = (struct pl_script_verdict){.script = s->name, .normalised = s->normalised};
	for (size_t i = 0; i < PL_COUNT(removal); i++) {
		if (strcmp(s->name, removal[i]) == 0) {
			v->verdict = PL_SCRIPT_IGNORABLE;
			v->reason = "runs at removal only";
			return;
		}
	}
	if (judge_by_recipe(a, recipe, s, v))
		return;
	if (strcmp(s->name, "config") == 0) {
		v->verdict = PL_SCRIPT_IGNORABLE;
		v->reason = "debconf questions: their defaults are taken";
		return;
	}
	bool ours = strcmp(s->name, "preinst") == 0 || strcmp(s->name, "postinst") == 0;
	if (ours && pl_debhelper_recognise(a, s->text, &rec)) {
		v->verdict = rec.n_tmpfiles || rec.n_alternatives ? PL_SCRIPT_COVERED
								  : PL_SCRIPT_IGNORABLE;
		v->reason = pl_arena_printf(a, "generated by debhelper: %s", rec.classes);
		return;
	}
	v->verdict = PL_SCRIPT_UNKNOWN;
	v->reason = !ours    ? "a kind of script that is not known"
		    : recipe ? "the package's recipe does not know this version of the script"
			     : "no recipe for the package, and more than debhelper's code in it";
}

void pl_scripts_judge(struct pl_arena *a, struct pl_str package, struct pl_str architecture,
		      const struct pl_control *c, struct pl_script_verdict **ret, size_t *ret_n)
{
	struct pl_recipe recipe;
	struct pl_err err = {0};
	/* A recipe that cannot be read accounts for nothing: its scripts are unknown. */
	bool has = pl_recipe_find(a, package, architecture, &recipe, &err) > 0;
	struct pl_script_verdict *v = pl_arena_array(a, struct pl_script_verdict, c->n_scripts + 1);
	const struct pl_script *postinst = find_script(c, "postinst");
	bool known = true;
	if (postinst) {
		struct pl_script_verdict pv;
		judge_one(a, has ? &recipe : NULL, postinst, &pv);
		known = pv.verdict != PL_SCRIPT_UNKNOWN;
	}
	for (size_t i = 0; i < c->n_scripts; i++) {
		const struct pl_script *s = &c->scripts[i];
		judge_one(a, has ? &recipe : NULL, s, &v[i]);
		if (strcmp(s->name, "triggers") == 0 && v[i].verdict == PL_SCRIPT_UNKNOWN)
			judge_triggers(a, s, postinst != NULL, known, &v[i]);
	}
	*ret = v;
	*ret_n = c->n_scripts;
}
