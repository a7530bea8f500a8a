// SPDX-License-Identifier: Apache-2.0
#include "base/threads.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

struct run {
	const struct pl_env *env;
	pl_work_fn *fn;
	void *ctx;
	size_t n;
	pthread_mutex_t lock;
	size_t next;
	size_t failed; /* lowest failed index, n if none */
	struct pl_err err;
};

struct worker {
	struct run *run;
	unsigned id;
};

static void record(struct run *r, size_t i, const struct pl_err *err)
{
	assert(err->code != PL_OK); /* a failure without a code would read as success */
	pthread_mutex_lock(&r->lock);
	if (i < r->failed) {
		r->failed = i;
		r->err = *err;
	}
	pthread_mutex_unlock(&r->lock);
}

static void *work(void *arg)
{
	const struct worker *w = arg;
	struct run *r = w->run;
	for (;;) {
		pthread_mutex_lock(&r->lock);
		size_t i = r->failed < r->n ? r->n : r->next;
		if (i < r->n)
			r->next++;
		pthread_mutex_unlock(&r->lock);
		if (i >= r->n)
			return NULL;
		struct pl_err err = {0};
		if (pl_env_check(r->env, &err) < 0 || r->fn(r->ctx, i, w->id, &err) < 0)
			record(r, i, &err);
	}
}

int pl_parallel(const struct pl_env *env, size_t n, pl_work_fn *fn, void *ctx, struct pl_err *err)
{
	struct run r = {.env = env, .fn = fn, .ctx = ctx, .n = n, .failed = n};
	unsigned count = env->jobs > n ? (unsigned)n : env->jobs;
	pthread_t threads[64];
	struct worker workers[64];
	sigset_t all, before;

	if (count > 64)
		count = 64;
	pthread_mutex_init(&r.lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	unsigned started = 1; /* worker 0 is this thread */
	workers[0] = (struct worker){&r, 0};
	while (started < count) {
		workers[started] = (struct worker){&r, started};
		if (pthread_create(&threads[started], NULL, work, &workers[started]) != 0)
			break; /* fewer threads do the same work */
		started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	work(&workers[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&r.lock);
	if (r.failed == n)
		return 0;
	*err = r.err;
	return -(int)err->code;
}
