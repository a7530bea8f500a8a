// SPDX-License-Identifier: Apache-2.0
/*
 * libyaml's events made into a tree. What YAML has beyond plain data (anchors, aliases, tags, merge
 * keys, directives, several documents) is refused: a definition means what it says on its face,
 * and nothing in it can grow.
 */
#include "fleet/yaml.h"

#include "base/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_DEPTH 32
#define MAX_NODES 100000

/* An open list or map. */
struct frame {
	struct pl_yaml *node;
	PL_VEC(struct pl_yaml *) items;
	PL_VEC(struct pl_yaml *) keys;
	struct pl_map seen; /* keys of a map, for duplicates: value is the former key's node */
	bool have_key;      /* a key waits for its value */
};

struct pl_yaml_reader {
	struct pl_arena *a;
	const char *file;
	struct frame stack[MAX_DEPTH];
	size_t depth, nodes;
	struct pl_yaml *root;
};

static void pl_yaml_reader_done(struct pl_yaml_reader *r)
{
	for (size_t i = 0; i < r->depth; i++) {
		pl_vec_free(&r->stack[i].items);
		pl_vec_free(&r->stack[i].keys);
		pl_map_done(&r->stack[i].seen);
	}
}

int pl_yaml_fail(const struct pl_yaml *at, struct pl_err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return pl_fail(err, PL_INPUT, "%s:%u:%u: %s", at->file, at->line, at->column, text);
}

static int limit(const struct pl_yaml *at, struct pl_err *err, const char *what)
{
	return pl_fail(err, PL_LIMIT, "%s:%u:%u: %s", at->file, at->line, at->column, what);
}

static int new_node(struct pl_yaml_reader *r, const yaml_event_t *e, enum pl_yaml_kind kind,
		    struct pl_yaml **ret, struct pl_err *err)
{
	struct pl_yaml at = {.file = r->file,
			     .kind = kind,
			     .line = (unsigned)e->start_mark.line + 1,
			     .column = (unsigned)e->start_mark.column + 1};
	if (++r->nodes > MAX_NODES)
		return limit(&at, err, "more than 100000 values in one file; split it");
	*ret = pl_arena_dup(r->a, &at, 1, sizeof(at));
	return 0;
}

/* Registers a finished scalar as the next key of the map on top. */
static int add_key(struct frame *f, struct pl_yaml *key, struct pl_err *err)
{
	char name[120];
	if (key->kind != PL_YAML_SCALAR)
		return pl_yaml_fail(key, err, "a key must be text, not a list or a map");
	if (!key->quoted && pl_str_is(key->text, "<<"))
		return pl_yaml_fail(key, err,
				    "merge keys ('<<') are not used here; 'extends' "
				    "shares settings between definitions");
	if (key->text.n == 0)
		return pl_yaml_fail(key, err, "a key is empty");
	void **former = pl_map_slot(&f->seen, key->text);
	if (*former) {
		const struct pl_yaml *first = *former;
		return pl_yaml_fail(key, err, "'%s' is given twice; the first is in line %u",
				    pl_escape(name, sizeof(name), key->text.p, key->text.n),
				    first->line);
	}
	*former = key;
	*pl_vec_push(&f->keys) = key;
	f->have_key = true;
	return 0;
}

/* A node has begun (and, if a scalar, ended): into its parent. */
static int attach(struct pl_yaml_reader *r, struct pl_yaml *n, struct pl_err *err)
{
	if (r->depth == 0) {
		r->root = n;
		return 0;
	}
	struct frame *f = &r->stack[r->depth - 1];
	if (f->node->kind == PL_YAML_MAP && !f->have_key)
		return add_key(f, n, err);
	*pl_vec_push(&f->items) = n;
	f->have_key = false;
	return 0;
}

static int on_scalar(struct pl_yaml_reader *r, const yaml_event_t *e, struct pl_err *err)
{
	struct pl_yaml *n = NULL;
	int rc = new_node(r, e, PL_YAML_SCALAR, &n, err);
	if (rc < 0)
		return rc;
	n->text.p = pl_arena_strn(r->a, (const char *)e->data.scalar.value, e->data.scalar.length);
	n->text.n = e->data.scalar.length;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (e->data.scalar.anchor)
		return pl_yaml_fail(n, err, "anchors ('&') are not used here");
	if (e->data.scalar.tag)
		return pl_yaml_fail(n, err, "tags ('!') are not used here");
	if (memchr(n->text.p, '\0', n->text.n))
		return pl_yaml_fail(n, err, "text with a NUL byte");
	return attach(r, n, err);
}

static int on_open(struct pl_yaml_reader *r, const yaml_event_t *e, enum pl_yaml_kind kind,
		   const unsigned char *anchor, const unsigned char *tag, struct pl_err *err)
{
	struct pl_yaml *n = NULL;
	int rc = new_node(r, e, kind, &n, err);
	if (rc < 0)
		return rc;
	if (anchor)
		return pl_yaml_fail(n, err, "anchors ('&') are not used here");
	if (tag)
		return pl_yaml_fail(n, err, "tags ('!') are not used here");
	rc = attach(r, n, err);
	if (rc < 0)
		return rc;
	if (r->depth == MAX_DEPTH)
		return limit(n, err, "nested deeper than 32");
	r->stack[r->depth++] = (struct frame){.node = n};
	return 0;
}

