// SPDX-License-Identifier: Apache-2.0
/* The store: what is in it, deleting what nothing needs, reading it all again. */
#include "assemble/gc.h"
#include "base/file.h"
#include "base/num.h"
#include "cli/cli_int.h"

#define KEEP_DAYS 7
#define KEEP_DAYS_MAX 3650
#define DAY 86400

static const struct pl_option options[] = {
	{"dry-run", 0, NULL, "gc: only say what would go; status 4 when something would",
	 offsetof(struct pl_args, dry_run), NULL},
	{"keep-days", 0, "N", "gc: what was used in the last N days stays (default: 7)",
	 offsetof(struct pl_args, keep_days), NULL},
	{"inputs", 0, NULL, "gc: also packages that locks need; they are fetched again",
	 offsetof(struct pl_args, inputs), NULL},
};

static const char *const meanings[PL_GC_KINDS] = {
	[PL_GC_IMAGES] = "of images that index.json names",
	[PL_GC_UNNAMED] = "of images without a name there",
	[PL_GC_LOCKED] = "packages and files that locks name",
	[PL_GC_FRAGMENTS] = "packages as pieces of layers",
	[PL_GC_INPUTS] = "archives' indexes, packages that no lock names",
	[PL_GC_RECORDS] = "what was made from what",
	[PL_GC_LEFTOVERS] = "of killed runs, and damaged files",
};

static struct pl_gc_count sum(const struct pl_gc_count v[PL_GC_KINDS])
{
	struct pl_gc_count all = {0};
	for (size_t k = 0; k < PL_GC_KINDS; k++) {
		all.files += v[k].files;
		all.bytes += v[k].bytes;
	}
	return all;
}

static void size_cell(struct pl_table *t, uint64_t bytes)
{
	pl_table_add(t, bytes ? PL_SIZED(bytes) : NULL);
}

static void print_text(struct pl_cli *c, const struct pl_store *s, const struct pl_gc_result *r,
		       const char *gone)
{
	struct pl_table t = {.a = &c->arena, .columns = 6};
	struct pl_gc_count there = sum(r->there), goes = sum(r->goes), recent = sum(r->recent);
	pl_table_add(&t, "");
	pl_table_add(&t, "files");
	pl_table_add(&t, "size");
	pl_table_add(&t, gone);
	pl_table_add(&t, "recent");
	pl_table_add(&t, "");
	for (size_t k = 0; k < PL_GC_KINDS; k++) {
		pl_table_add(&t, pl_gc_kind_names[k]);
		pl_table_addf(&t, "%llu", (unsigned long long)r->there[k].files);
		size_cell(&t, r->there[k].bytes);
		size_cell(&t, r->goes[k].bytes);
		size_cell(&t, r->recent[k].bytes);
		pl_table_add(&t, meanings[k]);
	}
	pl_table_add(&t, "all");
	pl_table_addf(&t, "%llu", (unsigned long long)there.files);
	size_cell(&t, there.bytes);
	size_cell(&t, goes.bytes);
	size_cell(&t, recent.bytes);
	pl_table_addf(&t, "%s of images, %s", PL_COUNTED(r->n_names, "name"),
		      PL_COUNTED(r->n_fleets, "fleet"));
	pl_out_text(&c->out, pl_store_dir(s));
	pl_buf_addc(&c->out, '\n');
	pl_table_print(&t, c);
	struct pl_table fleets = {.a = &c->arena, .columns = 2};
	for (size_t i = 0; i < r->n_fleets; i++) {
		pl_table_add(&fleets, r->fleets[i].lock);
		pl_table_add(&fleets, r->fleets[i].state);
	}
	pl_table_print(&fleets, c);
	if (recent.bytes)
		pl_buf_adds(&c->out, "'recent' is not needed, only used lately: store gc "
				     "--keep-days 0 deletes it too\n");
}

static void count_json(struct pl_jw *w, const char *what, const struct pl_gc_count *n)
{
	pl_jw_key(w, what);
	pl_jw_object(w);
	pl_jw_ku64(w, "files", n->files);
	pl_jw_ku64(w, "bytes", n->bytes);
	pl_jw_end_object(w);
}

static void counts_json(struct pl_jw *w, const struct pl_gc_count *there,
			const struct pl_gc_count *goes, const char *gone,
			const struct pl_gc_count *recent)
{
	count_json(w, "there", there);
	count_json(w, gone, goes);
	count_json(w, "recent", recent);
}

static void print_json(struct pl_cli *c, const struct pl_store *s, const struct pl_gc_result *r,
		       const char *gone)
{
	struct pl_gc_count there = sum(r->there), goes = sum(r->goes), recent = sum(r->recent);
	struct pl_jw w;
	pl_json_begin(c, &w);
	pl_jw_kcstr(&w, "store", pl_store_dir(s));
	pl_jw_ku64(&w, "names", r->n_names);
	counts_json(&w, &there, &goes, gone, &recent);
	pl_jw_key(&w, "kinds");
	pl_jw_array(&w);
	for (size_t k = 0; k < PL_GC_KINDS; k++) {
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "kind", pl_gc_kind_names[k]);
		counts_json(&w, &r->there[k], &r->goes[k], gone, &r->recent[k]);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_jw_key(&w, "fleets");
	pl_jw_array(&w);
	for (size_t i = 0; i < r->n_fleets; i++) {
		pl_jw_object(&w);
		pl_jw_kcstr(&w, "lock", r->fleets[i].lock);
		pl_jw_kcstr(&w, "state", r->fleets[i].state);
		pl_jw_kcstr(&w, "reason", r->fleets[i].reason);
		pl_jw_end_object(&w);
	}
	pl_jw_end_array(&w);
	pl_json_end(c, &w);
}

