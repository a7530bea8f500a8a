// SPDX-License-Identifier: Apache-2.0
#include "effects/elf.h"

#include "base/buf.h"

enum {
	ET_DYN = 3,
	PT_LOAD = 1,
	PT_DYNAMIC = 2,
	PT_INTERP = 3,
	DT_NULL = 0,
	DT_NEEDED = 1,
	DT_STRTAB = 5,
	DT_SYMTAB = 6,
	DT_SONAME = 14,
	/* Ceilings that keep the work on a hostile file linear. */
	NAME_MAX_BYTES = 4096,
	DYNAMIC_MAX = 65536,
	NEEDED_MAX = 65536,
};

struct image {
	struct pl_str bytes; /* the file's, or its beginning */
	struct pl_str part;  /* more of it, which begins at: */
	uint64_t part_at;
	bool is_cut, is_missed; /* there is more of the file, and it was needed */
	bool is_64, is_big_endian;
	uint64_t phoff;
	unsigned phnum;
};

struct segment {
	uint32_t type;
	uint64_t offset, vaddr, filesz;
};

/* What of the file begins at `at`; empty past its end, or where that is not at hand. */
static struct pl_str bytes_at(struct image *e, uint64_t at)
{
	if (at < e->bytes.n)
		return pl_str_sub(e->bytes, at, e->bytes.n);
	if (at >= e->part_at && at - e->part_at < e->part.n)
		return pl_str_sub(e->part, at - e->part_at, e->part.n);
	e->is_missed = e->is_missed || e->is_cut;
	return (struct pl_str){NULL, 0};
}

/* An unsigned number of n bytes at `at`; false past the end. */
static bool number(struct image *e, uint64_t at, unsigned n, uint64_t *ret)
{
	struct pl_str is = bytes_at(e, at);
	if (is.n < n)
		return false;
	uint64_t v = 0;
	for (unsigned i = 0; i < n; i++)
		v = v << 8 | (unsigned char)is.p[e->is_big_endian ? i : n - 1 - i];
	*ret = v;
	return true;
}

/* An address or offset: as wide as the file's class. */
static bool word(struct image *e, uint64_t at, uint64_t *ret)
{
	return number(e, at, e->is_64 ? 8 : 4, ret);
}

/* The NUL-terminated string at `at`, of less than NAME_MAX_BYTES. */
static bool string(struct image *e, uint64_t at, struct pl_str *ret)
{
	struct pl_str is = bytes_at(e, at);
	const char *end =
		is.n ? memchr(is.p, 0, is.n < NAME_MAX_BYTES ? is.n : NAME_MAX_BYTES) : NULL;
	if (!end)
		return false;
	*ret = (struct pl_str){is.p, (size_t)(end - is.p)};
	return true;
}

static bool segment(struct image *e, unsigned i, struct segment *ret)
{
	uint64_t at = e->phoff, type = 0;
	if (__builtin_add_overflow(at, (uint64_t)i * (e->is_64 ? 56 : 32), &at) ||
	    !number(e, at, 4, &type))
		return false;
	ret->type = (uint32_t)type;
	if (e->is_64)
		return word(e, at + 8, &ret->offset) && word(e, at + 16, &ret->vaddr) &&
		       word(e, at + 32, &ret->filesz);
	return word(e, at + 4, &ret->offset) && word(e, at + 8, &ret->vaddr) &&
	       word(e, at + 16, &ret->filesz);
}

static enum pl_elf_libc libc_of(struct pl_str name)
{
	static const struct {
		const char *name;
		enum pl_elf_libc libc;
	} known[] = {
		{"/lib/ld-linux.so.2", PL_ELF_LIBC6},
		{"/lib64/ld-linux-x86-64.so.2", PL_ELF_LIBC6},
		{"/libx32/ld-linux-x32.so.2", PL_ELF_LIBC6},
		{"libc.so.6", PL_ELF_LIBC6},
		{"libm.so.6", PL_ELF_LIBC6},
		{"/lib/ld-linux.so.1", PL_ELF_LIBC5},
		{"libc.so.5", PL_ELF_LIBC5},
		{"libm.so.5", PL_ELF_LIBC5},
	};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (pl_str_is(name, known[i].name))
			return known[i].libc;
	return PL_ELF_ANY;
}

/* The file offset of a virtual address; an address outside every segment stands for itself. */
static uint64_t file_offset(struct image *e, uint64_t vaddr)
{
	for (unsigned i = 0; i < e->phnum; i++) {
		struct segment s;
		if (!segment(e, i, &s))
			break;
		if (s.type == PT_LOAD && vaddr >= s.vaddr && vaddr - s.vaddr < s.filesz)
			return vaddr - s.vaddr + s.offset;
	}
	return vaddr;
}

