// SPDX-License-Identifier: Apache-2.0
/*
 * The canonical text of a definition: one JSON object with members in this order, every list in
 * the order that matters or sorted. Line numbers, key order, comments, line ends, the order of
 * packages and files, and the names of definition files are not in it. Changing it changes every
 * hash: then PL_LOCK_FORMAT must rise.
 */
#include "fleet/fleet_int.h"

static void text_member(struct pl_jw *w, const char *key, const char *value)
{
	if (value)
		pl_jw_kcstr(w, key, value);
}

static void list(struct pl_jw *w, const char *key, const char **v)
{
	if (!v)
		return;
	pl_jw_key(w, key);
	pl_jw_array(w);
	for (; *v; v++)
		pl_jw_cstr(w, *v);
	pl_jw_end_array(w);
}

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
		text_member(w, "platform", f->platform ? f->platform->name : NULL);
		text_member(w, "from", f->from);
		text_member(w, "content", f->content);
		if (f->mode >= 0) {
			snprintf(mode, sizeof(mode), "%04llo", (unsigned long long)f->mode);
			pl_jw_kcstr(w, "mode", mode);
		}
		text_member(w, "owner", f->owner);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void health(struct pl_jw *w, const struct pl_healthcheck *h)
{
	pl_jw_key(w, "healthcheck");
	pl_jw_object(w);
	list(w, "command", h->command);
	text_member(w, "http", h->http);
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
	pl_jw_end_array(w);
}

void pl_image_canonical(const struct pl_image *i, struct pl_buf *ret)
{
	struct pl_jw w;
	pl_jw_init(&w, ret, 0);
	pl_jw_object(&w);
	pl_jw_kcstr(&w, "id", i->id);
	text_member(&w, "version", i->version);
	text_member(&w, "variant_version", i->variant_version);
	text_member(&w, "description", i->description);
	text_member(&w, "base", i->base ? i->base->id : NULL);
	pl_jw_kcstr(&w, "distro", i->distro->name);
	pl_jw_key(&w, "packages");
	pl_jw_array(&w);
	for (size_t k = 0; k < i->n_packages; k++)
		pl_jw_cstr(&w, i->packages[k].text);
	pl_jw_end_array(&w);
	files(&w, i);
	list(&w, "entrypoint", i->entrypoint);
	list(&w, "cmd", i->cmd);
	map(&w, "env", i->env, i->n_env);
	map(&w, "labels", i->labels, i->n_labels);
	text_member(&w, "user", i->user);
	text_member(&w, "workdir", i->workdir);
	text_member(&w, "stop_signal", i->stop_signal);
	list(&w, "ports", i->ports);
	list(&w, "volumes", i->volumes);
	pl_jw_kbool(&w, "read_only", i->read_only);
	if (i->health)
		health(&w, i->health);
	list(&w, "exclude", i->exclude);
	acks(&w, i);
	pl_jw_end_object(&w);
}
