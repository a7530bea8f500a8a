// SPDX-License-Identifier: Apache-2.0
/* The listening socket and the tokens: what pl_serve needs before the first request. */
#pragma once

#include "base/digest.h"

/* A listening TCP socket on "HOST:PORT" (owned by the caller), the address as bound, and whether it
 * is a loopback one. */
int pl_listen(const char *where, int *ret_fd, char ret_bound[80], bool *ret_loopback,
	      struct pl_err *err) PL_MUST_USE;
/* The address of this end of a socket, as a URL has it, and whether it is a loopback one; -errno.
 */
int pl_socket_name(int fd, char ret_bound[80], bool *ret_loopback) PL_MUST_USE;

/* Hashes of the accepted tokens: comparing hashes takes the same time whatever is wrong. */
struct pl_tokens {
	struct pl_digest *v;
	size_t n, cap;
};
/* One token a line, '#' begins a comment; PL_INPUT when there is none or one is shorter than 16. */
int pl_tokens_load(const char *path, struct pl_tokens *ret, struct pl_err *err) PL_MUST_USE;
void pl_tokens_done(struct pl_tokens *t);
/* header: the value of Authorization or NULL. */
bool pl_tokens_accept(const struct pl_tokens *t, const char *header);
