// SPDX-License-Identifier: Apache-2.0
/* The tree: put, replace, conflicts, hard links, order, copies. */
#include "base/clock.h"
#include "tree/tree.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pl_node *put(struct pl_tree *t, enum pl_tar_type type, const char *path,
			   const char *link)
{
	struct pl_err err = {0};
	struct pl_node *n = NULL;
	struct pl_tar_entry e = {.type = type, .path = pl_str_of(path), .link = pl_str_of(link)};
	e.mode = type == PL_TAR_DIR ? 0755 : 0644;
	e.mtime = 7;
	if (pl_tree_put(t, &e, &n, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	return n;
}

/* Expects the put to fail with that code, to say `word`, and to leave the tree as it was. */
static void refuse(struct pl_tree *t, enum pl_tar_type type, const char *path, const char *link,
		   enum pl_code code, const char *word)
{
	struct pl_err err = {0};
	struct pl_node *n = (struct pl_node *)(uintptr_t)1;
	size_t before = t->n_nodes;
	struct pl_tar_entry e = {.type = type, .path = pl_str_of(path), .link = pl_str_of(link)};
	assert_int_equal(pl_tree_put(t, &e, &n, &err), -(int)code);
	assert_int_equal(err.code, code);
	if (!strstr(err.msg, word))
		fail_msg("'%s' does not say '%s'", err.msg, word);
	assert_ptr_equal(n, (void *)(uintptr_t)1);
	assert_int_equal(t->n_nodes, before);
}

static struct pl_node *get(struct pl_tree *t, const char *path)
{
	return pl_tree_get(t, pl_str_of(path));
}

static struct pl_node *resolve(struct pl_tree *t, const char *path, bool last)
{
	return pl_tree_resolve(t, pl_str_of(path), last);
}

static void paths_of(const struct pl_node *root, struct pl_buf *out)
{
	PL_AUTO(buf) p = {0};
	pl_buf_clear(out);
	for (struct pl_node *n = NULL; (n = pl_tree_next(root, n));) {
		pl_tree_path(n, &p);
		pl_buf_addstr(out, pl_buf_str(&p));
		pl_buf_addc(out, '\n');
	}
}

static void test_put_makes_parents(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	t.root->mtime = 8;
	assert_null(pl_tree_next(t.root, NULL));
	struct pl_node *n = put(&t, PL_TAR_FILE, "usr/share/doc/a", NULL);
	assert_ptr_equal(get(&t, "/usr/share//doc/a/"), n);
	assert_ptr_equal(get(&t, ""), t.root);
	assert_ptr_equal(get(&t, "/"), t.root);
	assert_null(get(&t, "usr/share/doc/a/b"));
	assert_null(get(&t, "usr/shar"));
	struct pl_node *dir = get(&t, "usr/share");
	assert_int_equal(dir->type, PL_TAR_DIR);
	assert_int_equal(dir->mode, 0755);
	assert_int_equal(dir->mtime, 8);
	assert_int_equal(dir->owner, -1);
	assert_int_equal(n->body, PL_BODY_NONE);
	assert_int_equal(t.n_nodes, 4);
	struct pl_tar_entry e = {.type = PL_TAR_DIR, .path = PL_STR(""), .mode = 0700, .mtime = 9};
	struct pl_err err = {0};
	assert_int_equal(pl_tree_put(&t, &e, NULL, &err), 0);
	assert_int_equal(t.root->mode, 0700);
	assert_ptr_equal(get(&t, "usr/share/doc/a"), n);
}

static void test_attributes(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	struct pl_err err = {0};
	struct pl_node *n;
	char cap[] = "\1\0\0\2";
	struct pl_tar_entry e = {.type = PL_TAR_FILE, .path = PL_STR("ping"), .mode = 0104755};
	e.uid = 1;
	e.gid = 2;
	e.size = 33;
	e.mtime = -4;
	e.capability = (struct pl_str){cap, 4};
	assert_int_equal(pl_tree_put(&t, &e, &n, &err), 0);
	cap[0] = 9; /* the tree holds a copy */
	assert_int_equal(n->mode, 04755);
	assert_int_equal(n->uid, 1);
	assert_int_equal(n->gid, 2);
	assert_int_equal(n->size, 33);
	assert_int_equal(n->mtime, -4);
	assert_int_equal(n->capability.n, 4);
	assert_int_equal(n->capability.p[0], 1);
	n->owner = 5;
	n->body = PL_BODY_PACKAGE;
	e.type = PL_TAR_CHAR;
	e.capability = (struct pl_str){0};
	e.major = 1;
	e.minor = 3;
	assert_int_equal(pl_tree_put(&t, &e, &n, &err), 0);
	assert_int_equal(n->size, 0);
	assert_int_equal(n->owner, -1);
	assert_int_equal(n->body, PL_BODY_NONE);
	assert_int_equal(n->minor, 3);
	assert_int_equal(n->capability.n, 0);
	assert_int_equal(t.n_nodes, 1);
	assert_int_equal(pl_tree_file(&t, PL_STR("etc/x"), PL_STR("abc"), 0640, 3, 4, 8, &n, &err),
			 0);
	struct pl_digest d = pl_sha256_of(PL_STR("abc"));
	assert_true(pl_digest_eq(&n->sha256, &d));
	assert_true(pl_str_is(n->bytes, "abc"));
	assert_int_equal(n->size, 3);
	assert_int_equal(n->body, PL_BODY_BYTES);
	assert_int_equal(pl_tree_file(&t, PL_STR("etc/y"), PL_STR(""), 0640, 3, 4, 8, &n, &err), 0);
	assert_int_equal(n->body, PL_BODY_NONE);
	d = pl_sha256_of(PL_STR(""));
	assert_true(pl_digest_eq(&n->sha256, &d));
}

static void test_usr_merge(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	put(&t, PL_TAR_DIR, "usr/lib", NULL);
	put(&t, PL_TAR_SYMLINK, "lib", "usr/lib");
	put(&t, PL_TAR_SYMLINK, "lib64", "/lib");
	struct pl_node *n = put(&t, PL_TAR_FILE, "lib64/x/y", NULL);
	assert_ptr_equal(get(&t, "usr/lib/x/y"), n);
	assert_int_equal(get(&t, "lib")->type, PL_TAR_SYMLINK);
	/* A directory over a symlink to one keeps the link and sets the directory. */
	get(&t, "usr/lib")->mode = 0700;
	n = put(&t, PL_TAR_DIR, "lib/", NULL);
	assert_ptr_equal(n, get(&t, "usr/lib"));
	assert_int_equal(n->mode, 0755);
	assert_ptr_equal(get(&t, "usr/lib/x/y")->parent->parent, n);
	assert_int_equal(get(&t, "lib")->type, PL_TAR_SYMLINK);
	/* The directory remembered from the last put is forgotten when the link moves. */
	put(&t, PL_TAR_FILE, "lib/one", NULL);
	put(&t, PL_TAR_DIR, "opt", NULL);
	put(&t, PL_TAR_FILE, "lib/two", NULL);
	put(&t, PL_TAR_SYMLINK, "lib", "opt");
	put(&t, PL_TAR_FILE, "lib/three", NULL);
	assert_non_null(get(&t, "usr/lib/two"));
	assert_non_null(get(&t, "opt/three"));
	put(&t, PL_TAR_FILE, "opt/z/1", NULL);
	pl_tree_remove(&t, get(&t, "opt/z"));
	n = put(&t, PL_TAR_FILE, "opt/z/2", NULL);
	assert_ptr_equal(get(&t, "opt/z/2"), n);
}

static void test_conflicts(void **state)
{
	PL_AUTO(tree) t;
	char longest[257];
	pl_tree_init(&t);
	put(&t, PL_TAR_FILE, "a/file", NULL);
	put(&t, PL_TAR_SYMLINK, "dangling", "nowhere");
	put(&t, PL_TAR_SYMLINK, "loop", "loop");
	refuse(&t, PL_TAR_FILE, "a/file/x", NULL, PL_CONFLICT, "'file' is not a directory");
	refuse(&t, PL_TAR_FILE, "dangling/x/y", NULL, PL_CONFLICT, "dangling");
	refuse(&t, PL_TAR_FILE, "loop/x", NULL, PL_LIMIT, "40");
	refuse(&t, PL_TAR_FILE, "a", NULL, PL_CONFLICT, "not empty");
	refuse(&t, PL_TAR_SYMLINK, "", "x", PL_CONFLICT, "/: ");
	refuse(&t, PL_TAR_DIR, "a/file", NULL, PL_CONFLICT, "not a directory");
	refuse(&t, PL_TAR_DIR, "dangling", NULL, PL_CONFLICT, "not a directory");
	refuse(&t, PL_TAR_FILE, "new/../x", NULL, PL_INPUT, "'..'");
	refuse(&t, PL_TAR_FILE, "./x", NULL, PL_INPUT, "'.'");
	refuse(&t, PL_TAR_HARDLINK, "new/x", "none", PL_INPUT, "not there");
	refuse(&t, PL_TAR_HARDLINK, "new/x", "a", PL_INPUT, "a directory");
	refuse(&t, PL_TAR_HARDLINK, "self", "self", PL_INPUT, "not there");
	memset(longest, 'n', sizeof(longest));
	longest[256] = '\0';
	refuse(&t, PL_TAR_FILE, longest, NULL, PL_INPUT, "255");
	longest[255] = '\0';
	put(&t, PL_TAR_FILE, longest, NULL);
	struct pl_err err = {0};
	struct pl_tar_entry e = {.type = PL_TAR_FILE, .path = {"a\0b", 3}};
	assert_int_equal(pl_tree_put(&t, &e, NULL, &err), -PL_INPUT);
	put(&t, PL_TAR_DIR, "empty", NULL);
	put(&t, PL_TAR_SYMLINK, "empty", "a");
	assert_int_equal(get(&t, "empty")->type, PL_TAR_SYMLINK);
	refuse(&t, PL_TAR_FILE, "\x1b[31m/../x", NULL, PL_INPUT, "\\x1b[31m");
}

static void test_resolve(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	struct pl_node *f = put(&t, PL_TAR_FILE, "usr/bin/env", NULL);
	struct pl_node *l = put(&t, PL_TAR_SYMLINK, "bin", "usr/bin");
	put(&t, PL_TAR_SYMLINK, "usr/up", "../../../usr/./bin/env");
	put(&t, PL_TAR_SYMLINK, "usr/abs", "/usr/up");
	put(&t, PL_TAR_SYMLINK, "usr/rel", "up");
	put(&t, PL_TAR_SYMLINK, "usr/none", "/etc/none");
	put(&t, PL_TAR_SYMLINK, "usr/void", "");
	assert_ptr_equal(resolve(&t, "bin/env", true), f);
	assert_ptr_equal(resolve(&t, "/bin/../bin/env", true), f);
	assert_ptr_equal(resolve(&t, "bin", false), l);
	assert_ptr_equal(resolve(&t, "bin", true), get(&t, "usr/bin"));
	assert_ptr_equal(resolve(&t, "bin/", false), get(&t, "usr/bin"));
	assert_ptr_equal(resolve(&t, "usr/up", true), f);
	assert_ptr_equal(resolve(&t, "usr/abs", true), f);
	assert_ptr_equal(resolve(&t, "usr/rel", true), f);
	assert_ptr_equal(resolve(&t, "..", true), t.root);
	assert_null(resolve(&t, "usr/none", true));
	assert_non_null(resolve(&t, "usr/none", false));
	assert_null(resolve(&t, "usr/void", true));
	assert_null(resolve(&t, "usr/bin/env/x", true));
	assert_null(resolve(&t, "usr/bin/env/..", true));
	put(&t, PL_TAR_SYMLINK, "x", "y");
	put(&t, PL_TAR_SYMLINK, "y", "x");
	assert_null(resolve(&t, "x", true));
	put(&t, PL_TAR_HARDLINK, "usr/again", "bin");
	assert_ptr_equal(resolve(&t, "usr/again", false), get(&t, "usr/again"));
	assert_null(resolve(&t, "usr/again", true)); /* "usr/bin" from /usr is /usr/usr/bin */
}

static void test_forty_links(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	struct pl_node *f = put(&t, PL_TAR_FILE, "end/f", NULL);
	put(&t, PL_TAR_SYMLINK, "l0", "end");
	for (int i = 1; i <= 40; i++) {
		char name[8], to[8];
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(to, sizeof(to), "l%d", i - 1);
		put(&t, PL_TAR_SYMLINK, name, to);
	}
	assert_ptr_equal(resolve(&t, "l39/f", true), f); /* 40 links */
	assert_null(resolve(&t, "l40/f", true));         /* 41 */
	assert_ptr_equal(put(&t, PL_TAR_FILE, "l39/f", NULL), f);
	refuse(&t, PL_TAR_FILE, "l40/f", NULL, PL_LIMIT, "40");
	/* The count is of all links on the way, not of each component's. */
	put(&t, PL_TAR_SYMLINK, "end/back", "..");
	assert_ptr_equal(resolve(&t, "l18/back/l18/back/end/f", true), f); /* 40 */
	assert_null(resolve(&t, "l18/back/l19/back/end/f", true));
}

static void test_hardlinks(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	struct pl_err err = {0};
	struct pl_node *a;
	assert_int_equal(pl_tree_file(&t, PL_STR("m/a"), PL_STR("body"), 0640, 1, 2, 3, &a, &err),
			 0);
	a->owner = 4;
	struct pl_node *z = put(&t, PL_TAR_HARDLINK, "z", "m/a");
	struct pl_node *b = put(&t, PL_TAR_HARDLINK, "k/b", "z"); /* through another name */
	struct pl_node *c = put(&t, PL_TAR_HARDLINK, "k/c", "m/a");
	assert_ptr_equal(b->hardlink, a);
	assert_int_equal(b->type, PL_TAR_HARDLINK);
	assert_int_equal(b->mode, 0640);
	assert_int_equal(b->size, 0);
	/* Again, and onto itself: nothing changes. */
	assert_ptr_equal(put(&t, PL_TAR_HARDLINK, "m/a", "z"), a);
	assert_null(a->hardlink);
	assert_ptr_equal(put(&t, PL_TAR_HARDLINK, "z", "m/a"), z);
	pl_tree_remove(&t, get(&t, "m"));
	assert_null(get(&t, "m/a"));
	assert_null(b->hardlink);
	assert_int_equal(b->type, PL_TAR_FILE);
	assert_int_equal(b->body, PL_BODY_BYTES);
	assert_true(pl_str_is(b->bytes, "body"));
	assert_int_equal(b->size, 4);
	assert_int_equal(b->owner, 4);
	assert_int_equal(b->uid, 1);
	assert_ptr_equal(c->hardlink, b);
	assert_ptr_equal(z->hardlink, b);
	/* Both names in the directory removed at once, and the replaced first name. */
	pl_tree_remove(&t, get(&t, "k"));
	assert_null(z->hardlink);
	assert_int_equal(z->type, PL_TAR_FILE);
	assert_true(pl_str_is(z->bytes, "body"));
	assert_int_equal(t.n_nodes, 1);
	struct pl_node *y = put(&t, PL_TAR_HARDLINK, "y", "z");
	struct pl_node *x = put(&t, PL_TAR_HARDLINK, "x", "z");
	put(&t, PL_TAR_SYMLINK, "x", "y"); /* a second name replaced */
	assert_null(x->hardlink);
	put(&t, PL_TAR_FILE, "z", NULL); /* the first name replaced */
	assert_int_equal(z->body, PL_BODY_NONE);
	assert_null(y->hardlink);
	assert_true(pl_str_is(y->bytes, "body"));
	pl_tree_remove(&t, y);
	pl_tree_remove(&t, x);
	pl_tree_remove(&t, z);
	assert_int_equal(t.n_nodes, 0);
}

static void test_order(void **state)
{
	static const char *const in[] = {"b/y", "a.b", "a", "b",     "a/z",
					 "a-b", "b/x", "B", "a/\xff"};
	PL_AUTO(tree) t;
	PL_AUTO(buf) out = {0};
	pl_tree_init(&t);
	for (size_t i = 0; i < PL_COUNT(in); i++) {
		bool dir = pl_str_is(pl_str_of(in[i]), "a") || pl_str_is(pl_str_of(in[i]), "b");
		put(&t, dir ? PL_TAR_DIR : PL_TAR_FILE, in[i], NULL);
	}
	paths_of(t.root, &out);
	assert_string_equal(out.p, "B\na\na/z\na/\xff\na-b\na.b\nb\nb/x\nb/y\n");
	paths_of(get(&t, "b"), &out);
	assert_string_equal(out.p, "b/x\nb/y\n");
	assert_null(pl_tree_next(get(&t, "b/x"), NULL));
	PL_AUTO(buf) p = {0};
	pl_tree_path(t.root, &p);
	assert_string_equal(p.p, "");
	pl_tree_remove(&t, get(&t, "a/z"));
	pl_tree_remove(&t, get(&t, "B"));
	paths_of(t.root, &out);
	assert_string_equal(out.p, "a\na/\xff\na-b\na.b\nb\nb/x\nb/y\n");
}

static void test_copy_and_same(void **state)
{
	PL_AUTO(tree) t;
	PL_AUTO(tree) u;
	PL_AUTO(buf) a = {0};
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	struct pl_node *n;
	pl_tree_init(&t);
	pl_tree_init(&u);
	t.root->mode = 0711;
	assert_int_equal(pl_tree_file(&t, PL_STR("e/f"), PL_STR("x"), 0644, 0, 0, 1, &n, &err), 0);
	n->capability = pl_arena_str(&t.arena, PL_STR("cap"));
	put(&t, PL_TAR_HARDLINK, "a", "e/f");
	put(&t, PL_TAR_SYMLINK, "s", "e/f");
	put(&t, PL_TAR_DIR, "d", NULL);
	pl_tree_copy(&u, &t);
	paths_of(t.root, &a);
	paths_of(u.root, &b);
	assert_string_equal(a.p, b.p);
	assert_int_equal(u.n_nodes, t.n_nodes);
	assert_true(pl_node_same(t.root, u.root));
	struct pl_node *x = NULL, *y = NULL;
	while ((x = pl_tree_next(t.root, x))) {
		y = pl_tree_next(u.root, y);
		assert_true(x != y && pl_node_same(x, y));
	}
	pl_tree_done(&t); /* nothing of the copy points into the original */
	pl_tree_init(&t);
	struct pl_node *f = get(&u, "e/f"), *l = get(&u, "a");
	assert_ptr_equal(l->hardlink, f);
	assert_true(pl_str_is(f->bytes, "x"));
	assert_true(pl_str_is(f->capability, "cap"));
	assert_false(pl_node_same(f, l));
	put(&u, PL_TAR_FILE, "d/new", NULL);
	put(&u, PL_TAR_FILE, "e/g", NULL);
	assert_int_equal(pl_tree_file(&t, PL_STR("e/f"), PL_STR("x"), 0644, 0, 0, 1, &n, &err), 0);
	assert_false(pl_node_same(f, n)); /* capability */
	n->capability = f->capability;
	assert_true(pl_node_same(f, n));
	n->mtime++;
	assert_false(pl_node_same(f, n));
	n->mtime--;
	n->sha256.b[31] ^= 1;
	assert_false(pl_node_same(f, n));
	n->sha256.b[31] ^= 1;
	n->mode ^= 1;
	assert_false(pl_node_same(f, n));
	n->mode ^= 1;
	n->gid = 1;
	assert_false(pl_node_same(f, n));
	struct pl_node *s = put(&t, PL_TAR_SYMLINK, "s", "e/f");
	assert_true(pl_node_same(s, get(&u, "s")));
	s->mode = 0644; /* of no meaning for a link */
	assert_true(pl_node_same(s, get(&u, "s")));
	s = put(&t, PL_TAR_SYMLINK, "s", "e/g");
	assert_false(pl_node_same(s, get(&u, "s")));
	pl_tree_remove(&u, f);
	assert_int_equal(l->type, PL_TAR_FILE);
}

/* Twenty thousand entries in archive order take milliseconds; the bound is wide enough for a busy
 * machine under a sanitizer, and too narrow for anything quadratic. */
static void test_speed(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	uint64_t from = pl_mono_ns();
	for (int i = 0; i < 20000; i++) {
		char path[64];
		snprintf(path, sizeof(path), "usr/share/doc/pkg%03d/f%05d", i / 50, i);
		put(&t, PL_TAR_FILE, path, NULL);
	}
	size_t n = 0;
	for (struct pl_node *at = NULL; (at = pl_tree_next(t.root, at));)
		n++;
	uint64_t ms = (pl_mono_ns() - from) / 1000000;
	print_message("20000 puts and a walk: %llu ms\n", (unsigned long long)ms);
	assert_int_equal(n, 20403);
	assert_int_equal(t.n_nodes, n);
	assert_true(ms < 1000);
	/* Backwards is the worst order; removal of everything one by one from the front. */
	for (int i = 20000; i > 0; i--) {
		char path[32];
		snprintf(path, sizeof(path), "r/f%05d", i);
		put(&t, PL_TAR_FILE, path, NULL);
	}
	struct pl_node *dir = get(&t, "r");
	assert_int_equal(dir->n_children, 20000);
	while (dir->n_children)
		pl_tree_remove(&t, dir->children[0]);
	assert_int_equal(t.n_nodes, 20404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_makes_parents), cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_usr_merge),         cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_resolve),           cmocka_unit_test(test_forty_links),
		cmocka_unit_test(test_hardlinks),         cmocka_unit_test(test_order),
		cmocka_unit_test(test_copy_and_same),     cmocka_unit_test(test_speed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
