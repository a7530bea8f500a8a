// SPDX-License-Identifier: Apache-2.0
#include "trial/trial_int.h"

#include "assemble/build.h"
#include "lock/relock.h"

#define ID "trial"

const struct pl_composed *pl_trial_composed(const struct pl_trial *t) { return t->composed; }

void pl_trial_free(struct pl_trial *t)
{
	if (!t)
		return;
	if (t->has_installed)
		pl_tree_done(&t->installed);
	pl_composed_free(t->composed);
	pl_lock_free(t->lock);
	pl_arena_done(&t->arena);
	free(t);
}

/* The packages of an image and of all that it stands on, the lowest first. */
static void add_packages(struct pl_trial *t, const struct pl_image *i)
{
	if (i->base)
		add_packages(t, i->base);
	for (size_t k = 0; k < i->n_packages; k++)
		t->image.packages[t->image.n_packages++] = i->packages[k];
}

static void copy_image(struct pl_trial *t, const struct pl_image *from)
{
	size_t n_packages = 0;
	for (const struct pl_image *i = from; i; i = i->base)
		n_packages += i->n_packages;
	t->image.distro = from->distro;
	t->image.file = from->file;
	t->image.line = from->line;
	t->image.debconf = from->debconf;
	t->image.n_debconf = from->n_debconf;
	t->image.scripted = from->scripted;
	t->image.packages = pl_arena_array(&t->arena, struct pl_package_ask, n_packages + 1);
	t->image.acks = from->acks; /* its bases' are among them */
	t->image.n_acks = from->n_acks;
	add_packages(t, from);
}

static void name_packages(struct pl_trial *t, const struct pl_trial_request *rq)
{
	size_t n = 0;
	while (rq->packages[n])
		n++;
	t->image.distro = rq->distro;
	t->image.file = "the command line";
	t->image.packages = pl_arena_array(&t->arena, struct pl_package_ask, n + 1);
	t->image.n_packages = n;
	for (size_t i = 0; i < n; i++) {
		const char *name = pl_arena_cstr(&t->arena, pl_str_of(rq->packages[i]));
		t->image.packages[i] = (struct pl_package_ask){.text = name,
							       .name = pl_str_of(name),
							       .file = t->image.file,
							       .line = 1,
							       .column = (unsigned)i + 1};
	}
}

/* A fleet of one image from nothing, with the distros and recipes of the other. */
static void make_fleet(struct pl_trial *t, const struct pl_fleet *f,
		       const struct pl_trial_request *rq)
{
	const struct pl_platform **platforms =
		pl_arena_array(&t->arena, const struct pl_platform *, 2);
	platforms[0] = rq->platform;
	t->platform = rq->platform;
	if (rq->image)
		copy_image(t, rq->image);
	else
		name_packages(t, rq);
	t->image.name = t->image.id = ID;
	t->image.platforms = platforms;
	t->image.declared = &t->image;
	t->images[0] = &t->image;
	t->fleet = *f;
	t->fleet.images = t->images;
	t->fleet.n_images = 1;
	t->fleet.platforms = platforms;
}

static int make_lock(struct pl_trial *t, const struct pl_lock *former, struct pl_err *err)
{
	struct pl_prover prover = {.env = t->env, .fleet = &t->fleet, .store = t->store};
	const struct pl_relock_options o = {.mode = PL_RELOCK_KEEP,
					    .with_granted = true,
					    .prove = pl_build_prove,
					    .prove_ctx = &prover};
	int rc = pl_relock(t->env, &t->fleet, t->store, former, &o, &t->lock, NULL, err);
	pl_build_result_free(prover.result);
	return rc;
}

int pl_trial_compose(struct pl_trial *t, struct pl_err *err)
{
	pl_composed_free(t->composed);
	t->composed = NULL;
	return pl_build_compose(t->env, &t->fleet, t->lock, t->store, ID, t->platform, &t->composed,
				err);
}

int pl_trial_open(const struct pl_env *env, const struct pl_fleet *f, const struct pl_lock *former,
		  struct pl_store *store, const struct pl_trial_request *rq, struct pl_trial **ret,
		  struct pl_err *err)
{
	PL_AUTO_FREE(trial) t = pl_xcalloc(1, sizeof(*t));
	t->env = env;
	t->store = store;
	make_fleet(t, f, rq);
	t->format = pl_format_find(env, t->image.distro->ecosystem);
	int rc = make_lock(t, former, err);
	if (rc == 0)
		rc = pl_trial_compose(t, err);
	if (rc == 0)
		*ret = pl_steal(&t);
	return rc;
}
