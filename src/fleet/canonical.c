// SPDX-License-Identifier: Apache-2.0
/*
 * The canonical texts of a definition, all of it and what of it decides the lock: one JSON object
 * with members in this order, every list in the order that matters or sorted. Packages stand as
 * written, for their order decides which are chosen. Line numbers, key order, comments, line ends,
 * the order of files, and the names of definition files are not in it. Changing one changes every
 * hash: then PL_LOCK_FORMAT must rise.
 */
#include "fleet/fleet_int.h"

static void map(struct pl_jw *w, const char *key, const struct pl_kv *v, size_t n)
{
	if (!n)
		return;
	pl_jw_key(w, key);
	pl_jw_object(w);
	for (size_t i = 0; i < n; i++)
		pl_jw_kcstr(w, v[i].key, v[i].value);
	pl_jw_end_object(w);
}

static void files(struct pl_jw *w, const struct pl_image *i)
{
	char mode[24];
	pl_jw_key(w, "files");
	pl_jw_array(w);
	for (size_t k = 0; k < i->n_files; k++) {
		const struct pl_file_entry *f = &i->files[k];
		pl_jw_object(w);
		pl_jw_kcstr(w, "to", f->to);
		pl_jw_kopt(w, "platform", f->platform ? f->platform->name : NULL);
		pl_jw_kopt(w, "from", f->from);
		pl_jw_kopt(w, "content", f->content);
		pl_jw_kopt(w, "link", f->link);
		if (f->kind == PL_ENTRY_DIRECTORY)
			pl_jw_kcstr(w, "directory", f->implied ? "implied" : "own");
		if (f->mode >= 0) {
			snprintf(mode, sizeof(mode), "%04llo", (unsigned long long)f->mode);
			pl_jw_kcstr(w, "mode", mode);
		}
		pl_jw_kopt(w, "owner", f->owner);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void accounts(struct pl_jw *w, const struct pl_image *i)
{
	pl_jw_key(w, "accounts");
	pl_jw_array(w);
	for (size_t k = 0; k < i->n_accounts; k++) {
		const struct pl_account_entry *c = &i->accounts[k];
		pl_jw_object(w);
		pl_jw_kcstr(w, c->is_group ? "group" : "user", c->name);
		pl_jw_ku64(w, "id", c->id);
		if (!c->is_group) {
			pl_jw_kcstr(w, "primary", c->group);
			if (c->gid >= 0)
				pl_jw_ku64(w, "gid", (uint64_t)c->gid);
			pl_jw_kopt(w, "home", c->home);
			pl_jw_kcstr(w, "shell", c->shell);
			pl_jw_kcstr(w, "comment", c->comment);
			pl_jw_kcstrs(w, "groups", c->groups);
		}
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void health(struct pl_jw *w, const struct pl_healthcheck *h)
{
	pl_jw_key(w, "healthcheck");
	pl_jw_object(w);
	pl_jw_kcstrs(w, "command", h->command);
	pl_jw_kopt(w, "http", h->http);
	pl_jw_ku64(w, "every_ns", (uint64_t)h->every_ns);
	pl_jw_ku64(w, "timeout_ns", (uint64_t)h->timeout_ns);
	pl_jw_ku64(w, "start_period_ns", (uint64_t)h->start_period_ns);
	pl_jw_ku64(w, "retries", (uint64_t)h->retries);
	pl_jw_end_object(w);
}

static void acks(struct pl_jw *w, const struct pl_image *i)
{
	pl_jw_key(w, "acknowledge");
	pl_jw_array(w);
	for (size_t k = 0; k < i->n_acks; k++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "package", i->acks[k].package);
		pl_jw_kcstr(w, "script", i->acks[k].script);
		pl_jw_kdigest(w, "sha256", i->acks[k].sha256.b);
		pl_jw_kcstr(w, "reason", i->acks[k].reason);
		pl_jw_end_object(w);
	}
	for (size_t k = 0; k < i->n_accepted; k++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "warning", i->accepted[k].warning);
		pl_jw_kopt(w, "about", i->accepted[k].about);
		pl_jw_kcstr(w, "reason", i->accepted[k].reason);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void packages(struct pl_jw *w, const struct pl_image *i)
{
	pl_jw_key(w, "packages");
	pl_jw_array(w);
	for (size_t k = 0; k < i->n_packages; k++)
		pl_jw_cstr(w, i->packages[k].text);
	pl_jw_end_array(w);
}

void pl_image_inputs(const struct pl_image *i, struct pl_buf *ret)
{
	struct pl_jw w;
	pl_jw_init(&w, ret, 0);
	pl_jw_object(&w);
	pl_jw_kopt(&w, "base", i->base ? i->base->id : NULL);
	pl_jw_kcstr(&w, "distro", i->distro->name);
	packages(&w, i);
	pl_jw_kcstrs(&w, "exclude", i->exclude);
	acks(&w, i);
	if (i->n_debconf)
		map(&w, "debconf", i->debconf, i->n_debconf);
	if (i->scripted)
		pl_jw_kcstrs(&w, "scripted", i->scripted);
	pl_jw_end_object(&w);
}

void pl_image_canonical(const struct pl_image *i, struct pl_buf *ret)
{
	struct pl_jw w;
	pl_jw_init(&w, ret, 0);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "id", i->id);
	pl_jw_kopt(&w, "version", i->version);
	pl_jw_kopt(&w, "variant_version", i->variant_version);
	pl_jw_kopt(&w, "description", i->description);
	pl_jw_kopt(&w, "base", i->base ? i->base->id : NULL);
	pl_jw_kcstr(&w, "distro", i->distro->name);
	packages(&w, i);
	files(&w, i);
	if (i->n_accounts)
		accounts(&w, i);
	pl_jw_kcstrs(&w, "entrypoint", i->entrypoint);
	pl_jw_kcstrs(&w, "cmd", i->cmd);
	map(&w, "env", i->env, i->n_env);
	if (i->n_debconf)
		map(&w, "debconf", i->debconf, i->n_debconf);
	if (i->scripted)
		pl_jw_kcstrs(&w, "scripted", i->scripted);
	map(&w, "labels", i->labels, i->n_labels);
	pl_jw_kopt(&w, "user", i->user);
	pl_jw_kopt(&w, "workdir", i->workdir);
	pl_jw_kopt(&w, "stop_signal", i->stop_signal);
	pl_jw_kcstrs(&w, "ports", i->ports);
	pl_jw_kcstrs(&w, "volumes", i->volumes);
	pl_jw_kbool(&w, "read_only", i->read_only);
	if (i->health)
		health(&w, i->health);
	pl_jw_kcstrs(&w, "exclude", i->exclude);
	acks(&w, i);
	pl_jw_end_object(&w);
}
