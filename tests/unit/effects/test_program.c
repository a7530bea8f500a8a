// SPDX-License-Identifier: Apache-2.0
/* What programs need: scripts, and ELF programs made here, whole, cut off and damaged. */
#include "effects/elf.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A position-independent program of 64 bits: interpreter, two libraries, and imported and exported
 * symbols, with the strings behind the symbols as linkers lay them out. */
struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segment[3];
	Elf64_Dyn dynamic[5];
	Elf64_Sym symbol[3];
	char strings[64], interpreter[16], data[16];
};

static const char strings[] = "\0libone.so.1\0libc.so.6\0puts\0system";
enum { ONE = 1, LIBC = 13, PUTS = 23, SYSTEM = 28 };

static void make(struct program *p, unsigned import, const char *data)
{
	*p = (struct program){
		.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB},
			   .e_type = ET_DYN,
			   .e_machine = EM_AARCH64,
			   .e_phoff = offsetof(struct program, segment),
			   .e_phnum = 3},
		.segment = {{.p_type = PT_LOAD, .p_filesz = sizeof(*p)},
			    {.p_type = PT_INTERP,
			     .p_offset = offsetof(struct program, interpreter),
			     .p_filesz = 9},
			    {.p_type = PT_DYNAMIC,
			     .p_offset = offsetof(struct program, dynamic),
			     .p_filesz = sizeof(p->dynamic)}},
		.dynamic = {{.d_tag = DT_NEEDED, .d_un.d_val = ONE},
			    {.d_tag = DT_NEEDED, .d_un.d_val = LIBC},
			    {.d_tag = DT_SYMTAB, .d_un.d_val = offsetof(struct program, symbol)},
			    {.d_tag = DT_STRTAB, .d_un.d_val = offsetof(struct program, strings)}},
		/* What it exports itself it does not import. */
		.symbol = {{0}, {.st_name = import}, {.st_name = SYSTEM, .st_shndx = 1}},
		.interpreter = "/lib/ld"};
	memcpy(p->strings, strings, sizeof(strings));
	memcpy(p->data, data, 16);
}

static struct pl_program parse(const struct program *p, size_t n, struct pl_arena *a)
{
	struct pl_program ret;
	pl_program_parse((struct pl_str){(const char *)p, n}, a, &ret);
	return ret;
}

static void test_elf(void **state)
{
	static const char none[16] = "x/bin/sh", shell[16] = "\0/bin/sh";
	PL_AUTO(arena) a = {0};
	struct program p;
	(void)state;
	make(&p, PUTS, none);
	struct pl_program r = parse(&p, sizeof(p), &a);
	assert_true(r.is_elf && !r.is_script && !r.calls_shell);
	assert_int_equal(r.machine, EM_AARCH64);
	assert_true(pl_str_is(r.interpreter, "/lib/ld"));
	assert_true(pl_str_eq(r.needed, PL_STR("libone.so.1\0libc.so.6\0")));
	make(&p, SYSTEM, none);
	assert_true(parse(&p, sizeof(p), &a).calls_shell);
	make(&p, PUTS, shell);
	assert_true(parse(&p, sizeof(p), &a).calls_shell);
	p.header.e_type = ET_EXEC;
	assert_true(parse(&p, sizeof(p), &a).needed.n);
	/* Only the beginning of the file is known: what lies in it, counts. */
	r = parse(&p, offsetof(struct program, dynamic), &a);
	assert_true(r.is_elf && !r.interpreter.p && !r.needed.n);
}

/* Every byte of it changed, and every length: never read past, whatever comes of it. */
static void test_damage(void **state)
{
	static const char none[16] = "";
	struct program p;
	(void)state;
	for (size_t i = 0; i < sizeof(p); i++) {
		PL_AUTO(arena) a = {0};
		make(&p, SYSTEM, none);
		((char *)&p)[i] = (char)0xff;
		(void)parse(&p, sizeof(p), &a);
		char *part = pl_arena_strn(&a, (const char *)&p, i);
		struct pl_program r;
		pl_program_parse((struct pl_str){part, i}, &a, &r);
	}
}

static void test_scripts(void **state)
{
	static const struct {
		const char *text, *interpreter; /* NULL: no script */
	} rows[] = {
		{"#!/bin/sh\necho", "/bin/sh"},
		{"#! /usr/bin/env -S a b \n", "/usr/bin/env -S a b"},
		{"#!/bin/sh", "/bin/sh"},
		{"#!\n", ""},
		{"# !/bin/sh\n", NULL},
		{"#", NULL},
		{"", NULL},
	};
	PL_AUTO(arena) a = {0};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		struct pl_program p;
		pl_program_parse(pl_str_of(rows[i].text), &a, &p);
		assert_int_equal(p.is_script, rows[i].interpreter != NULL);
		assert_false(p.is_elf);
		if (rows[i].interpreter)
			assert_true(pl_str_is(p.interpreter, rows[i].interpreter));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_scripts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
