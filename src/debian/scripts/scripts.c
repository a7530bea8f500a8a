// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/scripts.h"

bool pl_script_shell(struct pl_str text, bool *ret_bash)
{
	struct pl_str line = pl_str_cut(&text, '\n');
	if (!pl_str_starts(line, "#!"))
		return false;
	line = pl_str_trim(pl_str_sub(line, 2, line.n));
	struct pl_str program = pl_str_cut(&line, ' ');
	*ret_bash = pl_str_ends(program, "/bash");
	return *ret_bash || pl_str_ends(program, "/sh") || pl_str_ends(program, "/dash");
}

static void judge_one(const struct pl_script *s, struct pl_script_verdict *v)
{
	static const struct {
		const char *script;
		bool runs; /* at a fresh installation */
		const char *reason;
	} kinds[] = {
		{"config", true, "run against the image's tree, with debconf's defaults"},
		{"postinst", true, "run against the image's tree"},
		{"postrm", false, "runs at removal only"},
		{"preinst", true, "run against the image's tree"},
		{"prerm", false, "runs at removal only"},
		{"triggers", false, "followed as dpkg does"},
	};
	*v = (struct pl_script_verdict){.script = s->name,
					.normalised = s->normalised,
					.verdict = PL_SCRIPT_UNKNOWN,
					.reason = "a kind of script that is not known"};
	for (size_t i = 0; i < PL_COUNT(kinds); i++) {
		if (strcmp(kinds[i].script, s->name) != 0)
			continue;
		v->verdict = kinds[i].runs ? PL_SCRIPT_INTERPRETED : PL_SCRIPT_IGNORABLE;
		v->reason = kinds[i].reason;
	}
}

void pl_scripts_judge(struct pl_arena *a, const struct pl_control *c,
		      struct pl_script_verdict **ret, size_t *ret_n)
{
	struct pl_script_verdict *v = pl_arena_array(a, struct pl_script_verdict, c->n_scripts + 1);
	for (size_t i = 0; i < c->n_scripts; i++)
		judge_one(&c->scripts[i], &v[i]);
	*ret = v;
	*ret_n = c->n_scripts;
}
