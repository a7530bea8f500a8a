// SPDX-License-Identifier: Apache-2.0
/*
 * Progress on standard error. On a terminal: one line that is redrawn, at most ten times a second.
 * Elsewhere: a line when a task starts and one when it ends, so that a log shows it lives. Thread
 * rule: one lock around everything.
 */
#include "base/clock.h"
#include "cli/cli_int.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_TASKS 8
#define FRAME_NS 100000000u

struct task {
	char name[32], unit[4], item[64];
	uint64_t total, done, started;
	bool live;
};

struct pl_progress {
	pthread_mutex_t lock;
	struct task tasks[MAX_TASKS];
	bool bar, color, drawn;
	uint64_t last;
};

static void amount(struct pl_buf *b, const struct task *t, uint64_t n)
{
	if (t->unit[0] == 'B')
		pl_out_size(b, n);
	else
		pl_buf_addf(b, "%llu", (unsigned long long)n);
}

static void put(const char *text)
{
	/* Nothing sensible can be done about a progress line that cannot be written. */
	ssize_t n = write(STDERR_FILENO, text, strlen(text));
	(void)n;
}

static void erase(struct pl_progress *p)
{
	if (p->drawn)
		put("\r\033[K");
	p->drawn = false;
}

static void draw(struct pl_progress *p, bool force)
{
	uint64_t now = pl_mono_ns();
	if (!p->bar || (!force && now - p->last < FRAME_NS))
		return;
	PL_AUTO(buf) line = {0};
	for (size_t i = 0; i < MAX_TASKS; i++) {
		const struct task *t = &p->tasks[i];
		if (!t->live)
			continue;
		pl_buf_addf(&line, "%s%s ", line.n ? "  " : "", t->name);
		amount(&line, t, t->done);
		if (t->total) {
			pl_buf_addc(&line, '/');
			amount(&line, t, t->total);
		}
		pl_buf_addf(&line, " %.28s", t->item);
	}
	p->last = now;
	if (line.n == 0)
		return;
	PL_AUTOFREE char *text = pl_xprintf("\r\033[K%.110s", line.p);
	put(text);
	p->drawn = true;
}

static struct task *task_named(struct pl_progress *p, const char *name)
{
	for (size_t i = 0; i < MAX_TASKS; i++)
		if (p->tasks[i].live && strcmp(p->tasks[i].name, name) == 0)
			return &p->tasks[i];
	return NULL;
}

static void begin(void *ctx, const char *name, uint64_t total, const char *unit)
{
	struct pl_progress *p = ctx;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < MAX_TASKS; i++) {
		struct task *t = &p->tasks[i];
		if (t->live)
			continue;
		*t = (struct task){.total = total, .started = pl_mono_ns(), .live = true};
		snprintf(t->name, sizeof(t->name), "%s", name);
		snprintf(t->unit, sizeof(t->unit), "%s", unit);
		if (!p->bar) {
			PL_AUTOFREE char *line = pl_xprintf("%s ...\n", name);
			put(line);
		}
		break;
	}
	draw(p, true);
	pthread_mutex_unlock(&p->lock);
}

static void step(void *ctx, const char *name, uint64_t done, const char *item)
{
	struct pl_progress *p = ctx;
	pthread_mutex_lock(&p->lock);
	struct task *t = task_named(p, name);
	if (t) {
		t->done += done;
		if (item)
			pl_escape(t->item, sizeof(t->item), item, strlen(item));
		draw(p, false);
	}
	pthread_mutex_unlock(&p->lock);
}

static void end(void *ctx, const char *name, const char *summary)
{
	struct pl_progress *p = ctx;
	char text[512];
	pthread_mutex_lock(&p->lock);
	struct task *t = task_named(p, name);
	double s = t ? (double)(pl_mono_ns() - t->started) / 1e9 : 0;
	pl_escape(text, sizeof(text), summary, strlen(summary));
	erase(p);
	PL_AUTOFREE char *line = pl_xprintf("%s%s%s: %s (%.2f s)\n", p->color ? "\033[32m" : "",
					    name, p->color ? "\033[0m" : "", text, s);
	put(line);
	if (t)
		t->live = false;
	draw(p, true);
	pthread_mutex_unlock(&p->lock);
}

static void note(void *ctx, const char *text)
{
	struct pl_progress *p = ctx;
	char safe[1024];
	pthread_mutex_lock(&p->lock);
	erase(p);
	PL_AUTOFREE char *line =
		pl_xprintf("%snote:%s %s\n", p->color ? "\033[33m" : "", p->color ? "\033[0m" : "",
			   pl_escape(safe, sizeof(safe), text, strlen(text)));
	put(line);
	draw(p, true);
	pthread_mutex_unlock(&p->lock);
}

static const struct pl_progress_ops ops = {begin, step, end, note};

int pl_progress_start(struct pl_cli *c, struct pl_err *err)
{
	const char *mode = c->args.progress ? c->args.progress : "auto";
	const char *term = pl_environ("TERM");
	bool tty = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	if (c->args.quiet || strcmp(mode, "none") == 0)
		return 0;
	struct pl_progress *p = pl_xcalloc(1, sizeof(*p));
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		free(p);
		return pl_fail(err, PL_SYS, "cannot make a lock");
	}
	p->bar = strcmp(mode, "bar") == 0 || (strcmp(mode, "auto") == 0 && tty);
	p->color = (tty || pl_environ("CLICOLOR_FORCE")) && !c->args.no_color &&
		   !pl_environ("NO_COLOR");
	c->env.progress = &ops;
	c->env.progress_ctx = p;
	return 0;
}

void pl_progress_stop(struct pl_cli *c)
{
	struct pl_progress *p = c->env.progress_ctx;
	if (!p)
		return;
	erase(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
	c->env.progress = NULL;
	c->env.progress_ctx = NULL;
}
