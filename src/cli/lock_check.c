// SPDX-License-Identifier: Apache-2.0
/* lock --check: what was found, for people and programs, and the status that says how bad it is. */
#include "assemble/build.h"
#include "base/num.h"
#include "cli/cli_int.h"
#include "lock/check.h"

/* "web, child: odd 1.0 all, its postinst: ..." */
static void text_finding(struct pl_cli *c, const struct pl_finding *f)
{
	PL_AUTO(buf) line = {0};
	for (const char **i = f->images; *i; i++)
		pl_buf_addf(&line, "%s%s", i == f->images ? "" : ", ", *i);
	if (f->package)
		pl_buf_addf(&line, "%s%s %s %s", f->images[0] ? ": " : "", f->package->name,
			    f->package->version, f->package->architecture);
	if (f->script)
		pl_buf_addf(&line, ", its %s", f->script);
	pl_buf_addf(&line, "%s%s", line.n ? ": " : "", f->why);
	pl_buf_addf(&c->out, "%s: ", pl_finding_name(f->kind));
	pl_out_text(&c->out, pl_buf_str(&line).p);
	pl_buf_addc(&c->out, '\n');
}

static void print_text(struct pl_cli *c, const struct pl_lock *l, const struct pl_lock_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		text_finding(c, &r->v[i]);
	pl_buf_addf(&c->out, "checked: %s, %s: ", pl_cli_lock_counted(c, l),
		    PL_COUNTED(r->packages, "package"));
	if (r->n == 0)
		pl_buf_adds(&c->out, "as signed, and as defined\n");
	else
		pl_buf_addf(&c->out, "%zu wrong, %zu not checked, %zu outdated\n",
			    r->by_kind[PL_FINDING_WRONG], r->by_kind[PL_FINDING_NOT_CHECKED],
			    r->by_kind[PL_FINDING_OUTDATED]);
}

static void json_finding(struct pl_jw *w, const struct pl_finding *f)
{
	const struct pl_lock_package *p = f->package;
	pl_jw_object(w);
	pl_jw_kcstr(w, "kind", pl_finding_name(f->kind));
	pl_jw_key(w, "images");
	pl_jw_array(w);
	for (const char **i = f->images; *i; i++)
		pl_jw_cstr(w, *i);
	pl_jw_end_array(w);
	pl_jw_kcstr(w, "package", p ? p->name : NULL);
	pl_jw_kcstr(w, "version", p ? p->version : NULL);
	pl_jw_kcstr(w, "architecture", p ? p->architecture : NULL);
	pl_jw_kcstr(w, "script", f->script);
	pl_jw_kcstr(w, "why", f->why);
	pl_jw_end_object(w);
}

static void print_json(struct pl_cli *c, const struct pl_lock_report *r)
{
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_ku64(&w, "images", r->images);
	pl_jw_ku64(&w, "packages", r->packages);
	pl_jw_key(&w, "findings");
	pl_jw_array(&w);
	for (size_t i = 0; i < r->n; i++)
		json_finding(&w, &r->v[i]);
	pl_jw_end_array(&w);
	pl_json_end(c, &w);
}

/* The worst of it. */
static int status_of(const struct pl_lock_report *r, struct pl_err *err)
{
	if (r->by_kind[PL_FINDING_WRONG])
		return pl_fail(err, PL_VERIFY,
			       "plimsoll.lock says what no signed index or package says (%zu "
			       "findings): do not build from it; look at who changed it, and take "
			       "the last good one or run plimsoll lock",
			       r->by_kind[PL_FINDING_WRONG]);
	if (r->by_kind[PL_FINDING_NOT_CHECKED])
		return pl_fail(err, PL_PARTIAL,
			       "%zu entries of plimsoll.lock could not be checked, the others are "
			       "as signed",
			       r->by_kind[PL_FINDING_NOT_CHECKED]);
	if (r->by_kind[PL_FINDING_OUTDATED])
		return pl_fail(err, PL_CHANGES, "plimsoll.lock is out of date: run plimsoll lock");
	return 0;
}

int pl_cli_lock_check(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO(workspace) ws = {0};
	struct pl_lock_report r;
	int rc = pl_cli_workspace(c, &ws, err);
	struct pl_prover prover = {.env = &c->env, .fleet = ws.fleet, .store = ws.store};
	if (rc == 0)
		rc = pl_lock_check(&c->env, ws.fleet, ws.store, ws.lock, pl_build_prove, &prover,
				   &c->arena, &r, err);
	pl_build_result_free(prover.result);
	if (rc < 0)
		return rc;
	if (c->json)
		print_json(c, &r);
	else
		print_text(c, ws.lock, &r);
	return status_of(&r, err);
}