static void on_close(struct pl_yaml_reader *r)
{
	struct frame *f = &r->stack[--r->depth];
	f->node->n = f->items.n;
	f->node->item = pl_arena_dup(r->a, f->items.v, f->items.n, sizeof(*f->items.v));
	if (f->node->kind == PL_YAML_MAP)
		f->node->key = pl_arena_dup(r->a, f->keys.v, f->keys.n, sizeof(*f->keys.v));
	pl_vec_free(&f->items);
	pl_vec_free(&f->keys);
	pl_map_done(&f->seen);
}

static int on_event(struct pl_yaml_reader *r, const yaml_event_t *e, struct pl_err *err)
{
	struct pl_yaml at = {.file = r->file,
			     .line = (unsigned)e->start_mark.line + 1,
			     .column = (unsigned)e->start_mark.column + 1};
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->root)
			return pl_yaml_fail(&at, err,
					    "a second document; write it into a file of "
					    "its own");
		if (e->data.document_start.version_directive ||
		    e->data.document_start.tag_directives.start !=
			    e->data.document_start.tag_directives.end)
			return pl_yaml_fail(&at, err, "directives ('%%') are not used here");
		return 0;
	case YAML_ALIAS_EVENT:
		return pl_yaml_fail(&at, err,
				    "aliases ('*') are not used here; quote the text if "
				    "it begins with '*'");
	case YAML_SCALAR_EVENT:
		return on_scalar(r, e, err);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(r, e, PL_YAML_LIST, e->data.sequence_start.anchor,
			       e->data.sequence_start.tag, err);
	case YAML_MAPPING_START_EVENT:
		return on_open(r, e, PL_YAML_MAP, e->data.mapping_start.anchor,
			       e->data.mapping_start.tag, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_close(r);
		return 0;
	default:
		return 0;
	}
}

static int syntax(const yaml_parser_t *p, const char *file, struct pl_err *err)
{
	const char *why = p->problem ? p->problem : "not valid YAML";
	if (p->error == YAML_READER_ERROR)
		return pl_fail(err, PL_INPUT, "%s:%lu:%lu: not valid UTF-8 text: %s", file,
			       (unsigned long)p->mark.line + 1, (unsigned long)p->mark.column + 1,
			       why);
	if (p->error == YAML_MEMORY_ERROR)
		return pl_fail(err, PL_LIMIT, "%s: out of memory", file);
	return pl_fail(err, PL_INPUT, "%s:%lu:%lu: not valid YAML: %s%s%s", file,
		       (unsigned long)p->problem_mark.line + 1,
		       (unsigned long)p->problem_mark.column + 1, why, p->context ? ", " : "",
		       p->context ? p->context : "");
}

static int read_events(struct pl_yaml_reader *r, yaml_parser_t *p, struct pl_err *err)
{
	for (bool end = false; !end;) {
		yaml_event_t e;
		if (!yaml_parser_parse(p, &e))
			return syntax(p, r->file, err);
		end = e.type == YAML_STREAM_END_EVENT;
		int rc = on_event(r, &e, err);
		yaml_event_delete(&e);
		if (rc < 0)
			return rc;
	}
	if (!r->root)
		return pl_fail(err, PL_INPUT, "%s:1:1: the file is empty", r->file);
	return 0;
}

int pl_yaml_parse(struct pl_arena *a, struct pl_str text, const char *file, struct pl_yaml **ret,
		  struct pl_err *err)
{
	PL_AUTO(yaml_reader) r = {.a = a, .file = pl_arena_strn(a, file, strlen(file))};
	yaml_parser_t p;
	if (text.n > MAX_BYTES)
		return pl_fail(err, PL_LIMIT, "%s: larger than 1 MiB", file);
	if (pl_str_starts(text, "\xef\xbb\xbf")) /* libyaml skips it only when it guesses */
		text = pl_str_sub(text, 3, text.n);
	if (!yaml_parser_initialize(&p))
		return pl_fail(err, PL_LIMIT, "%s: out of memory", file);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)(text.p ? text.p : ""), text.n);
	int rc = read_events(&r, &p, err);
	yaml_parser_delete(&p);
	if (rc < 0)
		return rc;
	*ret = r.root;
	return 0;
}

const struct pl_yaml *pl_yaml_get(const struct pl_yaml *map, const char *key)
{
	if (!map || map->kind != PL_YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (pl_str_is(map->key[i]->text, key))
			return map->item[i];
	return NULL;
}

static bool is_known(struct pl_str key, const char *const *known, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pl_str_is(key, known[i]))
			return true;
	return false;
}

int pl_yaml_known(const struct pl_yaml *map, const char *const *known, struct pl_err *err)
{
	size_t n = 0;
	while (known[n])
		n++;
	for (size_t i = 0; i < map->n; i++) {
		const struct pl_yaml *key = map->key[i];
		char name[120], list[300] = "";
		if (is_known(key->text, known, n))
			continue;
		pl_escape(name, sizeof(name), key->text.p, key->text.n);
		const char *nearest = pl_nearest(key->text, known, n);
		if (nearest)
			return pl_yaml_fail(key, err, "unknown key '%s'; did you mean '%s'?", name,
					    nearest);
		for (size_t k = 0, at = 0; k < n && at < sizeof(list); k++)
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", k ? ", " : "",
					       known[k]);
		return pl_yaml_fail(key, err, "unknown key '%s'; known here: %s", name, list);
	}
	return 0;
}
