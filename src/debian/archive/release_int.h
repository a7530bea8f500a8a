// SPDX-License-Identifier: Apache-2.0
/* A suite's Release: its signature, and what it says (Debian's repository format). */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/env.h"

/* Verifies clear-signed text with gpgv and keyring; ret_text is what gpgv wrote. */
int pl_release_verify(const struct pl_env *env, struct pl_str inrelease, const char *keyring,
		      const char *where, struct pl_buf *ret_text, char ret_fingerprint[65],
		      struct pl_err *err) PL_MUST_USE;
struct pl_release_file {
	struct pl_str path;
	uint64_t size;
	struct pl_digest sha256;
};
struct pl_release {
	struct pl_str suite, codename;
	int64_t date, valid_until;
	bool by_hash;
	struct pl_release_file *files; /* SHA256 section only, sorted by path */
	size_t n_files;
};
int pl_release_parse(struct pl_arena *a, struct pl_str text, const char *where,
		     struct pl_release *ret, struct pl_err *err) PL_MUST_USE;
