// SPDX-License-Identifier: Apache-2.0
/*
 * Progress on standard error. On a terminal: one line with a bar, redrawn ten times a second also
 * while nothing comes, so that waiting is seen, and what is waited for. Elsewhere: a line when a
 * task starts, one every ten seconds while it runs, one when it ends, so that a log shows it lives.
 * Thread rule: one lock around everything; a thread of its own draws.
 */
#include "base/clock.h"
#include "base/num.h"
#include "cli/cli_int.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define MAX_TASKS 8
#define SECOND_NS 1000000000u
#define FRAME_NS (SECOND_NS / 10)
#define PLAIN_NS (10 * (uint64_t)SECOND_NS) /* between lines of a task that goes on */
#define BAR 20                              /* columns of the bar between its brackets */

struct task {
	char name[32], unit[4], item[128];
	uint64_t total, done, started, moved, said; /* times of the monotonic clock */
	bool live;
};

struct pl_progress {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* with stopping */
	pthread_t ticker;
	bool ticks, stopping;
	struct task tasks[MAX_TASKS];
	bool bar, color, drawn;
	uint64_t last, frame;
};

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

static void add_amount(struct pl_buf *b, const struct task *t)
{
	bool bytes = t->unit[0] == 'B';
	if (t->total && bytes)
		pl_buf_addf(b, "%s of %s", PL_SIZED(t->done), PL_SIZED(t->total));
	else if (t->total)
		pl_buf_addf(b, "%llu of %llu", (unsigned long long)t->done,
			    (unsigned long long)t->total);
	else if (t->done && bytes)
		pl_buf_adds(b, PL_SIZED(t->done));
	else if (t->done)
		pl_buf_addf(b, "%llu", (unsigned long long)t->done);
}

/* What is left at the rate so far, told only where that rate means something: after a while, with a
 * good part done, and while it moves. Else how long it has taken, once that is worth telling. */
static void add_time(struct pl_buf *b, const struct task *t, uint64_t now)
{
	uint64_t run = now - t->started;
	bool steady = t->total && run > 3 * (uint64_t)SECOND_NS && t->done > t->total / 10 &&
		      t->done < t->total && now - t->moved < 2 * (uint64_t)SECOND_NS;
	double left = steady ? (double)run / (double)t->done * (double)(t->total - t->done) : 0;
	if (steady)
		pl_buf_addf(b, "  %.0f s left", left / SECOND_NS + 0.5);
	else if (run > 2 * (uint64_t)SECOND_NS)
		pl_buf_addf(b, "  %llu s", (unsigned long long)(run / SECOND_NS));
}

/* "[=======/            ]": its tip turns, so that it moves while nothing comes. Of an unknown
 * whole the tip runs to and fro. */
static void add_bar(struct pl_buf *b, const struct task *t, uint64_t frame)
{
	uint64_t done = t->done < t->total ? t->done : t->total, at;
	if (t->total)
		at = (uint64_t)((double)done / (double)t->total * BAR);
	else
		at = frame % (2 * (uint64_t)BAR) < BAR ? frame % BAR : BAR - 1 - frame % BAR;
	pl_buf_addc(b, '[');
	for (uint64_t i = 0; i < BAR; i++)
		pl_buf_addc(b, i == at ? "-\\|/"[frame % 4] : i < at && t->total ? '=' : ' ');
	pl_buf_addc(b, ']');
	if (t->total)
		pl_buf_addf(b, " %3u%%", (unsigned)((double)done / (double)t->total * 100));
}

static void compose(const struct pl_progress *p, const struct task *t, size_t columns,
		    struct pl_buf *ret)
{
	PL_AUTO(buf) figures = {0};
	add_amount(&figures, t);
	add_time(&figures, t, pl_mono_ns());
	pl_buf_addf(ret, "%-9s ", t->name);
	if (columns >= 60)
		add_bar(ret, t, p->frame);
	pl_buf_addf(ret, " %s", pl_buf_str(&figures).p);
	if (t->item[0] && ret->n + 3 < columns)
		pl_buf_addf(ret, "  %s", t->item);
}

/* The task that began last is what is waited for. */
static struct task *latest(struct pl_progress *p)
{
	struct task *found = NULL;
	for (size_t i = 0; i < MAX_TASKS; i++)
		if (p->tasks[i].live && (!found || p->tasks[i].started >= found->started))
			found = &p->tasks[i];
	return found;
}

static void draw(struct pl_progress *p, bool force)
{
	PL_AUTO(buf) line = {0};
	const struct task *t = latest(p);
	uint64_t now = pl_mono_ns();
	if (!p->bar || !t || (!force && now - p->last < FRAME_NS / 2))
		return;
	/* Asked each time: the window may have another size now. The last column stays free, where
	 * terminals would break the line. */
	size_t columns = pl_terminal_columns(STDERR_FILENO);
	columns = (columns == SIZE_MAX ? 80 : columns) - 1;
	compose(p, t, columns, &line);
	size_t n = line.n < columns ? line.n : columns;
	while (n && n < line.n && ((unsigned char)line.p[n] & 0xc0) == 0x80)
		n--; /* within a character of UTF-8 */
	PL_AUTOFREE char *text = pl_xprintf("\r%.*s\033[K", (int)n, line.p);
	put(text);
	p->last = now;
	p->drawn = true;
}

