// SPDX-License-Identifier: Apache-2.0
/* What a new lock changes, for people and as JSON. */
#include "base/clock.h"
#include "base/num.h"
#include "cli/cli_int.h"
#include "lock/definitions.h"

#include <unistd.h>

void pl_json_changes(struct pl_jw *w, const struct pl_lock_changes *ch)
{
	pl_jw_key(w, "changes");
	pl_jw_array(w);
	for (size_t i = 0; i < ch->n; i++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "distro", ch->v[i].distro);
		pl_jw_kcstr(w, "package", ch->v[i].package);
		pl_jw_kcstr(w, "architecture", ch->v[i].architecture);
		pl_jw_kcstr(w, "source", ch->v[i].source);
		pl_jw_kcstr(w, "from", ch->v[i].from);
		pl_jw_kcstr(w, "to", ch->v[i].to);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

void pl_out_changes(struct pl_cli *c, const struct pl_lock_changes *ch)
{
	static const enum pl_column kinds[] = {PL_COLUMN_TEXT, PL_COLUMN_TEXT, PL_COLUMN_WHOLE,
					       PL_COLUMN_TEXT};
	struct pl_table t = {.a = &c->arena, .columns = 4, .kinds = kinds};
	for (size_t i = 0; i < ch->n; i++) {
		const struct pl_lock_change *x = &ch->v[i];
		pl_table_addf(&t, "  %s:%s", x->package, x->architecture);
		pl_table_add(&t, x->from ? x->from : "(new)");
		pl_table_add(&t, "->");
		pl_table_add(&t, x->to ? x->to : "(gone)");
	}
	pl_table_print(&t, c);
}

void pl_cli_compare(struct pl_cli *c, struct pl_store *store, const struct pl_lock *former,
		    const struct pl_lock *l, struct pl_cli_changes *ret)
{
	pl_lock_diff(&c->arena, former, l, &ret->packages);
	pl_lock_diff_images(&c->arena, former, l, &ret->images);
	pl_lock_diff_suites(&c->arena, former, l, &ret->suites);
	ret->keys = pl_arena_array(&c->arena, const char **, ret->images.n + 1);
	for (size_t i = 0; i < ret->images.n; i++)
		if (ret->images.v[i].definition)
			ret->keys[i] = pl_definitions_compare(
				store, &c->arena, &ret->images.v[i].from, &ret->images.v[i].to);
}

static void json_images(struct pl_jw *w, const struct pl_cli_changes *l)
{
	pl_jw_key(w, "image_changes");
	pl_jw_array(w);
	for (size_t i = 0; i < l->images.n; i++) {
		const struct pl_lock_image_change *c = &l->images.v[i];
		pl_jw_object(w);
		pl_jw_kcstr(w, "id", c->id);
		pl_jw_kcstr(w, "change", !c->is_old ? "new" : !c->is_new ? "gone" : "changed");
		pl_jw_kbool(w, "definition", c->definition);
		if (l->keys[i])
			pl_jw_kcstrs(w, "keys", l->keys[i]);
		else
			pl_jw_kcstr(w, "keys", NULL);
		pl_jw_kcstrs(w, "files", c->files);
		pl_jw_kcstrs(w, "platforms_new", c->platforms_new);
		pl_jw_kcstrs(w, "platforms_gone", c->platforms_gone);
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void json_suites(struct pl_jw *w, const struct pl_cli_changes *l)
{
	char text[PL_TIME_TEXT];
	pl_jw_key(w, "suite_changes");
	pl_jw_array(w);
	for (size_t i = 0; i < l->suites.n; i++) {
		const struct pl_lock_suite_change *c = &l->suites.v[i];
		pl_jw_object(w);
		pl_jw_kcstr(w, "distro", c->distro);
		pl_jw_kcstr(w, "suite", c->suite);
		pl_jw_kcstr(w, "from", c->has_from ? pl_time_rfc3339(c->from, text) : NULL);
		pl_jw_kcstr(w, "to", pl_time_rfc3339(c->to, text));
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

static void add_list(struct pl_buf *b, const char *before, const char *const *v, const char *after)
{
	for (size_t i = 0; v && v[i]; i++) {
		pl_buf_adds(b, i ? ", " : before);
		pl_out_text(b, v[i]);
		pl_buf_adds(b, v[i + 1] ? "" : after);
	}
}

/* "definition changed (env, labels); files: /etc/app.conf" */
static void text_images(struct pl_cli *c, const struct pl_cli_changes *l)
{
	for (size_t i = 0; i < l->images.n; i++) {
		const struct pl_lock_image_change *x = &l->images.v[i];
		PL_AUTO(buf) b = {0};
		pl_buf_addf(&b, "%s: ", x->id);
		if (!x->is_old || !x->is_new)
			pl_buf_adds(&b, x->is_new ? "new image" : "image gone");
		size_t n = b.n;
		if (x->definition)
			pl_buf_adds(&b, "definition changed");
		add_list(&b, " (", l->keys[i], ")");
		add_list(&b, b.n > n ? "; files: " : "files: ", x->files, "");
		if (x->is_old && x->is_new) {
			add_list(&b, b.n > n ? "; new: " : "new: ", x->platforms_new, "");
			add_list(&b, b.n > n ? "; gone: " : "gone: ", x->platforms_gone, "");
		}
		pl_buf_adds(&c->out, "  ");
		pl_out_wrapped(&c->out, b.p, 2, 4, pl_terminal_columns(STDOUT_FILENO));
	}
}

static void text_suites(struct pl_cli *c, const struct pl_cli_changes *l)
{
	char from[PL_TIME_TEXT], to[PL_TIME_TEXT];
	static const enum pl_column kinds[] = {PL_COLUMN_TEXT, PL_COLUMN_WHOLE, PL_COLUMN_WHOLE,
					       PL_COLUMN_WHOLE};
	struct pl_table t = {.a = &c->arena, .columns = 4, .kinds = kinds};
	for (size_t i = 0; i < l->suites.n; i++) {
		const struct pl_lock_suite_change *x = &l->suites.v[i];
		pl_table_addf(&t, "  index of %s", x->suite);
		pl_table_add(&t, x->has_from ? pl_time_rfc3339(x->from, from) : "(new)");
		pl_table_add(&t, "->");
		pl_table_add(&t, pl_time_rfc3339(x->to, to));
	}
	pl_table_print(&t, c);
}

void pl_json_lock_changes(struct pl_jw *w, const struct pl_cli_changes *ch)
{
	pl_json_changes(w, &ch->packages);
	json_images(w, ch);
	json_suites(w, ch);
}

bool pl_out_lock_changes(struct pl_cli *c, const struct pl_cli_changes *ch)
{
	text_images(c, ch);
	pl_out_changes(c, &ch->packages);
	text_suites(c, ch);
	return ch->images.n + ch->packages.n + ch->suites.n > 0;
}

#define EDITS_SHOWN 20 /* in text; a directory may hold thousands of files */

void pl_json_edits(struct pl_jw *w, const struct pl_lock_edits *e)
{
	pl_jw_key(w, "edits");
	pl_jw_array(w);
	for (size_t i = 0; i < e->v.n; i++) {
		pl_jw_object(w);
		pl_jw_kcstr(w, "image", e->v.v[i].image);
		pl_jw_kcstr(w, "file", e->v.v[i].from);
		pl_jw_kcstr(w, "change", pl_lock_edit_kind_name(e->v.v[i].kind));
		pl_jw_end_object(w);
	}
	pl_jw_end_array(w);
}

void pl_out_edits(struct pl_cli *c, const struct pl_lock_edits *e)
{
	for (size_t i = 0; i < e->v.n && i < EDITS_SHOWN; i++) {
		pl_buf_adds(&c->out, "  ");
		pl_out_text(&c->out, pl_lock_edit_text(&c->arena, &e->v.v[i]));
		pl_buf_addc(&c->out, '\n');
	}
	if (e->v.n > EDITS_SHOWN)
		pl_buf_addf(&c->out, "  and %zu more\n", e->v.n - EDITS_SHOWN);
}

const char *pl_cli_lock_counted(struct pl_cli *c, const struct pl_lock *l)
{
	size_t images = 0, platforms = 0;
	for (size_t i = 0; i < l->n_images; i++) {
		size_t k = 0;
		images += i == 0 || strcmp(l->images[i].id, l->images[i - 1].id) != 0;
		while (k < i && l->images[k].platform != l->images[i].platform)
			k++;
		platforms += k == i;
	}
	return pl_arena_printf(&c->arena, "%s on %s", PL_COUNTED(images, "image"),
			       PL_COUNTED(platforms, "platform"));
}
