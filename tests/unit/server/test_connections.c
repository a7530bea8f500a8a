// SPDX-License-Identifier: Apache-2.0
/* Who loses a connection, by a clock of the test's own. The other end of a pair sees it end. */
#include "server/connections_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX 8

static const struct pl_conn_limits limits = {
	.all = 4,
	.of_peer = 2,
	.longest_ns = {[PL_CONN_HEAD] = 100, [PL_CONN_BODY] = 200, [PL_CONN_ANSWER] = 300},
};

struct fixture {
	struct pl_conns c;
	struct pl_conn *v[MAX];
	int ours[MAX], theirs[MAX];
	size_t n;
};

static struct pl_conn *connect_from(struct fixture *f, const char *address, uint64_t now)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	union {
		struct sockaddr_in *in;
		struct sockaddr_in6 *in6;
		const struct sockaddr *sa;
	} u = {.in = &in};
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	if (strchr(address, ':')) {
		assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
		u.in6 = &in6;
	} else {
		assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	}
	assert_true(f->n < MAX);
	f->ours[f->n] = pair[0];
	f->theirs[f->n] = pair[1];
	f->v[f->n] = pl_conn_open(&f->c, pair[0], u.sa, now);
	return f->v[f->n++];
}

/* One letter a connection: 'o' open, 'x' shut down. */
static void check(struct fixture *f, const char *want, int line)
{
	char got[MAX + 1] = "";
	for (size_t i = 0; i < f->n; i++) {
		char b;
		got[i] = recv(f->theirs[i], &b, 1, MSG_DONTWAIT) == 0 ? 'x' : 'o';
	}
	if (strcmp(got, want) != 0)
		fail_msg("line %d: %s, expected %s", line, got, want);
}
#define CHECK(f, want) check(f, want, __LINE__)

static void begin(struct fixture *f)
{
	*f = (struct fixture){0};
	pl_conns_init(&f->c, &limits);
}

static void end(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++) {
		pl_conn_close(&f->c, f->v[i]);
		close(f->ours[i]);
		close(f->theirs[i]);
	}
	assert_int_equal(f->c.v.n, 0);
	pl_conns_done(&f->c);
}

static void deadlines(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	struct pl_conn *body = connect_from(&f, "192.0.2.1", 1000);
	struct pl_conn *work = connect_from(&f, "192.0.2.2", 1000);
	struct pl_conn *answer = connect_from(&f, "192.0.2.3", 1000);
	connect_from(&f, "192.0.2.4", 1000);
	pl_conn_enter(&f.c, body, PL_CONN_BODY, 1000);
	pl_conn_enter(&f.c, work, PL_CONN_WORK, 1000);
	pl_conn_enter(&f.c, answer, PL_CONN_ANSWER, 1000);
	assert_int_equal(pl_conns_sweep(&f.c, 1099), 0);
	CHECK(&f, "oooo");
	assert_int_equal(pl_conns_sweep(&f.c, 1100), 1);
	CHECK(&f, "ooox");
	assert_int_equal(pl_conns_sweep(&f.c, 1100), 0); /* it is gone already */
	assert_int_equal(pl_conns_sweep(&f.c, 1200), 1);
	CHECK(&f, "xoox");
	/* The clock of an answer begins with it. */
	pl_conn_enter(&f.c, work, PL_CONN_ANSWER, 1290);
	assert_int_equal(pl_conns_sweep(&f.c, 1300), 1);
	CHECK(&f, "xoxx");
	assert_int_equal(pl_conns_sweep(&f.c, 1589), 0);
	assert_int_equal(pl_conns_sweep(&f.c, 1590), 1);
	CHECK(&f, "xxxx");
	end(&f);
	begin(&f);
	work = connect_from(&f, "192.0.2.2", 1000);
	pl_conn_enter(&f.c, work, PL_CONN_WORK, 1000);
	assert_int_equal(pl_conns_sweep(&f.c, UINT64_MAX), 0);
	CHECK(&f, "o");
	end(&f);
}

static void of_one_peer(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	struct pl_conn *first = connect_from(&f, "192.0.2.1", 1);
	connect_from(&f, "192.0.2.2", 2);
	struct pl_conn *second = connect_from(&f, "192.0.2.1", 3);
	CHECK(&f, "ooo");
	/* The third of an address costs its own longest waiting one, not the other's older one. */
	pl_conn_enter(&f.c, first, PL_CONN_BODY, 4);
	connect_from(&f, "192.0.2.1", 5);
	CHECK(&f, "ooxo");
	assert_ptr_equal(second, f.v[2]);
	/* What is worked on stays. */
	pl_conn_enter(&f.c, first, PL_CONN_WORK, 6);
	connect_from(&f, "192.0.2.1", 7);
	CHECK(&f, "ooxxo");
	end(&f);
}

static void networks(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	connect_from(&f, "2001:db8:0:1::1", 1);
	connect_from(&f, "2001:db8:0:1:ffff::2", 2);
	connect_from(&f, "2001:db8:0:1::3", 3);
	CHECK(&f, "xoo");
	connect_from(&f, "2001:db8:0:2::3", 4);
	CHECK(&f, "xooo");
	end(&f);
	begin(&f);
	connect_from(&f, "::ffff:192.0.2.1", 1);
	connect_from(&f, "192.0.2.1", 2);
	connect_from(&f, "::ffff:192.0.2.2", 3);
	CHECK(&f, "ooo");
	connect_from(&f, "::ffff:192.0.2.1", 4);
	CHECK(&f, "xooo");
	end(&f);
}

static void together(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	struct pl_conn *first = connect_from(&f, "192.0.2.1", 1);
	connect_from(&f, "192.0.2.2", 2);
	connect_from(&f, "192.0.2.3", 3);
	connect_from(&f, "192.0.2.4", 4);
	pl_conn_enter(&f.c, first, PL_CONN_WORK, 1);
	connect_from(&f, "192.0.2.5", 5);
	CHECK(&f, "oxooo");
	connect_from(&f, "192.0.2.6", 6);
	CHECK(&f, "oxxooo");
	pl_conns_drop(&f.c);
	CHECK(&f, "oxxxxx");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines),
		cmocka_unit_test(of_one_peer),
		cmocka_unit_test(networks),
		cmocka_unit_test(together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
