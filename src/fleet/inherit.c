// SPDX-License-Identifier: Apache-2.0
/* An image's effective configuration: the base's, with its own over it, as a Dockerfile's FROM has
 * it. Packages and files are of its own stage only. */
#include "fleet/fleet_int.h"

static const char *or_base(const char *own, const char *base) { return own ? own : base; }

/* base's list and own, each text once, sorted, NULL-terminated; NULL when empty. */
static const char **joined(struct pl_arena *a, const char **base, const struct pl_texts *own)
{
	size_t n = 0, out = 0;
	while (base && base[n])
		n++;
	if (n + own->n == 0)
		return NULL;
	const char **list = pl_arena_array(a, const char *, n + own->n + 1);
	if (n)
		memcpy(list, base, n * sizeof(*list));
	if (own->n)
		memcpy(list + n, own->v, own->n * sizeof(*list));
	n += own->n;
	qsort(list, n, sizeof(*list), pl_cstr_qsort);
	for (size_t i = 0; i < n; i++)
		if (out == 0 || strcmp(list[out - 1], list[i]) != 0)
			list[out++] = list[i];
	list[out] = NULL;
	return list;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct pl_kv *)a)->key, ((const struct pl_kv *)b)->key);
}

/* By name; a later one of the same name replaces. Sorted. */
static struct pl_kv *merged(struct pl_arena *a, const struct pl_kv *base, size_t n_base,
			    const struct pl_kv *own, size_t n_own, size_t *ret_n)
{
	__attribute__((cleanup(pl_map_done))) struct pl_map at = {0};
	struct pl_kv *list = pl_arena_array(a, struct pl_kv, n_base + n_own);
	size_t n = 0;
	for (size_t i = 0; i < n_base + n_own; i++) {
		const struct pl_kv *kv = i < n_base ? &base[i] : &own[i - n_base];
		void **slot = pl_map_slot(&at, pl_str_of(kv->key));
		if (!*slot)
			*slot = &list[n++];
		*(struct pl_kv *)*slot = *kv;
	}
	if (n)
		qsort(list, n, sizeof(*list), by_key);
	*ret_n = n;
	return list;
}

static int by_target(const void *a, const void *b)
{
	const struct pl_file_entry *x = a, *y = b;
	int c = strcmp(x->to, y->to);
	c = c ? c
	      : strcmp(x->platform ? x->platform->name : "", y->platform ? y->platform->name : "");
	return c ? c : x->implied - y->implied;
}

/* Groups first: users are put into them. */
static int by_account(const void *a, const void *b)
{
	const struct pl_account_entry *x = a, *y = b;
	int c = y->is_group - x->is_group;
	return c ? c : strcmp(x->name, y->name);
}

static int by_script(const void *a, const void *b)
{
	const struct pl_ack *x = a, *y = b;
	int c = strcmp(x->package, y->package);
	c = c ? c : strcmp(x->script, y->script);
	c = c ? c : pl_digest_cmp(&x->sha256, &y->sha256);
	return c ? c : strcmp(x->reason, y->reason);
}

static void stage(struct pl_arena *a, struct pl_image *i, struct pl_settings *s)
{
	i->packages = pl_arena_dup(a, s->packages.v, s->packages.n, sizeof(*i->packages));
	i->n_packages = s->packages.n;
	i->files = pl_arena_array(a, struct pl_file_entry, s->files.n);
	for (size_t k = 0; k < s->files.n; k++) {
		const struct pl_file_item *item = &s->files.v[k];
		/* Replaced by an entry of a later layer. */
		if ((uintptr_t)pl_map_get(&s->file_at, item->key) == item->owner)
			i->files[i->n_files++] = item->e;
	}
	if (i->n_files)
		qsort(i->files, i->n_files, sizeof(*i->files), by_target);
	i->accounts = pl_arena_dup(a, s->accounts.v, s->accounts.n, sizeof(*i->accounts));
	i->n_accounts = s->accounts.n;
	if (i->n_accounts)
		qsort(i->accounts, i->n_accounts, sizeof(*i->accounts), by_account);
}

static void acks(struct pl_arena *a, struct pl_image *i, const struct pl_settings *s)
{
	size_t n_base = i->base ? i->base->n_acks : 0, n = n_base + s->acks.n;
	i->acks = pl_arena_array(a, struct pl_ack, n);
	if (n_base)
		memcpy(i->acks, i->base->acks, n_base * sizeof(*i->acks));
	if (s->acks.n)
		memcpy(i->acks + n_base, s->acks.v, s->acks.n * sizeof(*i->acks));
	if (n)
		qsort(i->acks, n, sizeof(*i->acks), by_script);
	for (size_t k = 0; k < n; k++)
		if (k == 0 || by_script(&i->acks[k], &i->acks[i->n_acks - 1]) != 0)
			i->acks[i->n_acks++] = i->acks[k];
}

static void accepted(struct pl_arena *a, struct pl_image *i, const struct pl_settings *s)
{
	size_t n_base = i->base ? i->base->n_accepted : 0;
	i->n_accepted = n_base + s->accepted.n;
	i->accepted = pl_arena_array(a, struct pl_accepted, i->n_accepted + 1);
	if (n_base)
		memcpy(i->accepted, i->base->accepted, n_base * sizeof(*i->accepted));
	if (s->accepted.n)
		memcpy(i->accepted + n_base, s->accepted.v, s->accepted.n * sizeof(*i->accepted));
}

void pl_image_inherit(struct pl_arena *a, struct pl_image *i, struct pl_settings *s)
{
	static const struct pl_image nothing;
	const struct pl_image *b = i->base ? i->base : &nothing;
	stage(a, i, s);
	acks(a, i, s);
	accepted(a, i, s);
	i->description = s->description;
	i->user = or_base(s->user, b->user);
	i->workdir = or_base(s->workdir, b->workdir);
	i->stop_signal = or_base(s->stop_signal, b->stop_signal);
	i->read_only = s->has_read_only ? s->read_only : b->read_only;
	i->health = s->has_health ? s->health : b->health;
	i->entrypoint = s->has_entrypoint ? s->entrypoint : b->entrypoint;
	/* A new entrypoint makes the arguments of the old one meaningless (Dockerfile reference,
	 * "Understand how CMD and ENTRYPOINT interact"). */
	i->cmd = s->has_cmd ? s->cmd : s->has_entrypoint ? NULL : b->cmd;
	i->ports = joined(a, b->ports, &s->ports);
	i->volumes = joined(a, b->volumes, &s->volumes);
	i->exclude = joined(a, b->exclude, &s->exclude);
	i->scripted = joined(a, b->scripted, &s->scripted);
	i->debconf = merged(a, b->debconf, b->n_debconf, s->debconf.v, s->debconf.n, &i->n_debconf);
	i->env = merged(a, b->env, b->n_env, s->env.v, s->env.n, &i->n_env);
	i->labels = merged(a, b->labels, b->n_labels, s->labels.v, s->labels.n, &i->n_labels);
}

bool pl_image_acknowledges(const struct pl_image *i, const char *package, const char *script,
			   const struct pl_digest *sha256)
{
	for (; i; i = i->base)
		for (size_t k = 0; k < i->n_acks; k++)
			if (strcmp(i->acks[k].package, package) == 0 &&
			    strcmp(i->acks[k].script, script) == 0 &&
			    pl_digest_eq(&i->acks[k].sha256, sha256))
				return true;
	return false;
}
