// SPDX-License-Identifier: Apache-2.0
/*
 * Packages of the toy format (toy_format.h): offered from memory, in archives that are plain tars.
 * A test says what a package is in a few words (struct toy_offer). Entries and listings share one
 * notation, an entry a line: type (d f l h c), path, then what is not as usual: octal mode,
 * UID:GID, @MTIME, >TARGET, =BODY (to the end of the line; a line end in a body is written as '|').
 * A header, so that each test program has its own; one thread makes offers, any may read them.
 */
#pragma once

#include "base/digest.h"
#include "io/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define TOY_MTIME 946684800 /* what is not said: the builder's own, so listings stay short */
#define TOY_OFFERS 1024

struct toy_offer {
	const char *name, *version;
	const char *architecture; /* NULL: "all" */
	const char *source;       /* NULL: the name */
	const char *needs;        /* names, each with a space behind it; NULL: none */
	const char *files;        /* entries of the archive, NULL: none */
	/* Lines: "replaces NAME", "account NAME", "installs PATH" (its name is appended there),
	 * "removes PATH", "script NAME VERDICT", "fails", "anything". NULL: nothing of it. */
	const char *control;
	uint64_t kib;
	bool often;
	struct pl_buf archive; /* made of the above */
	struct pl_digest sha256;
};

static struct toy_offer toy_offers[TOY_OFFERS]; /* the newest of a name comes last */
static size_t toy_n;

static inline uint32_t toy_usual_mode(char type)
{
	return type == 'd' ? 0755 : type == 'l' ? 0777 : 0644;
}

static inline enum pl_tar_type toy_type(char c)
{
	switch (c) {
	case 'd':
		return PL_TAR_DIR;
	case 'l':
		return PL_TAR_SYMLINK;
	case 'h':
		return PL_TAR_HARDLINK;
	case 'c':
		return PL_TAR_CHAR;
	default:
		assert_int_equal(c, 'f');
		return PL_TAR_FILE;
	}
}

/* One line of the notation. Slices point into it. */
static inline void toy_entry_parse(struct pl_str line, struct pl_tar_entry *ret,
				   struct pl_str *ret_body)
{
	struct pl_str rest = line, type = pl_str_cut(&rest, ' ');
	*ret = (struct pl_tar_entry){.type = toy_type(type.p[0]),
				     .path = pl_str_cut(&rest, ' '),
				     .mode = toy_usual_mode(type.p[0]),
				     .mtime = TOY_MTIME};
	*ret_body = PL_STR("");
	while (rest.p && rest.n) {
		if (rest.p[0] == '=') {
			*ret_body = pl_str_sub(rest, 1, rest.n);
			break;
		}
		struct pl_str word = pl_str_cut(&rest, ' ');
		PL_AUTOFREE char *text = pl_str_dup(word);
		if (text[0] == '>')
			ret->link = pl_str_sub(word, 1, word.n);
		else if (text[0] == '@')
			ret->mtime = strtoll(text + 1, NULL, 10);
		else if (strchr(text, ':'))
			assert_int_equal(sscanf(text, "%u:%u", &ret->uid, &ret->gid), 2);
		else
			ret->mode = (uint32_t)strtoul(text, NULL, 8);
	}
	ret->size = ret_body->n;
}

static inline void toy_put(struct pl_buf *tar, const struct pl_tar_entry *e, struct pl_str body)
{
	struct pl_err err = {0};
	assert_int_equal(pl_tar_format(tar, e, &err), 0);
	for (size_t i = 0; i < body.n; i++)
		pl_buf_addc(tar, body.p[i] == '|' ? '\n' : body.p[i]);
	pl_buf_zero(tar, pl_tar_padding(body.n));
}

static inline void toy_pack(const char *control, const char *files, struct pl_buf *ret)
{
	struct pl_str text = pl_str_of(control ? control : ""), rest = pl_str_of(files);
	const struct pl_tar_entry first = {
		.type = PL_TAR_FILE, .path = PL_STR("toy"), .mode = 0644, .size = text.n};
	toy_put(ret, &first, text);
	while (rest.p && rest.n) {
		struct pl_tar_entry e;
		struct pl_str body;
		PL_AUTOFREE char *path = NULL, *link = NULL;
		toy_entry_parse(pl_str_cut(&rest, '\n'), &e, &body);
		path = pl_str_dup(e.path); /* NUL-terminated */
		link = pl_str_dup(e.link);
		e.path.p = path;
		e.link.p = link;
		toy_put(ret, &e, body);
	}
	pl_buf_zero(ret, PL_TAR_END);
}

/* A newer version of a name is offered after the older one. */
static inline struct toy_offer *toy_offer(struct toy_offer o)
{
	struct toy_offer *n = &toy_offers[toy_n++];
	assert_true(toy_n <= TOY_OFFERS);
	*n = o;
	if (!n->architecture)
		n->architecture = "all";
	if (!n->source)
		n->source = n->name;
	/* The name makes archives of packages without files differ. */
	PL_AUTOFREE char *control = pl_xprintf("%sname %s %s %s %s\n", o.control ? o.control : "",
					       n->name, n->version, n->architecture, n->source);
	toy_pack(control, o.files ? o.files : "", &n->archive);
	n->sha256 = pl_sha256_of(pl_buf_str(&n->archive));
	return n;
}

/* No package is offered any more. */
static inline void toy_reset(void)
{
	for (size_t i = 0; i < toy_n; i++)
		pl_buf_done(&toy_offers[i].archive);
	toy_n = 0;
}

static inline const struct toy_offer *toy_of(const struct pl_digest *sha256)
{
	for (size_t i = 0; i < toy_n; i++)
		if (pl_digest_eq(&toy_offers[i].sha256, sha256))
			return &toy_offers[i];
	return NULL;
}

/* The value of the nth line of a control text that begins with key and a space. */
static inline bool toy_line(const char *control, const char *key, size_t nth, struct pl_str *ret)
{
	struct pl_str rest = pl_str_of(control ? control : "");
	while (rest.p) {
		struct pl_str value = pl_str_cut(&rest, '\n');
		if (!pl_str_is(pl_str_cut(&value, ' '), key) || nth-- > 0)
			continue;
		*ret = value;
		return true;
	}
	return false;
}
