// SPDX-License-Identifier: Apache-2.0
/*
 * The top layer of an image: what its wanted tree has and the stacked layers below have not,
 * whiteouts for what they have and it has not (image-spec layer.md). So effects, the fleet's files,
 * changed owners and modes, and removals all come about in one way, and package layers stay the
 * same for every image.
 */
#include "assemble/builder_int.h"

#include "assemble/layer_int.h"

struct top {
	struct pl_builder *b;
	const struct pl_target *t;
	const struct pl_tree *stacked;
	struct pl_layer_writer out;
	struct pl_buf path, body;
	struct pl_map emitted; /* directories already in this layer */
	struct pl_arena arena;
};

static void entry_of_node(const struct pl_node *n, struct pl_str path, struct pl_tar_entry *ret)
{
	*ret = (struct pl_tar_entry){.type = n->type,
				     .path = path,
				     .link = n->link,
				     .mode = n->mode,
				     .uid = n->uid,
				     .gid = n->gid,
				     .size = n->size,
				     .mtime = n->mtime,
				     .major = n->major,
				     .minor = n->minor,
				     .capability = n->capability};
	if (n->type != PL_TAR_FILE)
		ret->size = 0;
}

/* The directories above an entry, once a layer: some runtimes refuse entries without them. */
static int emit_parents(struct top *p, const struct pl_node *n, struct pl_err *err)
{
	if (!n->parent || !n->parent->parent)
		return 0;
	PL_AUTO(buf) path = {0};
	struct pl_tar_entry e;
	pl_tree_path(n->parent, &path);
	if (pl_map_has(&p->emitted, pl_buf_str(&path)))
		return 0;
	int rc = emit_parents(p, n->parent, err);
	if (rc < 0)
		return rc;
	pl_map_put(&p->emitted, pl_arena_str(&p->arena, pl_buf_str(&path)), p);
	entry_of_node(n->parent, pl_buf_str(&path), &e);
	return pl_layer_entry(&p->out, &e, err);
}

/* Names below `was` (a directory of the stack) that `is` lacks. */
static int emit_whiteouts(struct top *p, const struct pl_node *is, const struct pl_node *was,
			  struct pl_err *err)
{
	for (uint32_t i = 0; i < was->n_children; i++) {
		const struct pl_node *gone = was->children[i];
		PL_AUTO(buf) path = {0};
		pl_tree_path(gone, &path);
		if (pl_tree_get(&p->t->tree, pl_buf_str(&path)))
			continue;
		pl_buf_clear(&path);
		pl_tree_path(is, &path);
		pl_buf_addf(&path, "%s.wh.%s", path.n ? "/" : "", gone->name.p);
		struct pl_tar_entry e = {
			.type = PL_TAR_FILE, .path = pl_buf_str(&path), .mtime = PL_EPOCH};
		struct pl_node at = {.parent = gone->parent};
		int rc = emit_parents(p, &at, err);
		if (rc == 0)
			rc = pl_layer_entry(&p->out, &e, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int emit_node(struct top *p, const struct pl_node *n, struct pl_str path, struct pl_err *err)
{
	struct pl_tar_entry e;
	int rc = emit_parents(p, n, err);
	if (rc < 0)
		return rc;
	/* A hard link's other name may be in a lower layer, and links must not cross layers: a copy
	 * instead. */
	const struct pl_node *first = n->hardlink ? n->hardlink : n;
	entry_of_node(first, path, &e);
	pl_buf_clear(&p->body);
	if (e.type == PL_TAR_FILE && e.size) {
		rc = pl_target_read(p->b, p->t, first, &p->body, err);
		if (rc == 0 && p->body.n != e.size)
			rc = pl_fail(err, PL_VERIFY, "/%s: %zu bytes read, %llu expected", path.p,
				     p->body.n, (unsigned long long)e.size);
		if (rc < 0)
			return rc;
	}
	if (e.type == PL_TAR_DIR)
		pl_map_put(&p->emitted, pl_arena_str(&p->arena, path), p);
	return pl_layer_put(&p->out, &e, pl_buf_str(&p->body), err);
}

static int write_difference(struct top *p, struct pl_err *err)
{
	int rc = 0;
	const struct pl_node *root = p->t->tree.root;
	for (const struct pl_node *n = root; n && rc == 0; n = pl_tree_next(root, n)) {
		pl_buf_clear(&p->path);
		pl_tree_path(n, &p->path);
		struct pl_str path = pl_arena_str(&p->arena, pl_buf_str(&p->path));
		const struct pl_node *was = pl_tree_get(p->stacked, path);
		if (n != root && !(was && pl_node_same(n, was)) &&
		    !(n->type == PL_TAR_DIR && pl_map_has(&p->emitted, path)))
			rc = emit_node(p, n, path, err);
		if (rc == 0 && was && was->type == PL_TAR_DIR && n->type == PL_TAR_DIR)
			rc = emit_whiteouts(p, n, was, err);
	}
	return rc;
}

static void top_done(struct top *p)
{
	pl_layer_writer_done(&p->out);
	pl_buf_done(&p->path);
	pl_buf_done(&p->body);
	pl_map_done(&p->emitted);
	pl_arena_done(&p->arena);
}

/* An image of which a script was run says so. */
static const char *created_by(struct pl_target *t)
{
	PL_AUTO(buf) text = {0};
	pl_buf_adds(&text, "plimsoll: files");
	for (size_t i = 0, n = 0; i < t->notes.n; i++)
		if (t->notes.v[i].verdict == PL_SCRIPT_SCRIPTED)
			pl_buf_addf(&text, "%s%s.%s",
				    n++ ? ", " : "; scripted: ", t->notes.v[i].package->name,
				    t->notes.v[i].script);
	return pl_arena_cstr(&t->arena, pl_buf_str(&text));
}

int pl_target_top(struct pl_builder *b, struct pl_target *t, const struct pl_tree *stacked,
		  struct pl_built_layer *ret, bool *ret_any, struct pl_err *err)
{
	struct top p = {.b = b, .t = t, .stacked = stacked};
	struct pl_layer_blob blob;
	p.body.max = b->env->limits->memory_file;
	int rc = pl_layer_begin(&p.out, b->store, b->compressor, err);
	if (rc == 0)
		rc = write_difference(&p, err);
	bool any = p.out.entries > 0;
	if (rc == 0 && any)
		rc = pl_layer_finish(&p.out, &blob, err);
	if (rc == 0 && any)
		*ret = (struct pl_built_layer){.digest = blob.digest,
					       .diff_id = blob.diff_id,
					       .size = blob.size,
					       .unpacked = blob.unpacked,
					       .name = "files",
					       .created_by = created_by(t)};
	if (rc == 0)
		*ret_any = any;
	top_done(&p);
	return rc < 0 ? pl_ctx(err, "%s (%s): top layer", t->image->id, t->platform->name) : 0;
}
