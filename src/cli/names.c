// SPDX-License-Identifier: Apache-2.0
/*
 * Images as people write them, the same for every command: "base", "base:bookworm" (with its tag),
 * "velero:aws" (a variant), any of them with the registry or its last parts before it, and with
 * "@sha256:..." where content can be asked for. What could mean two images is an error that lists
 * them.
 */
#include "base/file.h"
#include "base/place.h"
#include "cli/cli_int.h"

#define LISTED 8

/* What was typed, in parts: "repository[:tag][@digest]". */
struct typed {
	const char *whole;             /* as it was typed */
	const char *name;              /* without the digest; a directory's as its place */
	const char *digest;            /* "@sha256:..."; "": none */
	struct pl_str repository, tag; /* of name; tag.p NULL: none */
};

static struct typed take_apart(struct pl_cli *c, const char *text)
{
	struct pl_str s = pl_str_of(text), digest = {"", 0};
	size_t at = pl_str_rfind(s, '@');
	if (at != SIZE_MAX && pl_str_starts(pl_str_sub(s, at + 1, s.n), "sha256:")) {
		digest = pl_str_sub(s, at, s.n);
		s = pl_str_sub(s, 0, at);
	}
	struct typed t = {
		.whole = text,
		.name = pl_place_resolve(&c->arena, pl_cli_place(c), pl_arena_cstr(&c->arena, s)),
		.digest = pl_arena_cstr(&c->arena, digest)};
	t.repository = pl_str_of(t.name);
	size_t colon = pl_str_rfind(t.repository, ':'), slash = pl_str_rfind(t.repository, '/');
	if (colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash)) {
		t.tag = pl_str_sub(t.repository, colon + 1, t.repository.n);
		t.repository = pl_str_sub(t.repository, 0, colon);
	}
	return t;
}

/* Is it the repository, or its last parts? */
static bool is_end_of(struct pl_str part, struct pl_str repository)
{
	if (part.n == 0 || part.n > repository.n)
		return false;
	size_t from = repository.n - part.n;
	return pl_str_eq(part, pl_str_sub(repository, from, part.n)) &&
	       (from == 0 || repository.p[from - 1] == '/');
}

typedef PL_VEC(const struct pl_image *) images;

/* The fleet's images that it can mean. A whole name is never also the end of another one. */
static void find_in_fleet(struct pl_cli *c, const struct pl_fleet *f, const struct typed *t,
			  images *ret)
{
	for (int whole = 1; whole >= 0 && ret->n == 0; whole--)
		for (size_t k = 0; k < f->n_images; k++) {
			const struct pl_image *i = f->images[k];
			struct pl_str place = pl_str_of(pl_image_place(&c->arena, f, i));
			bool named = whole ? pl_str_is(t->repository, i->name) ||
						     pl_str_eq(t->repository, place)
					   : is_end_of(t->repository, place);
			bool tagged = !t->tag.p || pl_str_is(t->tag, pl_image_tag(&c->arena, i)) ||
				      (i->variant && pl_str_is(t->tag, i->variant));
			if (named && tagged)
				*pl_vec_push(ret) = i;
		}
}

static const char *shown(struct pl_cli *c, const struct pl_fleet *f, const struct pl_image *i)
{
	return pl_cli_name_shown(c, pl_arena_printf(&c->arena, "%s:%s",
						    pl_image_place(&c->arena, f, i),
						    pl_image_tag(&c->arena, i)));
}

static int ambiguous(struct pl_cli *c, const struct typed *t, const char *const *names, size_t n,
		     struct pl_err *err)
{
	PL_AUTO(buf) list = {.max = 400};
	for (size_t i = 0; i < n && i < LISTED; i++)
		pl_buf_addf(&list, "%s%s", i ? ", " : "", pl_cli_name_shown(c, names[i]));
	if (n > LISTED)
		pl_buf_addf(&list, " and %zu more", n - LISTED);
	return pl_fail(err, PL_INPUT, "'%.100s' could mean %s: say which", t->whole,
		       pl_buf_str(&list).p);
}

static int ambiguous_in_fleet(struct pl_cli *c, const struct pl_fleet *f, const struct typed *t,
			      const images *v, struct pl_err *err)
{
	const char **names = pl_arena_array(&c->arena, const char *, v->n);
	for (size_t i = 0; i < v->n; i++)
		names[i] = shown(c, f, v->v[i]);
	return ambiguous(c, t, names, v->n, err);
}

