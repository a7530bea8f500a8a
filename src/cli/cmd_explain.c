// SPDX-License-Identifier: Apache-2.0
/* What the maintainer scripts of an image did, for people and programs. */
#include "assemble/explain.h"
#include "base/num.h"
#include "cli/cli_int.h"

#include <unistd.h>

#define INDENT 6 /* of what belongs to a command */

static const struct pl_option options[] = {
	{"platform", 0, "OS/ARCH", "the image's scripts there (default: its first platform)",
	 offsetof(struct pl_args, platform), NULL},
	{"trace", 0, NULL, "every command, not only those that change or leave out something",
	 offsetof(struct pl_args, trace), NULL},
};

static const char *const kind_names[] = {
	[PL_INSTALL_COMMAND] = "command",   [PL_INSTALL_RUNNING] = "skipped",
	[PL_INSTALL_RUN_TIME] = "run time", [PL_INSTALL_MACHINE] = "machine",
	[PL_INSTALL_DEFERRED] = "deferred",
};
static const char *const kind_texts[] = {
	[PL_INSTALL_RUNNING] = "concerns a running system",
	[PL_INSTALL_RUN_TIME] = "made at run time",
	[PL_INSTALL_MACHINE] = "depends on the machine",
	[PL_INSTALL_DEFERRED] = "left to the first start",
};

/* Who asks of a path wants to know who changed it. */
static bool is_shown(const struct pl_cli *c, const struct pl_explain_request *rq,
		     const struct pl_step *s)
{
	return s->n_changes || (!rq->path && (c->args.trace || s->kind != PL_INSTALL_COMMAND));
}

/* "postgresql-common.postinst" of its path, and what else a script sources as it is. */
static const char *file_shown(const struct pl_step *s)
{
	static const char info[] = "/var/lib/dpkg/info/";
	return strncmp(s->file, info, strlen(info)) == 0 ? s->file + strlen(info) : s->file;
}

static void out_line(struct pl_cli *c, unsigned indent, const char *text)
{
	PL_AUTO(buf) line = {0};
	pl_out_text(&line, text);
	pl_buf_addf(&c->out, "%*s", (int)indent, "");
	pl_out_wrapped(&c->out, line.p, indent, indent + 2, pl_terminal_columns(STDOUT_FILENO));
}

static void print_step(struct pl_cli *c, const struct pl_step *s)
{
	PL_AUTOFREE char *line =
		s->kind == PL_INSTALL_COMMAND
			? pl_xprintf("%u: %s", s->line, s->text)
			: pl_xprintf("%u: %s: %s", s->line, kind_texts[s->kind], s->text);
	out_line(c, 2, line);
	for (size_t i = 0; i < s->n_changes; i++) {
		PL_AUTOFREE char *text =
			pl_xprintf("/%s: %s", s->changes[i].path, s->changes[i].text);
		out_line(c, INDENT, text);
	}
}

static void print_text(struct pl_cli *c, const struct pl_explain_request *rq,
		       const struct pl_explained *e)
{
	const struct pl_step *last = NULL;
	size_t shown = 0;
	for (size_t i = 0; i < e->n_notes; i++) {
		const struct pl_script_note *n = &e->notes[i];
		if (n->verdict != PL_SCRIPT_DEFERRED)
			pl_buf_addf(&c->out, "%s: %s: %s: %s\n", n->package->name, n->script,
				    pl_verdict_name(n->verdict), n->why);
	}
	for (size_t i = 0; i < e->n_steps; i++) {
		const struct pl_step *s = &e->steps[i];
		if (!is_shown(c, rq, s))
			continue;
		if (!last || last->package != s->package || strcmp(last->file, s->file) != 0)
			pl_buf_addf(&c->out, "%s%s %s: %s\n", shown ? "\n" : "", s->package->name,
				    s->package->version, file_shown(s));
		last = s;
		shown++;
		print_step(c, s);
	}
	if (!shown)
		pl_buf_adds(&c->out, "nothing\n");
}