static void say_plainly(struct task *t, uint64_t now)
{
	PL_AUTO(buf) figures = {0};
	if (now - t->said < PLAIN_NS)
		return;
	add_amount(&figures, t);
	add_time(&figures, t, now);
	PL_AUTOFREE char *line = pl_xprintf("%s ... %s%s%s\n", t->name, pl_buf_str(&figures).p,
					    t->item[0] ? ": " : "", t->item);
	put(line);
	t->said = now;
}

static void tick(struct pl_progress *p)
{
	struct task *t = latest(p);
	p->frame++;
	if (p->bar)
		draw(p, true);
	else if (t)
		say_plainly(t, pl_mono_ns());
}

static void *run_ticker(void *arg)
{
	struct pl_progress *p = arg;
	pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		struct timespec at;
		clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_nsec += FRAME_NS;
		at.tv_sec += at.tv_nsec / SECOND_NS;
		at.tv_nsec %= SECOND_NS;
		if (pthread_cond_timedwait(&p->wake, &p->lock, &at) != 0 && !p->stopping)
			tick(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static struct task *task_named(struct pl_progress *p, const char *name)
{
	for (size_t i = 0; i < MAX_TASKS; i++)
		if (p->tasks[i].live && strcmp(p->tasks[i].name, name) == 0)
			return &p->tasks[i];
	return NULL;
}

static struct task *free_task(struct pl_progress *p)
{
	for (size_t i = 0; i < MAX_TASKS; i++)
		if (!p->tasks[i].live)
			return &p->tasks[i];
	return NULL;
}

static void begin(void *ctx, const char *name, uint64_t total, const char *unit)
{
	struct pl_progress *p = ctx;
	uint64_t now = pl_mono_ns();
	pthread_mutex_lock(&p->lock);
	struct task *t = task_named(p, name); /* begun anew: its total is known now */
	bool is_new = !t;
	if (is_new)
		t = free_task(p);
	if (t) {
		*t = (struct task){
			.total = total, .started = now, .moved = now, .said = now, .live = true};
		snprintf(t->name, sizeof(t->name), "%s", name);
		snprintf(t->unit, sizeof(t->unit), "%s", unit);
	}
	if (t && is_new && !p->bar) {
		PL_AUTOFREE char *line = pl_xprintf("%s ...\n", name);
		put(line);
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
		if (done)
			t->moved = pl_mono_ns();
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
	double s = t ? (double)(pl_mono_ns() - t->started) / SECOND_NS : 0;
	pl_escape(text, sizeof(text), summary, strlen(summary));
	size_t columns = pl_terminal_columns(STDERR_FILENO), others = strlen(name) + 14;
	if (columns != SIZE_MAX && strlen(text) + others > columns && columns > others + 3)
		memcpy(text + columns - others - 3, "...", 4);
	erase(p);
	if (text[0]) {
		PL_AUTOFREE char *line =
			pl_xprintf("%s%s%s: %s (%.2f s)\n", p->color ? "\033[32m" : "", name,
				   p->color ? "\033[0m" : "", text, s);
		put(line);
	}
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

/* Without a thread progress is drawn when something comes, and not else. */
static void start_ticker(struct pl_progress *p)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
	p->ticks = pthread_create(&p->ticker, NULL, run_ticker, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int make_locks(struct pl_progress *p)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	int rc = pthread_mutex_init(&p->lock, NULL);
	if (rc == 0 && (rc = pthread_cond_init(&p->wake, &monotonic)) != 0)
		pthread_mutex_destroy(&p->lock);
	pthread_condattr_destroy(&monotonic);
	return rc;
}

int pl_progress_start(struct pl_cli *c, struct pl_err *err)
{
	const char *mode = c->args.progress ? c->args.progress : "auto";
	const char *term = pl_environ("TERM");
	bool tty = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	if (c->args.quiet || strcmp(mode, "none") == 0)
		return 0;
	struct pl_progress *p = pl_xcalloc(1, sizeof(*p));
	int rc = make_locks(p);
	if (rc != 0) {
		free(p);
		return pl_fail_sys(err, rc, "cannot make a lock");
	}
	p->bar = strcmp(mode, "bar") == 0 || (strcmp(mode, "auto") == 0 && tty);
	p->color = (tty || pl_environ("CLICOLOR_FORCE")) && !c->args.no_color &&
		   !pl_environ("NO_COLOR");
	start_ticker(p);
	c->env.progress = &ops;
	c->env.progress_ctx = p;
	return 0;
}

void pl_progress_stop(struct pl_cli *c)
{
	struct pl_progress *p = c->env.progress_ctx;
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	if (p->ticks)
		pthread_join(p->ticker, NULL);
	erase(p);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
	c->env.progress = NULL;
	c->env.progress_ctx = NULL;
}