/* One entry of the dynamic section; false past the end of file. */
static bool dynamic(struct image *e, uint64_t at, uint64_t i, uint64_t *ret_tag,
		    uint64_t *ret_value)
{
	unsigned width = e->is_64 ? 8 : 4;
	return i < DYNAMIC_MAX && !__builtin_add_overflow(at, i * 2 * width, &at) &&
	       word(e, at, ret_tag) && word(e, at + width, ret_value);
}

static bool dynamic_section(struct image *e, uint64_t at, struct pl_elf_facts *ret)
{
	uint64_t tag = 0, value = 0, strings = 0;
	bool has_strings = false;
	for (uint64_t i = 0; !has_strings; i++) {
		if (!dynamic(e, at, i, &tag, &value) || tag == DT_NULL)
			return false;
		if (tag == DT_STRTAB) {
			strings = file_offset(e, value);
			has_strings = true;
		}
	}
	for (uint64_t i = 0;; i++) {
		if (!dynamic(e, at, i, &tag, &value))
			return false;
		if (tag == DT_NULL)
			return true;
		if (tag != DT_NEEDED && tag != DT_SONAME)
			continue;
		struct pl_str name;
		uint64_t where;
		if (__builtin_add_overflow(strings, value, &where) || !string(e, where, &name))
			return false;
		if (tag == DT_SONAME && !ret->soname.p)
			ret->soname = name;
		if (tag == DT_NEEDED && ret->libc == PL_ELF_ANY)
			ret->libc = libc_of(name);
	}
}

static bool header(struct image *e, struct pl_elf_facts *ret)
{
	uint64_t type, machine, flags, phnum;
	e->is_64 = e->bytes.p[4] == 2;
	e->is_big_endian = e->bytes.p[5] == 2;
	if (!number(e, 16, 2, &type) || !number(e, 18, 2, &machine) ||
	    !word(e, e->is_64 ? 32 : 28, &e->phoff) || !number(e, e->is_64 ? 48 : 36, 4, &flags) ||
	    !number(e, e->is_64 ? 56 : 44, 2, &phnum))
		return false;
	e->phnum = (unsigned)phnum;
	ret->is_64 = e->is_64;
	ret->is_big_endian = e->is_big_endian;
	ret->type = (uint16_t)type;
	ret->machine = (uint16_t)machine;
	ret->flags = (uint32_t)flags;
	return true;
}

static bool is_elf(struct pl_str bytes)
{
	return bytes.n >= 52 && memcmp(bytes.p, "\177ELF", 4) == 0 &&
	       (bytes.p[4] == 1 || bytes.p[4] == 2) && (bytes.p[5] == 1 || bytes.p[5] == 2);
}

static void parse(struct image *e, struct pl_elf_facts *ret)
{
	*ret = (struct pl_elf_facts){.libc = PL_ELF_ANY};
	if (!is_elf(e->bytes) || !header(e, ret))
		return;
	ret->is_elf = true;
	if (ret->type != ET_DYN)
		return;
	uint64_t at = 0;
	for (unsigned i = 0; i < e->phnum; i++) {
		struct segment s;
		struct pl_str interpreter;
		if (!segment(e, i, &s))
			return;
		if (s.type == PT_DYNAMIC)
			at = s.filesz ? s.offset : 0;
		if (s.type == PT_INTERP && string(e, s.offset, &interpreter))
			ret->libc = libc_of(interpreter);
	}
	struct pl_elf_facts before = *ret;
	if (at && dynamic_section(e, at, ret))
		ret->is_shared = true;
	else
		*ret = before;
}

void pl_elf_parse(struct pl_str bytes, struct pl_elf_facts *ret)
{
	struct image e = {.bytes = bytes};
	parse(&e, ret);
}

bool pl_elf_parse_parts(struct pl_str head, struct pl_str part, uint64_t part_at,
			struct pl_elf_facts *ret)
{
	struct image e = {.bytes = head, .part = part, .part_at = part_at, .is_cut = true};
	parse(&e, ret);
	return !e.is_missed;
}

uint64_t pl_elf_dynamic_at(struct pl_str head)
{
	struct image e = {.bytes = head};
	struct pl_elf_facts facts;
	struct segment s;
	if (!is_elf(head) || !header(&e, &facts))
		return 0;
	for (unsigned i = 0; i < e.phnum && segment(&e, i, &s); i++)
		if (s.type == PT_DYNAMIC)
			return s.offset;
	return 0;
}

/* Where a program's dynamic section, its strings and its symbols are. */
struct dynamic_tables {
	uint64_t at, strings, symbols;
};

