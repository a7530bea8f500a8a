// SPDX-License-Identifier: Apache-2.0
#include "trial/trial_int.h"

#include "base/file.h"

#define KEPT_MAX ((uint64_t)1 << 20) /* bytes of a file that may be shown, or learnt */

static int read_tar(const struct pl_trial *t, const char *path, struct pl_tree *ret,
		    struct pl_err *err)
{
	struct pl_source *in;
	int rc = pl_source_file(path, &in, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(tar) tar = pl_tar_new(in, t->env->limits, "the real installation");
	return pl_tree_read(tar, t->composed->tree, KEPT_MAX, ret, err);
}

int pl_trial_install(struct pl_trial *t, const char *hostname, struct pl_tree *ret,
		     struct pl_err *err)
{
	PL_AUTO(scratch_dir) place = {0};
	const struct pl_image *i = &t->image;
	const char **questions = pl_arena_array(&t->arena, const char *, i->n_debconf + 1);
	const char **answers = pl_arena_array(&t->arena, const char *, i->n_debconf + 1);
	for (size_t k = 0; k < i->n_debconf; k++) {
		questions[k] = i->debconf[k].key;
		answers[k] = i->debconf[k].value;
	}
	int rc = pl_scratch_dir_make(&place, err);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *tar = pl_path_join(place.path, "installed.tar");
	const struct pl_real_request rq = {.packages = t->composed->packages,
					   .n_packages = t->composed->n_packages,
					   .platform = t->platform,
					   .hostname = hostname,
					   .questions = questions,
					   .answers = answers,
					   .directory = place.path,
					   .tar = tar};
	pl_progress_begin(t->env, "install", 1, t->image.id);
	rc = t->format->install_real(t->env, t->store, &rq, err);
	if (rc == 0)
		rc = read_tar(t, tar, ret, err);
	if (rc == 0)
		pl_progress_end(t->env, "install", "%zu packages installed for real on %s",
				rq.n_packages, hostname);
	return rc;
}
