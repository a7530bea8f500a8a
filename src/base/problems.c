// SPDX-License-Identifier: Apache-2.0
#include "base/problems.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void pl_problems_done(struct pl_problems *p)
{
	for (size_t i = 0; i < PL_COUNT(p->text); i++)
		free(p->text[i]);
}

void pl_problems_add(struct pl_problems *p, const char *fmt, ...)
{
	PL_AUTO(buf) b = {0};
	va_list ap;
	if (p->n++ >= PL_COUNT(p->text))
		return;
	va_start(ap, fmt);
	pl_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	p->text[p->n - 1] = pl_buf_take(&b);
}

int pl_problems_fail(const struct pl_problems *p, const struct pl_env *env, enum pl_code code,
		     struct pl_err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	va_list ap;
	if (p->n == 0)
		return 0;
	if (p->n == 1)
		return pl_fail(err, code, "%s", p->text[0]);
	for (size_t i = 0; env->problems && i < p->n && i < PL_COUNT(p->text); i++)
		pl_buf_addf(env->problems, "%s\n", p->text[i]);
	if (env->problems && p->n > PL_COUNT(p->text))
		pl_buf_addf(env->problems, "and %zu more\n", p->n - PL_COUNT(p->text));
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return pl_fail(err, code, "%s", text);
}