static bool find_tables(struct image *e, struct dynamic_tables *ret)
{
	uint64_t tag, value;
	if (!ret->at)
		return false;
	for (uint64_t i = 0; dynamic(e, ret->at, i, &tag, &value) && tag != DT_NULL; i++) {
		if (tag == DT_STRTAB)
			ret->strings = file_offset(e, value);
		if (tag == DT_SYMTAB)
			ret->symbols = file_offset(e, value);
	}
	return ret->strings != 0;
}

static struct pl_str needed_names(struct image *e, const struct dynamic_tables *t,
				  struct pl_arena *a)
{
	PL_AUTO(buf) names = {.max = NEEDED_MAX};
	uint64_t tag, value, where;
	struct pl_str name;
	for (uint64_t i = 0; dynamic(e, t->at, i, &tag, &value) && tag != DT_NULL; i++) {
		if (tag != DT_NEEDED || __builtin_add_overflow(t->strings, value, &where) ||
		    !string(e, where, &name))
			continue;
		pl_buf_addstr(&names, name);
		pl_buf_addc(&names, '\0');
	}
	return names.overflow ? (struct pl_str){"", 0} : pl_arena_str(a, pl_buf_str(&names));
}

static bool has(struct pl_str s, const char *part)
{
	return memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* Is that very name at `at`? */
static bool is_name(struct image *e, uint64_t at, const char *name)
{
	size_t n = strlen(name) + 1;
	return at < e->bytes.n && e->bytes.n - at >= n && memcmp(e->bytes.p + at, name, n) == 0;
}

/* Does it import a function that runs a shell? No table says how many symbols there are where
 * DT_GNU_HASH has no exported one; every linker puts the strings behind them, so they end there at
 * the latest. What lies between is no symbol of that name. */
static bool imports_shell(struct image *e, const struct dynamic_tables *t)
{
	unsigned width = e->is_64 ? 24 : 16;
	uint64_t name, section, where;
	for (uint64_t at = t->symbols; at && at < t->strings; at += width) {
		if (!number(e, at, 4, &name) || !number(e, at + (e->is_64 ? 6 : 14), 2, &section))
			return false;
		if (section != 0 || __builtin_add_overflow(t->strings, name, &where))
			continue;
		if (is_name(e, where, "system") || is_name(e, where, "popen") ||
		    is_name(e, where, "wordexp"))
			return true;
	}
	return false;
}

static void parse_elf(struct pl_str bytes, const struct pl_elf_facts *facts, struct pl_arena *a,
		      struct pl_program *ret)
{
	static const char shell[] = "\0/bin/sh";
	struct pl_elf_facts again;
	struct image e = {.bytes = bytes};
	struct dynamic_tables t = {0};
	if (!header(&e, &again))
		return;
	ret->is_elf = true;
	ret->machine = facts->machine;
	for (unsigned i = 0; i < e.phnum; i++) {
		struct segment s;
		struct pl_str text;
		if (!segment(&e, i, &s))
			break;
		if (s.type == PT_DYNAMIC)
			t.at = s.filesz ? s.offset : 0;
		if (s.type == PT_INTERP && string(&e, s.offset, &text))
			ret->interpreter = text;
	}
	ret->calls_shell = memmem(bytes.p, bytes.n, shell, sizeof(shell)) != NULL;
	if (!find_tables(&e, &t))
		return;
	ret->needed = needed_names(&e, &t, a);
	ret->calls_shell = ret->calls_shell || imports_shell(&e, &t);
}

void pl_program_parse(struct pl_str bytes, struct pl_arena *a, struct pl_program *ret)
{
	struct pl_elf_facts facts;
	*ret = (struct pl_program){0};
	if (pl_str_starts(bytes, "#!")) {
		/* The kernel's BINPRM_BUF_SIZE. */
		struct pl_str rest = pl_str_sub(bytes, 2, bytes.n < 256 ? bytes.n : 256);
		ret->is_script = true;
		ret->interpreter = pl_str_trim(pl_str_cut(&rest, '\n'));
		return;
	}
	pl_elf_parse(bytes, &facts);
	if (facts.is_elf)
		parse_elf(bytes, &facts, a, ret);
}

bool pl_elf_is_library_name(struct pl_str name)
{
	if (!pl_str_starts(name, "lib") && !pl_str_starts(name, "ld-") &&
	    !pl_str_starts(name, "ld.so.") && !pl_str_starts(name, "ld64.so."))
		return false;
	/* Those are what prelink and gdb leave beside libraries. */
	return has(name, ".so") && !pl_str_ends(name, ".#prelink#") &&
	       !pl_str_ends(name, "-gdb.py") &&
	       !(name.n >= 17 && memcmp(name.p + name.n - 17, ".#prelink#.", 11) == 0);
}
