// SPDX-License-Identifier: Apache-2.0
/*
 * Who holds a connection, in which state, and since when: the HTTP library only knows how long a
 * connection was silent, so that a byte now and then would hold one for ever. Ownership: the
 * sockets are the library's; they are shut down here, which makes it close them. Thread rule: all
 * functions lock. Limits: struct pl_conn_limits.
 */
#pragma once

#include "base/buf.h"

#include <pthread.h>
#include <sys/socket.h>

enum pl_conn_state {
	PL_CONN_HEAD,   /* silent, or in the head of a request */
	PL_CONN_BODY,   /* in the body of a request */
	PL_CONN_WORK,   /* the request is here and being answered: never dropped */
	PL_CONN_ANSWER, /* the answer is on its way */
	PL_CONN_STATES,
};
struct pl_conn_limits {
	size_t all, of_peer;                 /* from these on, a new one costs an old one */
	uint64_t longest_ns[PL_CONN_STATES]; /* in one state; 0: no limit */
};
struct pl_conn;
struct pl_conns {
	const struct pl_conn_limits *limits;
	pthread_mutex_t lock;
	PL_VEC(struct pl_conn *) v;
};
void pl_conns_init(struct pl_conns *c, const struct pl_conn_limits *limits);
void pl_conns_done(struct pl_conns *c);

/*
 * A new connection of this peer (an IPv4 address, or a network of 64 bits of IPv6) in state
 * PL_CONN_HEAD. Where the peer, or all together, have as many as the limits say, the one that has
 * been in its state for the longest time is shut down for it. Freed by pl_conn_close, which must
 * come before the socket is closed.
 */
struct pl_conn *pl_conn_open(struct pl_conns *c, int fd, const struct sockaddr *peer,
			     uint64_t now_ns);
void pl_conn_close(struct pl_conns *c, struct pl_conn *conn);
void pl_conn_enter(struct pl_conns *c, struct pl_conn *conn, enum pl_conn_state state,
		   uint64_t now_ns);
/* Shuts down what has been in one state for too long; how many. */
size_t pl_conns_sweep(struct pl_conns *c, uint64_t now_ns);
/* Shuts down all but those in PL_CONN_WORK. */
void pl_conns_drop(struct pl_conns *c);