static void print_json(struct pl_cli *c, const struct pl_explain_request *rq,
		       const struct pl_explained *e)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_kcstr(&w, "image", rq->image);
	pl_jw_kcstr(&w, "platform", rq->platform->name);
	pl_jw_key(&w, "notes");
	pl_jw_array(&w);
	for (size_t i = 0; i < e->n_notes; i++) {
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "package", e->notes[i].package->name);
		pl_jw_kcstr(&w, "script", e->notes[i].script);
		pl_jw_kcstr(&w, "verdict", pl_verdict_name(e->notes[i].verdict));
		pl_jw_kcstr(&w, "reason", e->notes[i].why);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_jw_key(&w, "steps");
	pl_jw_array(&w);
	for (size_t i = 0; i < e->n_steps; i++) {
		const struct pl_step *s = &e->steps[i];
		if (!is_shown(c, rq, s))
			continue;
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "package", s->package->name);
		pl_jw_kcstr(&w, "script", s->script);
		pl_jw_kcstr(&w, "file", s->file);
		pl_jw_ku64(&w, "line", s->line);
		pl_jw_kcstr(&w, "kind", kind_names[s->kind]);
		pl_jw_kcstr(&w, "text", s->text);
		pl_jw_key(&w, "changes");
		pl_jw_array(&w);
		for (size_t k = 0; k < s->n_changes; k++) {
			PL_AUTOFREE char *path = pl_xprintf("/%s", s->changes[k].path);
			pl_jw_object(&w);
			pl_jw_kcstr(&w, "path", path);
			pl_jw_kcstr(&w, "change", s->changes[k].text);
			pl_jw_end_object(&w);
		}
		pl_jw_end_array(&w);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_json_end(c, &w);
}

static int find_platform(const struct pl_cli *c, const struct pl_image *i,
			 const struct pl_platform **ret, struct pl_err *err)
{
	*ret = i->platforms[0];
	if (!c->args.platform)
		return 0;
	for (const struct pl_platform **p = i->platforms; *p; p++)
		if (strcmp((*p)->name, c->args.platform) == 0) {
			*ret = *p;
			return 0;
		}
	return pl_fail(err, PL_NOT_FOUND, "%s is not for %.60s", i->id, c->args.platform);
}

static int explain(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO(workspace) ws = {0};
	const char *what = c->args.operands[1];
	struct pl_explain_request rq = {0};
	struct pl_explained e;
	const char *const *images;
	const char *const *all = c->args.operands;
	const char *one[] = {all[0], NULL};
	int rc = pl_cli_workspace(c, &ws, err);
	c->args.operands = one;
	c->args.n_operands = 1;
	if (rc == 0)
		rc = pl_cli_images(c, ws.fleet, &images, err);
	if (rc < 0)
		return rc;
	const struct pl_image *i = pl_fleet_find(ws.fleet, pl_str_of(images[0]));
	rc = find_platform(c, i, &rq.platform, err);
	rq.image = i->id;
	if (what && what[0] == '/')
		rq.path = what + 1;
	else
		rq.package = what;
	if (rc == 0)
		rc = pl_build_explain(&c->env, ws.fleet, ws.lock, ws.store, &rq, &c->arena, &e,
				      err);
	if (rc < 0)
		return rc;
	if (c->json)
		print_json(c, &rq, &e);
	else
		print_text(c, &rq, &e);
	return 0;
}

const struct pl_command pl_cmd_explain = {
	.name = "explain",
	.operands = "IMAGE [PACKAGE|/PATH]",
	.summary = "what maintainer scripts did in an image, and what was left out",
	.about =
		"Maintainer scripts are not run on this machine but interpreted against the "
		"image's "
		"files. explain shows, of one\n"
		"package, of all, or of what changed one path: each command with its line, what it "
		"changed, and what was left\n"
		"out since it concerns a running system, is made at run time, or is left to the "
		"first start. Works on what is\n"
		"locked; changes nothing.",
	.examples = "plimsoll explain web nginx-common\nplimsoll explain web /etc/passwd\n"
		    "plimsoll explain db postgresql-common --trace --platform linux/arm64",
	.options = options,
	.n_options = PL_COUNT(options),
	.min_operands = 1,
	.max_operands = 2,
	.run = explain,
};
