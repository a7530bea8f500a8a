// SPDX-License-Identifier: Apache-2.0
/*
 * The top layer of an image: what its wanted tree has and the stacked layers below have not,
 * whiteouts for what they have and it has not (image-spec layer.md). So effects, the fleet's files,
 * changed owners and modes, and removals all come about in one way, and package layers stay the
 * same for every image.
 */
#include "assemble/builder_int.h"

#include "io/gzip_write.h"

struct top {
	struct pl_builder *b;
	const struct pl_target *t;
	const struct pl_tree *stacked;
	struct pl_members m;
	struct pl_buf header, path, body;
	struct pl_map emitted; /* folders already in this layer */
	struct pl_arena arena;
	size_t entries;
};

static int emit(struct top *p, const struct pl_tar_entry *e, struct pl_str body, struct pl_err *err)
{
	static const char zeros[512];
	pl_buf_clear(&p->header);
	int rc = pl_tar_format(&p->header, e, err);
	if (rc == 0)
		rc = pl_members_write(&p->m, p->header.p, p->header.n, err);
	if (rc == 0 && body.n)
		rc = pl_members_write(&p->m, body.p, body.n, err);
	if (rc == 0 && body.n)
		rc = pl_members_write(&p->m, zeros, pl_tar_padding(body.n), err);
	p->entries++;
	return rc;
}

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

/* The folders above an entry, once a layer: some runtimes refuse entries without them. */
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
	return emit(p, &e, (struct pl_str){NULL, 0}, err);
}

/* Names below `was` (a folder of the stack) that `is` lacks. */
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
			rc = emit(p, &e, (struct pl_str){NULL, 0}, err);
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
	return emit(p, &e, pl_buf_str(&p->body), err);
}

static int walk(struct top *p, struct pl_err *err)
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

int pl_target_top(struct pl_builder *b, const struct pl_target *t, const struct pl_tree *stacked,
		  struct pl_built_layer *ret, bool *ret_any, struct pl_err *err)
{
	static const char end[PL_TAR_END];
	struct pl_built_layer l = {.name = "files"};
	struct top p = {.b = b, .t = t, .stacked = stacked};
	PL_AUTO_FREE(sink) out = NULL;
	PL_AUTO(sha256) h = {0};
	p.body.max = b->env->limits->memory_file;
	int rc = pl_store_writer(b->store, PL_STORE_BLOBS, UINT64_MAX, NULL, &l.digest, &l.size,
				 &out, err);
	if (rc < 0)
		return rc;
	pl_sha256_init(&h);
	pl_members_init(&p.m, out);
	p.m.hash = &h;
	rc = walk(&p, err);
	if (rc == 0)
		rc = pl_members_write(&p.m, end, sizeof(end), err);
	if (rc == 0)
		rc = pl_members_flush(&p.m, err);
	if (rc == 0 && p.entries)
		rc = pl_sink_finish(out, err);
	if (rc == 0) {
		pl_sha256_final(&h, &l.diff_id);
		l.unpacked = p.m.unpacked;
		*ret = l;
		*ret_any = p.entries > 0;
	}
	pl_members_done(&p.m);
	pl_buf_done(&p.header);
	pl_buf_done(&p.path);
	pl_buf_done(&p.body);
	pl_map_done(&p.emitted);
	pl_arena_done(&p.arena);
	return rc < 0 ? pl_ctx(err, "%s (%s): top layer", t->image->id, t->platform->name) : 0;
}
