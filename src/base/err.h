// SPDX-License-Identifier: Apache-2.0
/*
 * Errors: a code and a text, by value, so that reporting one cannot fail.
 * Ownership: the caller owns the struct, zero-initialised (struct pl_err err = {0};); it holds no
 * pointers. Thread rule: one struct per thread. Limits: the text is cut at 503 bytes.
 */
#pragma once

#include "base/macros.h"

enum pl_code {
	PL_OK = 0,
	PL_FAILURE,     /* anything without a better name */
	PL_USAGE,       /* the command line is wrong */
	PL_FINDINGS,    /* policy findings at or over the threshold */
	PL_CHANGES,     /* a plan is not empty, where that was asked */
	PL_VERIFY,      /* hash, size, signature or date did not verify */
	PL_NOT_FOUND,   /* what was asked for does not exist */
	PL_AUTH,        /* credentials missing or refused */
	PL_REMOTE,      /* network, remote server, rate limit: trying again may help */
	PL_REFUSED,     /* as PL_REMOTE, but it did answer: trying again does not help */
	PL_PARTIAL,     /* some parts done, some not */
	PL_INTERRUPTED, /* a signal asked us to stop */
	PL_TIMEOUT,     /* the time that the command was given is up */
	PL_INPUT,       /* malformed input: definition, lock, archive, manifest, request */
	PL_LIMIT,       /* input exceeds a limit of ours */
	PL_CONFLICT,    /* something else has that name, or the state forbids it */
	PL_STALE,       /* it has changed since it was read (its etag is another) */
	PL_DAMAGED,     /* our own database holds what we never wrote */
	PL_UNSOLVABLE,  /* no set of packages meets the definition */
	PL_SCRIPTS,     /* maintainer scripts that nothing accounts for */
	PL_SYS,         /* an operating system call failed; .sys is errno */
	PL_BUSY,        /* database or store is locked by somebody else */
	PL_CODE_COUNT
};

struct pl_err {
	enum pl_code code;
	int sys; /* errno behind PL_SYS, for reports; 0 otherwise. Meanings are codes. */
	char msg[504];
};

/* What each code means at the edges. exit_status is the program's documented status (docs/cli.md).
 */
struct pl_code_info {
	const char *name;
	int exit_status;
	int http_status;
	bool retryable;
};
const struct pl_code_info *pl_code_info(enum pl_code code);
/* Is the command itself to end? Then nothing is found out, tried next or made the best of. */
static inline bool pl_must_end(enum pl_code code)
{
	return code == PL_INTERRUPTED || code == PL_TIMEOUT;
}

/* Sets the error and returns -code. The text names the file, line, image, package or host it speaks
 * of, and what to do. */
int pl_fail(struct pl_err *err, enum pl_code code, const char *fmt, ...) PL_PRINTF(3, 4);
/* As pl_fail with PL_SYS and errno's text appended; ENOSPC and EDQUOT say so plainly. */
int pl_fail_sys(struct pl_err *err, int sys, const char *fmt, ...) PL_PRINTF(3, 4);
/* Prefixes the text with "...: " and returns -err->code. */
int pl_ctx(struct pl_err *err, const char *fmt, ...) PL_PRINTF(2, 3);

/* Control bytes, invalid UTF-8 and backslashes of text from outside escaped as \xNN, into dst
 * (always terminated, cut at size). Returns dst. */
char *pl_escape(char *dst, size_t size, const char *src, size_t n);
/* A text escaped for an error, at most 159 bytes of it; lives to the end of the block. */
#define PL_SHOWN(s) pl_escape((char[160]){0}, 160, (s).p, (s).n)
