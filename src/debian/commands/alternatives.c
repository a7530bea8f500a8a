// SPDX-License-Identifier: Apache-2.0
/* update-alternatives(1). Each call makes the links anew, from all that was installed so far. */
#include "debian/commands/commands_int.h"

#include "base/num.h"

struct call_reader {
	struct pl_shell_call *call;
	int at;
	struct pl_alternative main;
	PL_VEC(struct pl_alternative) slaves;
	bool install;
};

static const char *word(struct call_reader *r)
{
	struct pl_debian_world *w = pl_deb_world(r->call);
	return pl_arena_cstr(&w->arena, pl_str_of(r->call->argv[r->at++]));
}

/* Debian's links below /bin are those of /usr/bin. */
static bool has(const struct call_reader *r, int n) { return r->at + n <= r->call->argc; }

static int read_args(struct call_reader *r, struct pl_err *err)
{
	static const char *const passed[] = {"--quiet", "--force", "--verbose", "--skip-auto"};
	while (r->at < r->call->argc) {
		const char *o = r->call->argv[r->at++];
		uint64_t n;
		bool skip = false;
		for (size_t i = 0; i < PL_COUNT(passed); i++)
			skip = skip || strcmp(o, passed[i]) == 0;
		if (skip)
			continue;
		if (strcmp(o, "--install") == 0 && has(r, 4) && !r->install) {
			r->install = true;
			r->main.link = word(r);
			r->main.name = word(r);
			r->main.path = word(r);
			const char *number = word(r);
			bool negative = *number == '-';
			if (!pl_parse_u64(pl_str_of(number + negative), INT32_MAX, &n))
				return pl_shell_unknown(r->call, err, number);
			r->main.priority = negative ? -(int64_t)n : (int64_t)n;
		} else if (strcmp(o, "--slave") == 0 && has(r, 3) && r->install) {
			struct pl_alternative *s = pl_vec_push(&r->slaves);
			s->link = word(r);
			s->name = word(r);
			s->path = word(r);
		} else {
			return pl_shell_unknown(r->call, err, o);
		}
	}
	return 0;
}

static int install(struct call_reader *r, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(r->call);
	struct pl_alternative *slot = NULL;
	for (size_t i = 0; i < w->alternatives.n; i++)
		if (strcmp(w->alternatives.v[i].name, r->main.name) == 0 &&
		    strcmp(w->alternatives.v[i].path, r->main.path) == 0)
			slot = &w->alternatives.v[i];
	if (!slot)
		slot = pl_vec_push(&w->alternatives);
	r->main.slaves = pl_arena_dup(&w->arena, r->slaves.v, r->slaves.n, sizeof(*r->slaves.v));
	r->main.n_slaves = r->slaves.n;
	*slot = r->main;
	return pl_alternatives_make(w->tree, w->in, w->alternatives.v, w->alternatives.n, err);
}

/* Is there anything under that name (and path)? */
static bool known(const struct pl_debian_world *w, const char *name, const char *path)
{
	for (size_t i = 0; i < w->alternatives.n; i++)
		if (strcmp(w->alternatives.v[i].name, name) == 0 &&
		    (!path || strcmp(w->alternatives.v[i].path, path) == 0))
			return true;
	return false;
}

static int query(struct pl_shell_call *call, const char *name, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	const struct pl_alternative *best = NULL;
	PL_AUTO(buf) out = {.max = 1 << 20};
	for (size_t i = 0; i < w->alternatives.n; i++) {
		const struct pl_alternative *v = &w->alternatives.v[i];
		if (strcmp(v->name, name) == 0 && (!best || v->priority > best->priority))
			best = v;
	}
	if (!best)
		return pl_shell_complain(call, 2, err, "error: no alternatives for %s", name);
	pl_buf_addf(&out, "Name: %s\nLink: %s\nStatus: auto\nBest: %s\nValue: %s\n", name,
		    best->link, best->path, best->path);
	for (size_t i = 0; i < w->alternatives.n; i++) {
		const struct pl_alternative *v = &w->alternatives.v[i];
		if (strcmp(v->name, name) == 0)
			pl_buf_addf(&out, "\nAlternative: %s\nPriority: %lld\n", v->path,
				    (long long)v->priority);
	}
	return pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
}

int pl_deb_update_alternatives(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_debian_world *w = pl_deb_world(call);
	struct call_reader r = {.call = call, .at = 1};
	while (r.at < call->argc && (strcmp(call->argv[r.at], "--quiet") == 0 ||
				     strcmp(call->argv[r.at], "--force") == 0))
		r.at++;
	const char *verb = r.at < call->argc ? call->argv[r.at] : "";
	const char *name = r.at + 1 < call->argc ? call->argv[r.at + 1] : "";
	const char *path = r.at + 2 < call->argc ? call->argv[r.at + 2] : NULL;
	if ((strcmp(verb, "--remove") == 0 && path && !known(w, name, path)) ||
	    (strcmp(verb, "--remove-all") == 0 && !known(w, name, NULL)))
		return 0;
	if (strcmp(verb, "--auto") == 0)
		return known(w, name, NULL)
			       ? 0
			       : pl_shell_complain(call, 2, err, "no alternatives for %s", name);
	if ((strcmp(verb, "--list") == 0 || strcmp(verb, "--query") == 0 ||
	     strcmp(verb, "--display") == 0) &&
	    !known(w, name, NULL))
		return pl_shell_complain(call, 2, err, "no alternatives for %s", name);
	if (strcmp(verb, "--list") == 0) {
		int rc = 0;
		for (size_t i = 0; i < w->alternatives.n && rc == 0; i++)
			if (strcmp(w->alternatives.v[i].name, name) == 0)
				rc = pl_deb_print(call, err, "%s\n", w->alternatives.v[i].path);
		return rc;
	}
	if (strcmp(verb, "--query") == 0)
		return query(call, name, err);
	int rc = read_args(&r, err);
	if (rc == 0 && !r.install)
		rc = pl_shell_unknown(call, err, verb);
	if (rc == 0)
		rc = install(&r, err);
	pl_vec_free(&r.slaves);
	return rc;
}
