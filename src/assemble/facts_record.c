// SPDX-License-Identifier: Apache-2.0
/* Package facts as bytes: little-endian numbers, length-prefixed text. The store checks a record's
 * hash, yet every length is bounded here too: a record is input. */
#include "assemble/package_int.h"

#include <endian.h>

#define MAGIC "plimsoll-facts-1"

static void put_u64(struct pl_buf *b, uint64_t v)
{
	v = htole64(v);
	pl_buf_add(b, &v, sizeof(v));
}

static void put_str(struct pl_buf *b, struct pl_str s)
{
	put_u64(b, s.n);
	pl_buf_addstr(b, s);
}

struct cursor {
	struct pl_str rest;
	struct pl_arena *a;
	bool bad;
};

static const char *take(struct cursor *c, uint64_t n)
{
	if (c->bad || n > c->rest.n) {
		c->bad = true;
		return NULL;
	}
	const char *p = c->rest.p;
	c->rest.p += n;
	c->rest.n -= n;
	return p;
}

static uint64_t get_u64(struct cursor *c)
{
	uint64_t v = 0;
	const char *p = take(c, sizeof(v));
	if (p)
		memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static struct pl_str get_str(struct cursor *c)
{
	uint64_t n = get_u64(c);
	const char *p = take(c, n);
	return p ? pl_arena_str(c->a, (struct pl_str){p, n}) : PL_STR("");
}

static void get_digest(struct cursor *c, struct pl_digest *d)
{
	const char *p = take(c, sizeof(d->b));
	if (p)
		memcpy(d->b, p, sizeof(d->b));
}

static void put_elf(struct pl_buf *b, const struct pl_elf_facts *f)
{
	put_u64(b, (uint64_t)f->is_elf | (uint64_t)f->is_shared << 1 | (uint64_t)f->is_64 << 2 |
			   (uint64_t)f->is_big_endian << 3 | (uint64_t)(f->soname.p != NULL) << 4 |
			   (uint64_t)f->libc << 8 | (uint64_t)f->type << 16 |
			   (uint64_t)f->machine << 32);
	put_u64(b, f->flags);
	put_str(b, f->soname);
}

static void get_elf(struct cursor *c, struct pl_elf_facts *f)
{
	uint64_t v = get_u64(c);
	f->is_elf = v & 1;
	f->is_shared = v >> 1 & 1;
	f->is_64 = v >> 2 & 1;
	f->is_big_endian = v >> 3 & 1;
	f->libc = (enum pl_elf_libc)(v >> 8 & 0xff);
	f->type = (uint16_t)(v >> 16);
	f->machine = (uint16_t)(v >> 32);
	f->flags = (uint32_t)get_u64(c);
	struct pl_str soname = get_str(c);
	f->soname = v >> 4 & 1 ? soname : (struct pl_str){NULL, 0};
}

static void put_entry(struct pl_buf *b, const struct pl_package_entry *e)
{
	const struct pl_tar_entry *t = &e->tar;
	put_u64(b, (uint64_t)t->type | (uint64_t)t->mode << 8 | (uint64_t)e->is_library << 32);
	put_u64(b, (uint64_t)t->uid | (uint64_t)t->gid << 32);
	put_u64(b, t->size);
	put_u64(b, (uint64_t)t->mtime);
	put_u64(b, (uint64_t)t->major | (uint64_t)t->minor << 32);
	put_str(b, t->path);
	put_str(b, t->link);
	put_str(b, t->capability);
	if (t->type == PL_TAR_FILE)
		pl_buf_add(b, e->sha256.b, sizeof(e->sha256.b));
	if (e->is_library)
		put_elf(b, &e->elf);
}

static void get_entry(struct cursor *c, struct pl_package_entry *e)
{
	struct pl_tar_entry *t = &e->tar;
	uint64_t v = get_u64(c);
	t->type = (enum pl_tar_type)(v & 0xff);
	t->mode = v >> 8 & 07777;
	e->is_library = v >> 32 & 1;
	v = get_u64(c);
	t->uid = (uint32_t)v;
	t->gid = (uint32_t)(v >> 32);
	t->size = get_u64(c);
	t->mtime = (int64_t)get_u64(c);
	v = get_u64(c);
	t->major = (uint32_t)v;
	t->minor = (uint32_t)(v >> 32);
	t->path = get_str(c);
	t->link = get_str(c);
	t->capability = get_str(c);
	if (t->type == PL_TAR_FILE)
		get_digest(c, &e->sha256);
	if (e->is_library)
		get_elf(c, &e->elf);
}

void pl_facts_format(const struct pl_package_facts *f, struct pl_buf *b)
{
	pl_buf_adds(b, MAGIC);
	put_str(b, f->control.control);
	put_str(b, f->control.md5sums);
	put_str(b, f->control.conffiles);
	put_u64(b, f->control.n_scripts);
	for (size_t i = 0; i < f->control.n_scripts; i++) {
		put_str(b, pl_str_of(f->control.scripts[i].name));
		put_str(b, f->control.scripts[i].text);
		pl_buf_add(b, f->control.scripts[i].normalised.b, 32);
	}
	put_u64(b, (uint64_t)f->newest);
	put_u64(b, f->n_entries);
	for (size_t i = 0; i < f->n_entries; i++)
		put_entry(b, &f->entries[i]);
}

bool pl_facts_parse(struct pl_arena *a, struct pl_str data, struct pl_package_facts *ret)
{
	struct cursor c = {data, a, false};
	struct pl_package_facts f = {0};
	const char *magic = take(&c, sizeof(MAGIC) - 1);
	if (!magic || memcmp(magic, MAGIC, sizeof(MAGIC) - 1) != 0)
		return false;
	f.control.control = get_str(&c);
	f.control.md5sums = get_str(&c);
	f.control.conffiles = get_str(&c);
	f.control.n_scripts = get_u64(&c);
	if (c.bad || f.control.n_scripts > 16)
		return false;
	f.control.scripts = pl_arena_array(a, struct pl_script, f.control.n_scripts);
	for (size_t i = 0; i < f.control.n_scripts; i++) {
		f.control.scripts[i].name = get_str(&c).p;
		f.control.scripts[i].text = get_str(&c);
		get_digest(&c, &f.control.scripts[i].normalised);
	}
	f.newest = (int64_t)get_u64(&c);
	f.n_entries = get_u64(&c);
	if (c.bad || f.n_entries > c.rest.n / 64) /* an entry takes more than 64 bytes */
		return false;
	f.entries = pl_arena_array(a, struct pl_package_entry, f.n_entries);
	for (size_t i = 0; i < f.n_entries && !c.bad; i++)
		get_entry(&c, &f.entries[i]);
	if (c.bad || c.rest.n)
		return false;
	*ret = f;
	return true;
}
