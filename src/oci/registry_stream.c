// SPDX-License-Identifier: Apache-2.0
/*
 * A blob as a source. libcurl pushes and a source is pulled, so a thread does the request and a
 * socket pair of bounded size stands between: memory stays small whatever the blob's size, and
 * nothing is written to disk. A socket, not a pipe: MSG_NOSIGNAL makes an early close an error
 * instead of a SIGPIPE. An answer that breaks off is asked for again, and what was passed on
 * already is skipped; the digest judges the whole. The thread starts with the first read.
 */
#include "oci/registry_int.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

struct blob_stream {
	struct pl_source base;
	struct registry_repo *r;
	struct registry_handle *h;
	char *url, *doing;
	pthread_t thread;
	bool running;
	int read_fd, write_fd;
	uint64_t sent; /* passed on to the reader; the thread's */
	int rc;        /* the thread's result, valid after joining */
	struct pl_err result;
};

struct blob_stream_sink {
	struct pl_sink base;
	struct blob_stream *s;
	uint64_t skip;
};

static int sink_write(struct pl_sink *base, const void *p, size_t n, struct pl_err *err)
{
	struct blob_stream_sink *k = (struct blob_stream_sink *)base;
	const char *at = p;
	size_t over = k->skip < n ? (size_t)k->skip : n;
	k->skip -= over;
	at += over;
	n -= over;
	while (n) {
		ssize_t w = send(k->s->write_fd, at, n, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return pl_fail(err, PL_INTERRUPTED, "%s: closed by its reader",
				       k->s->doing);
		at += w;
		n -= (size_t)w;
		k->s->sent += (uint64_t)w;
	}
	return 0;
}

static int sink_finish(struct pl_sink *base, struct pl_err *err)
{
	(void)base;
	(void)err;
	return 0;
}

static void sink_close(struct pl_sink *base) { (void)base; } /* lives on the stack */

static const struct pl_sink_ops sink_ops = {sink_write, sink_finish, sink_close};

static void *fetch_into_socket(void *arg)
{
	struct blob_stream *s = arg;
	for (unsigned attempt = 0;; attempt++) {
		struct blob_stream_sink sink = {.base.ops = &sink_ops, .s = s, .skip = s->sent};
		struct pl_http_response resp = {0};
		struct registry_request q = {.method = "GET",
					     .url = s->url,
					     .scope = s->r->pull_scope,
					     .sink = &sink.base,
					     .max_body = UINT64_MAX};
		s->rc = pl_registry_do(s->r, s->h, &q, &resp, &s->result);
		bool again = pl_http_backoff(&s->h->env, s->rc, &resp, &s->result, attempt,
					     s->h->until_ns);
		if (!again && s->rc == 0 && (resp.status < 200 || resp.status > 299))
			s->rc = pl_registry_fail(s->r, &resp, s->doing, &s->result);
		pl_http_response_done(&resp);
		if (!again)
			break;
	}
	shutdown(s->write_fd, SHUT_WR);
	return NULL;
}

static int start_thread(struct blob_stream *s, struct pl_err *err)
{
	int fd[2];
	sigset_t all, before;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return pl_fail_sys(err, errno, "%s", s->doing);
	s->read_fd = fd[0];
	s->write_fd = fd[1];
	s->h = pl_registry_take(s->r->at);
	s->h->env.stop = &s->h->stop;
	sigfillset(&all); /* main handles signals */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int e = pthread_create(&s->thread, NULL, fetch_into_socket, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != 0)
		return pl_fail_sys(err, e, "%s: starting a thread", s->doing);
	s->running = true;
	return 0;
}

static void join_thread(struct blob_stream *s)
{
	if (s->running)
		pthread_join(s->thread, NULL);
	s->running = false;
}

static int64_t stream_read(struct pl_source *base, void *p, size_t n, struct pl_err *err)
{
	struct blob_stream *s = (struct blob_stream *)base;
	if (s->read_fd < 0) {
		int rc = start_thread(s, err);
		if (rc < 0)
			return rc;
	}
	for (;;) {
		int rc = pl_env_check(s->r->repo.env, err);
		if (rc < 0)
			return rc; /* close stops the thread */
		struct pollfd pfd = {.fd = s->read_fd, .events = POLLIN};
		int ready = poll(&pfd, 1, 200);
		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		ssize_t k = ready < 0 ? -1 : recv(s->read_fd, p, n, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return pl_fail_sys(err, errno, "%s", s->doing);
		if (k > 0)
			return k;
		join_thread(s);
		if (s->rc < 0)
			*err = s->result;
		return s->rc;
	}
}

static void stream_close(struct pl_source *base)
{
	struct blob_stream *s = (struct blob_stream *)base;
	if (s->h)
		atomic_store(&s->h->stop, true);
	pl_close_fd(&s->read_fd); /* a thread that waits in send wakes with EPIPE */
	join_thread(s);
	pl_close_fd(&s->write_fd);
	if (s->h)
		pl_registry_give(s->r->at, s->h);
	free(s->url);
	free(s->doing);
	free(s);
}

static const struct pl_source_ops stream_ops = {stream_read, stream_close};

int pl_registry_blob(struct pl_repo *repo, const struct pl_descriptor *d, struct pl_source **ret,
		     struct pl_err *err)
{
	struct registry_repo *r = (struct registry_repo *)repo;
	PL_AUTOFREE char *what = pl_xprintf("%s: blob %s", repo->name, PL_DIGEST_STR(&d->digest));
	(void)err; /* every failure shows at the first read */
	struct blob_stream *s = pl_xcalloc(1, sizeof(*s));
	s->base.ops = &stream_ops;
	s->r = r;
	s->read_fd = s->write_fd = -1;
	s->url = pl_xprintf("%s/blobs/%s", r->base, PL_DIGEST_STR(&d->digest));
	s->doing = pl_xprintf("blob %s", PL_DIGEST_STR(&d->digest));
	*ret = pl_source_verify(&s->base, d->size, &d->digest, what);
	return 0;
}
