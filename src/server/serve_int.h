// SPDX-License-Identifier: Apache-2.0
/*
 * A running server: what all requests share. Ownership: pl_serve has it on its stack. Thread rule:
 * fields are set before the first request; what changes has a lock or is atomic. Limits: below.
 */
#pragma once

#include "server/admit_int.h"
#include "server/connections_int.h"
#include "server/server.h"

#include <microhttpd.h>
#include <stdatomic.h>

/* Bytes held for all requests (or all answers) together. Small ones are bounded by the number of
 * connections, and always have room, so that asking for health works while all else is refused. */
struct pl_body_budget {
	atomic_size_t held;
	size_t max;
};
#define PL_BUDGET_FREE ((size_t)16 << 10) /* of each, not counted */

/* After a write found the database held, and gave up waiting for it. */
#define PL_HELD_NS ((uint64_t)200000000)

struct pl_server {
	const struct pl_env *env;
	struct pl_env calm;  /* env without its stop: requests under way are finished ... */
	atomic_bool give_up; /* ... until this is set */
	const struct pl_serve_options *o;
	struct pl_tokens tokens;
	struct pl_admission admission;
	struct pl_conns conns;
	struct pl_body_budget requests, answers;
	pthread_mutex_t lock;
	PL_VEC(struct pl_inv *) idle; /* connections to the database not in use */
	atomic_uint active;           /* requests between their head and the end of their answer */
	/* Until then the database is taken to be held: writes are not tried. */
	_Atomic uint64_t held_until_ns;
};

/* A connection to the database, until it is given back. */
int pl_server_take_inv(struct pl_server *s, struct pl_inv **ret, struct pl_err *err) PL_MUST_USE;
void pl_server_give_inv(struct pl_server *s, struct pl_inv *inv);

/* The HTTP library's callbacks; cls is the server. */
void *pl_on_target(void *cls, const char *uri, struct MHD_Connection *c);
enum MHD_Result pl_on_request(void *cls, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *data_size, void **state);
void pl_on_completed(void *cls, struct MHD_Connection *c, void **state,
		     enum MHD_RequestTerminationCode why);
void pl_on_connection(void *cls, struct MHD_Connection *c, void **socket_state,
		      enum MHD_ConnectionNotificationCode what);
