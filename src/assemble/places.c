// SPDX-License-Identifier: Apache-2.0
/* Directories and links that a definition asks for by name (`files:`). They need no content, so the
 * lock has nothing of them but the definition's hash. */
#include "assemble/builder_int.h"
#include "tree/usrmerge.h"

static int put_place(struct pl_builder *b, struct pl_target *t, const struct pl_file_entry *f,
		     struct pl_err *err)
{
	struct pl_arena *a = &t->tree.arena;
	struct pl_tar_entry e = {.type = f->link ? PL_TAR_SYMLINK : PL_TAR_DIR,
				 .path = pl_usrmerge_path(a, pl_str_of(f->to + 1)),
				 .link = pl_str_of(f->link),
				 .mode = f->link       ? 0777
					 : f->mode < 0 ? 0755
						       : (uint32_t)f->mode,
				 .mtime = PL_EPOCH};
	if (f->implied && pl_tree_resolve(&t->tree, e.path, true))
		return 0;
	int rc = pl_target_owner(b, t, f->owner, &e.uid, &e.gid, err);
	return rc < 0 ? rc : pl_tree_put(&t->tree, &e, NULL, err);
}

/* The definition's own directories, those of its files, then links: what a link leads to is made
 * by then. Each in the order of paths, parents first. */
static unsigned turn(const struct pl_file_entry *f)
{
	return f->kind == PL_ENTRY_LINK ? 2 : f->implied ? 1 : 0;
}

int pl_target_places(struct pl_builder *b, struct pl_target *t, const struct pl_target *stage,
		     struct pl_err *err)
{
	const struct pl_image *i = stage->image;
	for (unsigned now = 0; now <= 2; now++)
		for (size_t k = 0; k < i->n_files; k++) {
			const struct pl_file_entry *f = &i->files[k];
			if (f->kind == PL_ENTRY_FILE || turn(f) != now ||
			    (f->platform && f->platform != t->platform))
				continue;
			int rc = put_place(b, t, f, err);
			if (rc < 0)
				return pl_ctx(err, "%s:%u: %s: %s %s", i->file, f->line, i->id,
					      f->link ? "link" : "directory", f->to);
		}
	return 0;
}