static int not_in_fleet(const struct pl_fleet *f, const struct typed *t, struct pl_err *err)
{
	PL_VEC(const char *) names = {0};
	for (size_t i = 0; i < f->n_images; i++) {
		*pl_vec_push(&names) = f->images[i]->id;
		*pl_vec_push(&names) = f->images[i]->name;
	}
	const char *near = pl_nearest(pl_str_of(t->name), names.v, names.n);
	if (!near)
		near = pl_nearest(t->repository, names.v, names.n);
	pl_vec_free(&names);
	return pl_fail(err, PL_NOT_FOUND, "no image '%.150s' in this fleet%s%s%s", t->whole,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* An image's name alone means all its variants. */
static bool are_variants(const struct typed *t, const images *v)
{
	for (size_t i = 1; i < v->n; i++)
		if (strcmp(v->v[i]->name, v->v[0]->name) != 0)
			return false;
	return !t->tag.p;
}

static int add_ids(struct pl_cli *c, const struct pl_fleet *f, const char *text, size_t *n,
		   const char **ids, struct pl_err *err)
{
	struct typed t = take_apart(c, text);
	images found = {0};
	int rc = 0;
	if (t.digest[0])
		return pl_fail(err, PL_INPUT,
			       "'%.150s': what is built follows from the lock; name the image "
			       "without @sha256:...",
			       text);
	find_in_fleet(c, f, &t, &found);
	if (found.n == 0)
		rc = not_in_fleet(f, &t, err);
	else if (found.n > 1 && !are_variants(&t, &found))
		rc = ambiguous_in_fleet(c, f, &t, &found, err);
	for (size_t i = 0; i < found.n && rc == 0; i++)
		ids[(*n)++] = found.v[i]->id;
	pl_vec_free(&found);
	return rc;
}

int pl_cli_images(struct pl_cli *c, const struct pl_fleet *f, const char *const **ret,
		  struct pl_err *err)
{
	size_t n = 0;
	const char **ids =
		pl_arena_array(&c->arena, const char *, c->args.n_operands *(f->n_images + 1) + 1);
	for (size_t i = 0; i < c->args.n_operands; i++) {
		int rc = add_ids(c, f, c->args.operands[i], &n, ids, err);
		if (rc < 0)
			return rc;
	}
	*ret = n ? ids : NULL;
	return 0;
}

void pl_cli_names_meant(struct pl_cli *c, const struct pl_fleet *f, const char *typed,
			struct pl_cli_names *ret)
{
	struct typed t = take_apart(c, typed);
	images found = {0};
	if (f && !t.digest[0])
		find_in_fleet(c, f, &t, &found);
	ret->n = found.n ? found.n : 1;
	ret->v = pl_arena_array(&c->arena, const char *, ret->n);
	ret->v[0] = pl_cli_name_whole(c, typed);
	for (size_t i = 0; i < found.n; i++)
		ret->v[i] = pl_cli_name_whole(
			c, pl_arena_printf(&c->arena, "%s:%s",
					   pl_image_repository(&c->arena, f, found.v[i]),
					   pl_image_tag(&c->arena, found.v[i])));
	pl_vec_free(&found);
}

/* The one image of the fleet that it means; *ret NULL: none. Beside its variants an image without
 * one has the name as its id. */
static int one_of_fleet(struct pl_cli *c, const struct pl_fleet *f, const struct typed *t,
			const struct pl_image **ret, struct pl_err *err)
{
	images found = {0};
	int rc = 0;
	*ret = NULL;
	if (f)
		find_in_fleet(c, f, t, &found);
	for (size_t i = 0; i < found.n && !*ret; i++)
		if (found.n == 1 || strcmp(t->name, found.v[i]->id) == 0)
			*ret = found.v[i];
	if (found.n && !*ret)
		rc = ambiguous_in_fleet(c, f, t, &found, err);
	pl_vec_free(&found);
	return rc;
}

/* 1: the inventory has just that name, 0: it has not, or it is no whole name. */
static int is_known(struct pl_cli *c, struct pl_inv *inv, const char *name, struct pl_err *err)
{
	struct pl_inv_image im;
	int rc = pl_inv_image_get(inv, &c->arena, pl_str_of(name), &im, err);
	return rc == 0 ? 1 : err->code == PL_NOT_FOUND || err->code == PL_INPUT ? 0 : rc;
}

/* "repository:tag" is cut at its last ':'. */
static struct pl_str repository_of(const char *name)
{
	struct pl_str s = pl_str_of(name);
	return pl_str_sub(s, 0, pl_str_rfind(s, ':'));
}

/* The inventory's names that end with it: of each repository the tag that was typed, or every one.
 */
static int find_in_inventory(struct pl_cli *c, struct pl_inv *inv, const struct typed *t,
			     const char **ret, struct pl_err *err)
{
	struct pl_inv_images all;
	PL_VEC(const char *) found = {0};
	struct pl_str last = {"", 0};
	int rc = pl_inv_images_list(inv, &c->arena, &all, err);
	for (size_t i = 0; rc >= 0 && i < all.n; i++) {
		struct pl_str repository = repository_of(all.v[i].name);
		const char *name = all.v[i].name;
		if (!is_end_of(t->repository, repository))
			continue;
		if (t->tag.p || t->digest[0]) {
			if (pl_str_eq(repository, last))
				continue;
			last = repository;
			name = pl_arena_printf(&c->arena, PL_STR_FMT "%s" PL_STR_FMT "%s",
					       PL_STR_ARG(repository), t->tag.p ? ":" : "",
					       PL_STR_ARG(t->tag), t->digest);
			rc = is_known(c, inv, name, err);
			if (rc <= 0)
				continue;
		}
		*pl_vec_push(&found) = name;
	}
	if (rc >= 0 && found.n > 1)
		rc = ambiguous(c, t, found.v, found.n, err);
	else if (rc >= 0 && found.n == 0)
		rc = pl_fail(err, PL_NOT_FOUND,
			     "image %.150s is not in the inventory; plimsoll images lists what is",
			     t->whole);
	if (rc >= 0)
		*ret = found.v[0];
	pl_vec_free(&found);
	return rc < 0 ? rc : 0;
}

int pl_cli_known_name(struct pl_cli *c, const struct pl_fleet *f, struct pl_inv *inv,
		      const char *text, const char **ret, struct pl_err *err)
{
	struct typed t = take_apart(c, text);
	const struct pl_image *i = NULL;
	/* A whole name first: what is registered under it cannot be named otherwise. As it was
	 * typed, too: a name from before names meant one place. */
	const char *whole = pl_arena_printf(&c->arena, "%s%s", t.name, t.digest);
	const char *names[] = {whole, text, NULL};
	int rc = 0;
	for (size_t k = 0; names[k]; k++) {
		rc = is_known(c, inv, names[k], err);
		if (rc == 1)
			*ret = names[k];
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
	rc = one_of_fleet(c, f, &t, &i, err);
	if (rc < 0)
		return rc;
	if (!i)
		return find_in_inventory(c, inv, &t, ret, err);
	const char *place = pl_image_place(&c->arena, f, i);
	*ret = t.digest[0] ? pl_arena_printf(&c->arena, "%s%s", place, t.digest)
			   : pl_arena_printf(&c->arena, "%s:%s", place, pl_image_tag(&c->arena, i));
	return 0;
}

int pl_cli_reference(struct pl_cli *c, const struct pl_fleet *f, const char *text,
		     struct pl_ref *ret, struct pl_err *err)
{
	struct typed t = take_apart(c, text);
	const struct pl_image *i = NULL;
	int rc = one_of_fleet(c, f, &t, &i, err);
	if (rc < 0)
		return rc;
	if (!i)
		return pl_ref_parse(&c->arena, pl_str_of(text), ret, err);
	const char *repository = pl_image_repository(&c->arena, f, i);
	if (pl_str_starts(pl_str_of(repository), "oci:") && strcmp(f->dir, ".") != 0) {
		PL_AUTOFREE char *path = pl_path_join(f->dir, repository + 4);
		repository = pl_arena_printf(&c->arena, "oci:%s", path);
	}
	const char *whole = pl_arena_printf(&c->arena, "%s:%s%s", repository,
					    pl_image_tag(&c->arena, i), t.digest);
	pl_note(&c->env, "%s is %s", text, whole); /* and not what it may mean elsewhere */
	return pl_ref_parse(&c->arena, pl_str_of(whole), ret, err);
}
