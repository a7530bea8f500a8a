// SPDX-License-Identifier: Apache-2.0
/* A package's facts and fragment as a record. */
#include "assemble/package_int.h"
#include "assemble/record_int.h"
#include "store/fields.h"

#define MAGIC "plimsoll-facts-3"
#define ENTRY_LEAST 64 /* an entry takes more bytes than this */

static void put_elf(struct pl_buf *b, const struct pl_elf_facts *f)
{
	pl_put_u64(b, (uint64_t)f->is_elf | (uint64_t)f->is_shared << 1 | (uint64_t)f->is_64 << 2 |
			      (uint64_t)f->is_big_endian << 3 |
			      (uint64_t)(f->soname.p != NULL) << 4 | (uint64_t)f->libc << 8 |
			      (uint64_t)f->type << 16 | (uint64_t)f->machine << 32);
	pl_put_u64(b, f->flags);
	pl_put_str(b, f->soname);
}

static void get_elf(struct pl_fields *r, struct pl_elf_facts *f)
{
	uint64_t v = pl_get_u64(r);
	f->is_elf = v & 1;
	f->is_shared = v >> 1 & 1;
	f->is_64 = v >> 2 & 1;
	f->is_big_endian = v >> 3 & 1;
	f->libc = (enum pl_elf_libc)(v >> 8 & 0xff);
	f->type = (uint16_t)(v >> 16);
	f->machine = (uint16_t)(v >> 32);
	f->flags = (uint32_t)pl_get_u64(r);
	struct pl_str soname = pl_get_str(r);
	f->soname = v >> 4 & 1 ? soname : (struct pl_str){NULL, 0};
}

static void put_program(struct pl_buf *b, const struct pl_program *p)
{
	pl_put_u64(b, (uint64_t)p->is_script | (uint64_t)p->is_elf << 1 |
			      (uint64_t)p->calls_shell << 2 |
			      (uint64_t)(p->interpreter.p != NULL) << 3 |
			      (uint64_t)p->machine << 16);
	pl_put_str(b, p->interpreter);
	pl_put_str(b, p->needed);
}

static const struct pl_program *get_program(struct pl_fields *r)
{
	struct pl_program *p = pl_arena_new(r->a, struct pl_program);
	uint64_t v = pl_get_u64(r);
	p->is_script = v & 1;
	p->is_elf = v >> 1 & 1;
	p->calls_shell = v >> 2 & 1;
	p->machine = (uint16_t)(v >> 16);
	struct pl_str interpreter = pl_get_str(r);
	p->interpreter = v >> 3 & 1 ? interpreter : (struct pl_str){NULL, 0};
	p->needed = pl_get_str(r);
	return p;
}

static void put_entry(struct pl_buf *b, const struct pl_package_entry *e)
{
	const struct pl_tar_entry *t = &e->tar;
	pl_put_u64(b, (uint64_t)t->type | (uint64_t)t->mode << 8 | (uint64_t)e->is_library << 32 |
			      (uint64_t)(e->program != NULL) << 33);
	pl_put_u64(b, (uint64_t)t->uid | (uint64_t)t->gid << 32);
	pl_put_u64(b, t->size);
	pl_put_u64(b, (uint64_t)t->mtime);
	pl_put_u64(b, (uint64_t)t->major | (uint64_t)t->minor << 32);
	pl_put_str(b, t->path);
	pl_put_str(b, t->link);
	pl_put_str(b, t->capability);
	if (t->type == PL_TAR_FILE)
		pl_put_digest(b, &e->sha256);
	if (e->is_library)
		put_elf(b, &e->elf);
	if (e->program)
		put_program(b, e->program);
}

static void get_entry(struct pl_fields *r, struct pl_package_entry *e)
{
	struct pl_tar_entry *t = &e->tar;
	uint64_t v = pl_get_u64(r);
	t->type = (enum pl_tar_type)(v & 0xff);
	t->mode = v >> 8 & 07777;
	e->is_library = v >> 32 & 1;
	bool is_program = v >> 33 & 1;
	v = pl_get_u64(r);
	t->uid = (uint32_t)v;
	t->gid = (uint32_t)(v >> 32);
	t->size = pl_get_u64(r);
	t->mtime = (int64_t)pl_get_u64(r);
	v = pl_get_u64(r);
	t->major = (uint32_t)v;
	t->minor = (uint32_t)(v >> 32);
	t->path = pl_get_str(r);
	t->link = pl_get_str(r);
	t->capability = pl_get_str(r);
	if (t->type == PL_TAR_FILE)
		pl_get_digest(r, &e->sha256);
	if (e->is_library)
		get_elf(r, &e->elf);
	if (is_program)
		e->program = get_program(r);
}

void pl_facts_format(const struct pl_package_format *format, const struct pl_package_facts *f,
		     const struct pl_fragment *fragment, struct pl_buf *b)
{
	PL_AUTO(buf) own = {0};
	pl_buf_adds(b, MAGIC);
	pl_put_digest(b, &fragment->digest);
	pl_put_u64(b, fragment->size);
	pl_put_u64(b, fragment->unpacked);
	format->facts_format(f->own, &own);
	pl_put_str(b, pl_buf_str(&own));
	pl_put_u64(b, (uint64_t)f->newest);
	pl_put_u64(b, f->n_shipped);
	pl_put_u64(b, f->archive_size);
	pl_put_u64(b, f->n_entries);
	for (size_t i = 0; i < f->n_entries; i++)
		put_entry(b, &f->entries[i]);
}

static void get_fragment(struct pl_fields *r, struct pl_fragment *ret)
{
	pl_get_magic(r, MAGIC);
	pl_get_digest(r, &ret->digest);
	ret->size = pl_get_u64(r);
	ret->unpacked = pl_get_u64(r);
}

bool pl_facts_fragment(struct pl_str data, struct pl_fragment *ret)
{
	struct pl_fields r = {.rest = data};
	get_fragment(&r, ret);
	return !r.bad;
}

bool pl_package_record_content(struct pl_str data, struct pl_arena *a, struct pl_digest **ret,
			       size_t *ret_n)
{
	struct pl_fragment f;
	if (!pl_facts_fragment(data, &f))
		return false;
	*ret = pl_arena_dup(a, &f.digest, 1, sizeof(f.digest));
	*ret_n = 1;
	return true;
}

bool pl_facts_parse(const struct pl_package_format *format, struct pl_arena *a, struct pl_str data,
		    struct pl_package_facts *ret, struct pl_fragment *ret_fragment)
{
	struct pl_fields r = {data, a, false};
	struct pl_package_facts f = {0};
	struct pl_fragment fragment;
	get_fragment(&r, &fragment);
	struct pl_str own = pl_get_str(&r);
	f.newest = (int64_t)pl_get_u64(&r);
	f.n_shipped = (size_t)pl_get_u64(&r);
	f.archive_size = pl_get_u64(&r);
	f.n_entries = pl_get_count(&r, ENTRY_LEAST);
	f.entries = pl_arena_array(a, struct pl_package_entry, f.n_entries + 1);
	for (size_t i = 0; i < f.n_entries && !r.bad; i++)
		get_entry(&r, &f.entries[i]);
	if (!pl_fields_end(&r) || f.n_shipped > f.n_entries || !format->facts_parse(a, own, &f.own))
		return false;
	*ret = f;
	*ret_fragment = fragment;
	return true;
}