static int collect(struct pl_cli *c, struct pl_store *s, bool is_gc, struct pl_err *err)
{
	struct pl_gc_options o = {.keep_s = (int64_t)KEEP_DAYS * DAY,
				  .inputs_too = c->args.inputs,
				  .dry_run = c->args.dry_run || !is_gc};
	struct pl_gc_result r;
	const char *days_text = c->args.keep_days;
	uint64_t days;
	if (days_text && !pl_parse_u64(pl_str_of(days_text), KEEP_DAYS_MAX, &days))
		return pl_fail(err, PL_USAGE, "--keep-days %.40s: give a number from 0 to %d",
			       days_text, KEEP_DAYS_MAX);
	if (days_text)
		o.keep_s = (int64_t)days * DAY;
	int rc = pl_gc(&c->env, s, &o, &c->arena, &r, err);
	if (rc < 0)
		return rc;
	if (c->json)
		print_json(c, s, &r, o.dry_run ? "goes" : "deleted");
	else
		print_text(c, s, &r, o.dry_run ? "goes" : "deleted");
	if (!is_gc || !o.dry_run || sum(r.goes).files == 0)
		return 0;
	err->msg[0] = '\0'; /* not an error: the status says that there is work */
	return -PL_CHANGES;
}

static int show_status(struct pl_cli *c, struct pl_store *s, struct pl_err *err)
{
	return collect(c, s, false, err);
}

static int delete_unneeded(struct pl_cli *c, struct pl_store *s, struct pl_err *err)
{
	return collect(c, s, true, err);
}

static int check_content(struct pl_cli *c, struct pl_store *s, struct pl_err *err)
{
	struct pl_store_items checked, damaged;
	struct pl_jw w;
	int rc = pl_store_check(s, &c->arena, &checked, &damaged, err);
	if (rc < 0)
		return rc;
	if (c->json) {
		pl_json_begin(c, &w);
		pl_jw_kcstr(&w, "store", pl_store_dir(s));
		pl_jw_ku64(&w, "checked", checked.n);
		pl_jw_key(&w, "damaged");
		pl_jw_array(&w);
	}
	for (size_t i = 0; i < damaged.n; i++) {
		const struct pl_store_item *item = &damaged.v[i];
		const char *name = pl_arena_printf(
			&c->arena, "%s/sha256/%s",
			item->part == PL_STORE_PART_BLOB ? "blobs" : "inputs", item->name);
		if (c->json)
			pl_jw_cstr(&w, name);
		else
			pl_buf_addf(&c->out, "%s\n", name);
	}
	if (c->json) {
		pl_jw_end_array(&w);
		pl_json_end(c, &w);
	} else {
		pl_buf_addf(&c->out, "%s read, %zu damaged\n", PL_COUNTED(checked.n, "file"),
			    damaged.n);
	}
	if (damaged.n == 0)
		return 0;
	return pl_fail(err, PL_VERIFY,
		       "%s: %zu files are not what their names say; they were moved aside, and the "
		       "next build makes or fetches them anew",
		       pl_store_dir(s), damaged.n);
}

static const struct {
	const char *name;
	int (*run)(struct pl_cli *c, struct pl_store *s, struct pl_err *err);
} actions[] = {{"status", show_status}, {"gc", delete_unneeded}, {"check", check_content}};

static int run_action(struct pl_cli *c, struct pl_err *err)
{
	const char *name = c->args.operands[0];
	PL_AUTO_FREE(store) s = NULL;
	size_t i = 0;
	while (i < PL_COUNT(actions) && strcmp(actions[i].name, name) != 0)
		i++;
	if (i == PL_COUNT(actions))
		return pl_fail(err, PL_USAGE, "store %.60s: say status, gc or check", name);
	if (strcmp(name, "gc") != 0 && (c->args.dry_run || c->args.keep_days || c->args.inputs))
		return pl_fail(err, PL_USAGE,
			       "--dry-run, --keep-days and --inputs go with store gc alone");
	/* Where there is a lock, it keeps what it needs, also if no build has said so before. */
	int rc = pl_file_exists(pl_cli_lock_path(c))
			 ? pl_cli_store(c, &s, err)
			 : pl_store_open(&c->env, c->args.store, &s, err);
	return rc < 0 ? rc : actions[i].run(c, s, err);
}

const struct pl_command pl_cmd_store = {
	.name = "store",
	.operands = "status|gc|check",
	.summary = "what the store holds; deleting what nothing needs",
	.about = "status says what is there. gc deletes what no name of an image and no fleet's "
		 "lock needs and nobody has\n"
		 "used for seven days: all of it can be made or fetched again. It waits for "
		 "commands that use the store. check\n"
		 "reads all content again and moves aside what is damaged (status 5).",
	.examples = "plimsoll store status\nplimsoll store gc --dry-run\nplimsoll store gc "
		    "--keep-days 0",
	.options = options,
	.n_options = PL_COUNT(options),
	.min_operands = 1,
	.max_operands = 1,
	.run = run_action,
};
