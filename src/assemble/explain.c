// SPDX-License-Identifier: Apache-2.0
#include "assemble/explain.h"

#include "assemble/builder_int.h"
#include "tree/diff.h"

/* Steps and changes of one image at most: who reads more? */
#define STEPS_MAX 100000

struct explaining {
	const struct pl_explain_request *rq;
	struct pl_arena *a;
	PL_VEC(struct pl_step) steps;
	PL_VEC(struct pl_step_change) changes; /* of the command that runs */
	size_t command;                        /* its number + 1 in steps; 0: none runs */
	struct pl_tree before;
	bool has_before;
};

/* -- changes -- */

static void describe(struct pl_buf *b, const struct pl_node *n)
{
	const struct pl_node *f = pl_node_file(n);
	static const char *const types[] = {
		[PL_TAR_FILE] = "file", [PL_TAR_DIR] = "directory", [PL_TAR_SYMLINK] = "link"};
	const char *type = f->type < PL_COUNT(types) ? types[f->type] : NULL;
	if (f->type == PL_TAR_SYMLINK) {
		pl_buf_addf(b, "link to " PL_STR_FMT, PL_STR_ARG(f->link));
		return;
	}
	pl_buf_addf(b, "%s %04o %u:%u", type ? type : "device", f->mode, f->uid, f->gid);
	if (f->type == PL_TAR_FILE)
		pl_buf_addf(b, ", %llu bytes", (unsigned long long)f->size);
}

static void compare(struct pl_buf *b, const struct pl_node *was, const struct pl_node *is)
{
	const struct pl_node *x = pl_node_file(was), *y = pl_node_file(is);
	if (x->type != y->type || x->type == PL_TAR_SYMLINK) {
		describe(b, was);
		pl_buf_adds(b, " -> ");
		describe(b, is);
		return;
	}
	if (x->mode != y->mode)
		pl_buf_addf(b, ", mode %04o -> %04o", x->mode, y->mode);
	if (x->uid != y->uid || x->gid != y->gid)
		pl_buf_addf(b, ", owner %u:%u -> %u:%u", x->uid, x->gid, y->uid, y->gid);
	if (x->type == PL_TAR_FILE && !pl_digest_eq(&x->sha256, &y->sha256))
		pl_buf_addf(b, ", %llu bytes -> %llu bytes", (unsigned long long)x->size,
			    (unsigned long long)y->size);
	if (!pl_str_eq(x->capability, y->capability))
		pl_buf_adds(b, ", capabilities");
	if (!was->hardlink != !is->hardlink)
		pl_buf_adds(b, is->hardlink ? ", a hard link" : ", no hard link any more");
}

static void add_change(void *ctx, const struct pl_node *was, const struct pl_node *is)
{
	struct explaining *e = ctx;
	PL_AUTO(buf) path = {0}, text = {0};
	pl_tree_path(is ? is : was, &path);
	if (e->rq->path && !pl_str_is(pl_buf_str(&path), e->rq->path))
		return;
	if (was && is) {
		compare(&text, was, is);
	} else {
		pl_buf_adds(&text, is ? "made: " : "removed: ");
		describe(&text, is ? is : was);
	}
	struct pl_str said = pl_buf_str(&text);
	if (pl_str_starts(said, ", "))
		said = pl_str_sub(said, 2, said.n);
	*pl_vec_push(&e->changes) = (struct pl_step_change){pl_arena_cstr(e->a, pl_buf_str(&path)),
							    pl_arena_cstr(e->a, said)};
}

/* What the command did that ran until now. */
static void end_command(struct explaining *e, const struct pl_tree *now)
{
	if (!e->command)
		return;
	struct pl_step *s = &e->steps.v[e->command - 1];
	pl_tree_diff(&e->before, now, add_change, e);
	s->changes = pl_arena_dup(e->a, e->changes.v, e->changes.n, sizeof(*e->changes.v));
	s->n_changes = e->changes.n;
	e->command = 0;
	if (e->changes.n && e->has_before) {
		pl_tree_done(&e->before);
		e->has_before = false;
	}
	e->changes.n = 0;
}

