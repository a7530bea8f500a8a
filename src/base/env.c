// SPDX-License-Identifier: Apache-2.0
#include "base/env.h"

#include "base/clock.h"

#undef getenv /* the one place that reads the process environment */

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

const struct pl_limits pl_limits_default = {
	.json_bytes = 16 << 20,
	.manifest_bytes = 4 << 20,
	.index_bytes = 512 << 20,
	.indexes_bytes = (uint64_t)2 << 30,
	.index_memory = 96 << 20,
	.deb_bytes = (uint64_t)2 << 30,
	.unpacked_bytes = (uint64_t)16 << 30,
	.unpacked_ratio = 500,
	.package_bytes = 1 << 30,
	.image_bytes = (uint64_t)64 << 30,
	.image_free = 1 << 30,
	.archive_entries = 400000,
	.path_bytes = 4096,
	.header_bytes = 1 << 20,
	.memory_file = 64 << 20,
	.stall_s = 30,
	.min_speed = 1024,
	.request_s = 120,
	.scan_memory = 16 << 20,
	.scan_packages = 200000,
};

static int64_t system_now(void *ctx)
{
	(void)ctx;
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

void pl_env_init(struct pl_env *env)
{
	cpu_set_t set;
	*env = (struct pl_env){.now = system_now, .limits = &pl_limits_default, .jobs = 1};
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		env->jobs = (unsigned)CPU_COUNT(&set);
	if (env->jobs > 64)
		env->jobs = 64;
}

int64_t pl_env_now(const struct pl_env *env) { return env->now(env->now_ctx); }

int pl_env_check(const struct pl_env *env, struct pl_err *err)
{
	if (env->stop && atomic_load_explicit(env->stop, memory_order_relaxed))
		return pl_fail(err, PL_INTERRUPTED, "interrupted; run it again to go on");
	if (env->until_ns && pl_mono_ns() >= env->until_ns)
		return pl_fail(err, PL_TIMEOUT,
			       "the command's time is up (--timeout); run it again to go on");
	return 0;
}

void pl_progress_begin(const struct pl_env *env, const char *task, uint64_t total, const char *unit)
{
	if (env->progress)
		env->progress->begin(env->progress_ctx, task, total, unit);
}

void pl_progress_step(const struct pl_env *env, const char *task, uint64_t done, const char *item)
{
	if (env->progress)
		env->progress->step(env->progress_ctx, task, done, item);
}

void pl_progress_end(const struct pl_env *env, const char *task, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	if (!env->progress)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	env->progress->end(env->progress_ctx, task, text);
}

void pl_note(const struct pl_env *env, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	if (!env->progress)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	env->progress->note(env->progress_ctx, text);
}

const char *pl_environ(const char *name)
{
	const char *v = getenv(name);
	return v && *v ? v : NULL;
}

char *pl_xdg_dir(const char *name, const char *fallback)
{
	const char *dir = pl_environ(name);
	if (dir && dir[0] == '/')
		return pl_xstrdup(dir);
	const char *home = pl_environ("HOME");
	if (!home || home[0] != '/')
		return NULL;
	return pl_xprintf("%s/%s", home, fallback);
}
