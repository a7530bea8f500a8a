// SPDX-License-Identifier: Apache-2.0
/* What the models work on: packages and their files, triggers, findings. */
#include "debian/commands/commands_int.h"

#include <stdlib.h>

struct pl_debian_package *pl_debian_find(const struct pl_debian_world *w, struct pl_str name)
{
	struct pl_str bare = pl_str_cut(&name, ':');
	for (size_t i = 0; i < w->n_packages; i++)
		if (pl_str_eq(w->packages[i].name, bare))
			return &w->packages[i];
	return NULL;
}

const char *pl_debian_place(struct pl_debian_world *w, struct pl_debian_package *p,
			    const char *path)
{
	*pl_vec_push(&p->paths) = path;
	for (size_t i = 0; i < w->diversions.n; i++) {
		const struct pl_debian_diversion *d = &w->diversions.v[i];
		if (strcmp(d->from, path) == 0 && !(d->package && pl_str_is(p->name, d->package)))
			return d->to;
	}
	return path;
}

/* -- triggers (deb-triggers(5)) -- */

static void note_pending(struct pl_debian_package *p, const char *name)
{
	for (size_t i = 0; i < p->triggers.n; i++)
		if (strcmp(p->triggers.v[i], name) == 0)
			return;
	*pl_vec_push(&p->triggers) = name;
}

static struct pl_str triggers_of(const struct pl_debian_package *p)
{
	for (size_t i = 0; p->control && i < p->control->n_scripts; i++)
		if (strcmp(p->control->scripts[i].name, "triggers") == 0)
			return p->control->scripts[i].text;
	return (struct pl_str){NULL, 0};
}

static void add_interests(struct pl_debian_world *w, struct pl_debian_package *p)
{
	struct pl_str rest = triggers_of(p);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		if (!pl_str_starts(line, "interest"))
			continue;
		pl_str_cut(&line, ' ');
		if (line.p)
			*pl_vec_push(&w->interests) = (struct pl_debian_interest){
				p, pl_arena_cstr(&w->arena, pl_str_trim(line))};
	}
}

/* What all packages are interested in, read once. */
static void load_interests(struct pl_debian_world *w)
{
	for (size_t i = 0; !w->has_interests && i < w->n_packages; i++)
		add_interests(w, &w->packages[i]);
	w->has_interests = true;
}

void pl_debian_trigger(struct pl_debian_world *w, const char *name)
{
	load_interests(w);
	for (size_t i = 0; i < w->interests.n; i++)
		if (w->interests.v[i].package->state != PL_DEBIAN_ABSENT &&
		    strcmp(w->interests.v[i].name, name) == 0)
			note_pending(w->interests.v[i].package, w->interests.v[i].name);
}

/* path, without leading slash, is below the directory or is it. */
static bool is_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);
	return directory[0] == '/' && n > 1 && strncmp(path, directory + 1, n - 1) == 0 &&
	       (path[n - 1] == '/' || path[n - 1] == '\0');
}

void pl_debian_trigger_path(struct pl_debian_world *w, const struct pl_debian_package *of,
			    const char *path)
{
	load_interests(w);
	for (size_t i = 0; i < w->interests.n; i++)
		if (w->interests.v[i].package != of && is_below(path, w->interests.v[i].name))
			note_pending(w->interests.v[i].package, w->interests.v[i].name);
}

/* -- for the models -- */

void pl_debian_tell(const struct pl_debian_world *w, enum pl_install_event_kind kind,
		    const char *file, unsigned line, struct pl_str text)
{
	const struct pl_installation *to = w->installation;
	if (!to || !to->tell || !w->current || (kind == PL_INSTALL_COMMAND && !to->trace))
		return;
	const struct pl_install_event e = {.kind = kind,
					   .package = (size_t)(w->current - w->packages),
					   .script = w->script,
					   .file = file,
					   .line = line,
					   .text = text};
	to->tell(to->ctx, &e);
}

void pl_deb_find(struct pl_shell_call *call, enum pl_install_event_kind kind, const char *text)
{
	PL_AUTO(buf) b = {.max = 1 << 10};
	for (int i = 0; i < call->argc && !text; i++) {
		if (i)
			pl_buf_addc(&b, ' ');
		pl_buf_adds(&b, call->argv[i]);
	}
	pl_debian_tell(pl_deb_world(call), kind, call->script, call->line,
		       text ? pl_str_of(text) : pl_buf_str(&b));
}

int pl_deb_print(struct pl_shell_call *call, struct pl_err *err, const char *fmt, ...)
{
	PL_AUTO(buf) b = {.max = 1 << 20};
	va_list ap;
	va_start(ap, fmt);
	pl_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return pl_shell_write(call->shell, 1, pl_buf_str(&b), err);
}

void pl_debian_world_done(struct pl_debian_world *w)
{
	for (size_t i = 0; i < w->n_packages; i++) {
		pl_vec_free(&w->packages[i].paths);
		pl_vec_free(&w->packages[i].triggers);
	}
	pl_vec_free(&w->interests);
	pl_vec_free(&w->diversions);
	pl_vec_free(&w->overrides);
	pl_vec_free(&w->alternatives);
	pl_vec_free(&w->absent);
	pl_debconf_done(w);
	pl_map_done(&w->templates);
	pl_map_done(&w->questions);
	pl_map_done(&w->ucf);
	pl_arena_done(&w->arena);
}