static void begin_command(struct explaining *e, const struct pl_tree *now)
{
	e->command = e->steps.n;
	if (e->has_before)
		return;
	pl_tree_init(&e->before);
	pl_tree_copy(&e->before, now);
	e->has_before = true;
}

static void forget_tree(struct explaining *e)
{
	if (e->has_before)
		pl_tree_done(&e->before);
	e->has_before = false;
}

/* -- steps -- */

static void hear(void *ctx, const struct pl_target *t, const struct pl_lock_package *p,
		 const struct pl_install_event *event)
{
	struct explaining *e = ctx;
	bool is_ours = strcmp(t->image->id, e->rq->image) == 0 && t->platform == e->rq->platform &&
		       (!e->rq->package || strcmp(e->rq->package, p->name) == 0);
	if (!is_ours || e->steps.n == STEPS_MAX)
		return;
	if (event->kind == PL_INSTALL_BEGIN || event->kind == PL_INSTALL_END) {
		end_command(e, &t->tree);
		forget_tree(e); /* files come between scripts */
		return;
	}
	if (event->kind == PL_INSTALL_COMMAND)
		end_command(e, &t->tree);
	*pl_vec_push(&e->steps) =
		(struct pl_step){.package = p,
				 .script = pl_arena_cstr(e->a, pl_str_of(event->script)),
				 .file = pl_arena_cstr(e->a, pl_str_of(event->file)),
				 .line = event->line,
				 .kind = event->kind,
				 .text = pl_arena_cstr(e->a, event->text)};
	if (event->kind == PL_INSTALL_COMMAND)
		begin_command(e, &t->tree);
}

static bool holds(const struct pl_lock *l, const struct pl_lock_image *i, const char *package)
{
	for (; i; i = i->base ? pl_lock_image_find(l, i->base, i->platform) : NULL)
		for (size_t k = 0; k < i->n_packages; k++)
			if (strcmp(i->packages[k]->name, package) == 0)
				return true;
	return false;
}

/* Notes of the image that is explained. */
static void take_notes(struct explaining *e, const struct pl_target *t, struct pl_explained *ret)
{
	ret->notes = pl_arena_array(e->a, struct pl_script_note, t->notes.n + 1);
	for (size_t i = 0; i < t->notes.n; i++) {
		struct pl_script_note n = t->notes.v[i];
		if (e->rq->package && strcmp(n.package->name, e->rq->package) != 0)
			continue;
		n.script = pl_arena_cstr(e->a, pl_str_of(n.script));
		n.why = pl_arena_cstr(e->a, pl_str_of(n.why));
		ret->notes[ret->n_notes++] = n;
	}
}

int pl_build_explain(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *l,
		     struct pl_store *store, const struct pl_explain_request *rq,
		     struct pl_arena *a, struct pl_explained *ret, struct pl_err *err)
{
	PL_AUTO_FREE(build_result) r = NULL;
	struct explaining e = {.rq = rq, .a = a};
	const struct pl_compose_request compose = {rq->image, rq->platform, hear, &e};
	struct pl_target *t = NULL;
	const struct pl_lock_image *i = pl_lock_image_find(l, rq->image, rq->platform);
	*ret = (struct pl_explained){0};
	if (i && rq->package && !holds(l, i, rq->package))
		return pl_fail(err, PL_NOT_FOUND, "the image %s (%s) does not hold the package %s",
			       rq->image, rq->platform->name, rq->package);
	int rc = pl_builder_compose(env, f, l, store, &compose, &r, &t, err);
	if (rc == 0)
		take_notes(&e, t, ret);
	ret->steps = pl_arena_dup(a, e.steps.v, e.steps.n, sizeof(*e.steps.v));
	ret->n_steps = e.steps.n;
	forget_tree(&e);
	pl_vec_free(&e.steps);
	pl_vec_free(&e.changes);
	return rc;
}
