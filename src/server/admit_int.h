// SPDX-License-Identifier: Apache-2.0
/*
 * Which requests are taken, judged by their head alone, before a byte of a body is kept. Pure: no
 * socket, no HTTP library. Ownership: strings of a head are borrowed.
 */
#pragma once

#include "server/listen_int.h"
#include "server/server_int.h"

struct pl_admission {
	const struct pl_tokens *tokens; /* none: this machine alone is trusted */
	bool open_writes;               /* who needs no token may write */
	bool any_address; /* listens on all addresses: any of them is a name of ours */
	uint64_t body_max;
	uint16_t port;
	char *listen_name; /* the host as --listen has it, and the address that was bound */
	char *bound_name;
};
/* listen: "HOST:PORT" as given; bound: the address with its port. */
void pl_admission_init(struct pl_admission *a, const char *listen, const char *bound);
void pl_admission_done(struct pl_admission *a);

/* Of a request, what decides whether it is taken. */
struct pl_head {
	enum pl_method method; /* PL_METHODS: none that a path answers to */
	const char *target;
	bool before_1_1;     /* HTTP/1.0 */
	const char *arrived; /* the address and port that it came to; NULL: not known */
	/* by pl_head_add */
	const char *host, *length, *coding, *origin, *authorization, *content_type;
	const char *twice;     /* one of those that came more than once */
	const char *forwarded; /* a header that proxies add */
	bool malformed;        /* a name that is none */
};
/* The next header, as it came. */
void pl_head_add(struct pl_head *h, const char *name, const char *value);
/* 0, or the status that refuses it and why; the length of the body: 0 none, UINT64_MAX not told. */
unsigned pl_admit(const struct pl_admission *a, const struct pl_head *h, uint64_t *ret_length,
		  const char **ret_detail);
