// SPDX-License-Identifier: Apache-2.0
/* What may differ, and why: recipes/differences.txt, which is in the program. */
#include "trial/trial_int.h"

#include <assert.h>
#include <pthread.h>
#include <regex.h>

extern const char pl_differences_text[];

struct explanation {
	const char *kind;
	regex_t path;
	const char *reason;
};

static struct explanation explanations[256];
static size_t n_explanations;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct pl_str take_word(struct pl_str *rest)
{
	*rest = pl_str_trim(*rest);
	return pl_str_cut(rest, ' ');
}

/* KIND PATTERN REASON; the data is the program's own, and a unit test reads it. */
static void load(void)
{
	static struct pl_arena a;
	struct pl_str rest = pl_str_of(pl_differences_text);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		struct explanation *e = &explanations[n_explanations];
		if (!line.n || line.p[0] == '#')
			continue;
		e->kind = pl_arena_cstr(&a, take_word(&line));
		const struct pl_str path = take_word(&line);
		const char *pattern = pl_arena_printf(&a, "^(" PL_STR_FMT ")$", PL_STR_ARG(path));
		e->reason = pl_arena_cstr(&a, pl_str_trim(line));
		int rc = regcomp(&e->path, pattern, REG_EXTENDED | REG_NOSUB);
		assert(rc == 0 && n_explanations + 1 < PL_COUNT(explanations));
		n_explanations += rc == 0;
	}
}

const char *pl_difference_reason(enum pl_difference_kind kind, bool lines_same, const char *path)
{
	pthread_once(&once, load);
	for (size_t i = 0; i < n_explanations; i++) {
		const struct explanation *e = &explanations[i];
		bool is_kind = strcmp(e->kind, pl_difference_names[kind]) == 0 ||
			       (lines_same && strcmp(e->kind, "order") == 0);
		if (is_kind && regexec(&e->path, path, 0, NULL, 0) == 0)
			return e->reason;
	}
	return NULL;
}
