// SPDX-License-Identifier: Apache-2.0
/*
 * What of the fleet's own, its definitions and files, is otherwise than a lock has it: what people
 * edited since. Ownership: embedded, pl_lock_edits_done frees; it has copies of all texts. Pure.
 */
#pragma once

#include "base/map.h"
#include "lockfile/lock.h"

enum pl_lock_edit_kind { PL_EDIT_CHANGED, PL_EDIT_NEW, PL_EDIT_GONE };
struct pl_lock_edit {
	const char *image; /* id */
	const char *from;  /* a file below the fleet's directory; NULL: the image's definition */
	enum pl_lock_edit_kind kind;
};
/* Each file of an image once, whatever its platforms. Owns its texts; begins as {0}. */
struct pl_lock_edits {
	struct pl_arena arena;
	PL_VEC(struct pl_lock_edit) v;
	struct pl_map said;
};
void pl_lock_edits_done(struct pl_lock_edits *e);
void pl_lock_edits_add(struct pl_lock_edits *e, const char *image, const char *from,
		       enum pl_lock_edit_kind kind);
/* Of one image on one platform: ids, definitions and files are looked at. */
void pl_lock_edits_image(struct pl_lock_edits *e, const struct pl_lock_image *was,
			 const struct pl_lock_image *is);
void pl_lock_edits_find(struct pl_lock_edits *e, const struct pl_lock *from,
			const struct pl_lock *to);
const char *pl_lock_edit_kind_name(enum pl_lock_edit_kind kind); /* "changed", "new", "gone" */
/* "web: files/www/index.html (changed)" */
const char *pl_lock_edit_text(struct pl_arena *a, const struct pl_lock_edit *e);
/* Nothing there: 0. Else PL_VERIFY, naming as many as the message holds, and notes (pl_note) each
 * other one. */
int pl_lock_edits_refuse(const struct pl_lock_edits *e, const struct pl_env *env,
			 struct pl_err *err) PL_MUST_USE;
