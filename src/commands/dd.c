// SPDX-License-Identifier: Apache-2.0
/* dd and truncate: bytes of files by number. */
#include "commands/commands_int.h"

#include "base/num.h"

/* N with the suffixes that both take. */
static bool parse_size(struct pl_str s, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t unit;
	} units[] = {{"kB", 1000},   {"MB", 1000000}, {"K", 1 << 10},
		     {"k", 1 << 10}, {"M", 1 << 20},  {"G", 1 << 30},
		     {"c", 1},       {"w", 2},        {"b", 512}};
	uint64_t unit = 1;
	for (size_t i = 0; i < PL_COUNT(units); i++)
		if (pl_str_ends(s, units[i].name)) {
			unit = units[i].unit;
			s.n -= strlen(units[i].name);
			break;
		}
	return pl_parse_u64(s, INT64_MAX, ret) && pl_mul_u64(*ret, unit, ret);
}

struct dd {
	const char *in, *out;
	uint64_t block, count, skip, seek;
	bool keeps; /* conv=notrunc */
};

static bool parse_operand(struct dd *d, const char *word)
{
	struct pl_str value = pl_str_of(word), key = pl_str_cut(&value, '=');
	if (!value.p)
		return false;
	if (pl_str_is(key, "if"))
		d->in = value.p;
	else if (pl_str_is(key, "of"))
		d->out = value.p;
	else if (pl_str_is(key, "bs"))
		return parse_size(value, &d->block) && d->block && d->block < PL_CMD_TEXT_MAX;
	else if (pl_str_is(key, "count"))
		return parse_size(value, &d->count);
	else if (pl_str_is(key, "skip"))
		return parse_size(value, &d->skip);
	else if (pl_str_is(key, "seek"))
		return parse_size(value, &d->seek);
	else if (pl_str_is(key, "conv"))
		d->keeps = pl_str_is(value, "notrunc");
	else
		return pl_str_is(key, "status");
	return !pl_str_is(key, "conv") || d->keeps || pl_str_is(value, "fsync") ||
	       pl_str_is(value, "fdatasync");
}

static int read_input(struct pl_shell_call *call, const struct dd *d, struct pl_buf *ret,
		      struct pl_err *err)
{
	uint64_t n;
	bool zero = d->in && strcmp(d->in, "/dev/zero") == 0;
	if (!zero && d->in && strncmp(d->in, "/dev/", 5) == 0 && strcmp(d->in, "/dev/null") != 0)
		return pl_shell_unknown(call, err, d->in);
	if (!zero)
		return pl_cmd_read(call, d->in, ret, err);
	if (d->count == UINT64_MAX)
		return pl_shell_unknown(call, err, "/dev/zero without an end");
	if (!pl_mul_u64(d->block, d->count + d->skip, &n) || n > PL_CMD_TEXT_MAX)
		return pl_fail(err, PL_LIMIT, "%s: line %u: dd: more than %zu bytes", call->script,
			       call->line, PL_CMD_TEXT_MAX);
	pl_buf_zero(ret, (size_t)n);
	return 1;
}

int pl_cmd_dd(struct pl_shell_call *call, struct pl_err *err)
{
	struct dd d = {.block = 512, .count = UINT64_MAX};
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	for (int i = 1; i < call->argc; i++)
		if (!parse_operand(&d, call->argv[i]))
			return pl_shell_unknown(call, err, call->argv[i]);
	if (d.seek || d.keeps)
		return pl_shell_unknown(call, err, "writing into a file");
	int rc = read_input(call, &d, &text, err);
	if (rc <= 0)
		return rc;
	uint64_t from, n;
	struct pl_str part = pl_buf_str(&text);
	from = pl_mul_u64(d.skip, d.block, &from) && from < part.n ? from : part.n;
	n = pl_mul_u64(d.count, d.block, &n) && n < part.n ? n : part.n;
	part = pl_str_sub(part, d.skip ? (size_t)from : 0, (size_t)n);
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	pl_buf_addstr(&out, part);
	if (!d.out)
		return pl_cmd_write_made(call, pl_buf_str(&text), &out, err);
	rc = pl_shell_file_write(call->shell, d.out, part, false, err);
	call->status = rc == 0;
	return rc < 0 ? rc : 0;
}

/* truncate -s SIZE FILE... */
int pl_cmd_truncate(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'s', "size", PL_CMD_VALUE}, {'c', "no-create", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	uint64_t size = UINT64_MAX;
	bool fine = true, creates = true;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		creates = creates && a.letter != 'c';
		if (a.letter == 's')
			fine = parse_size(pl_str_of(a.value), &size);
	}
	if (rc == 0 && (!fine || size > PL_CMD_TEXT_MAX))
		rc = pl_shell_unknown(call, err, "such a size");
	for (int i = 0; i < a.n && rc >= 0; i++) {
		PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
		const struct pl_node *n = pl_cmd_node(call, a.operands[i], true);
		if (!n && !creates)
			continue;
		rc = n ? pl_cmd_read(call, a.operands[i], &text, err) : 1;
		if (rc <= 0)
			continue;
		if (text.n < size)
			pl_buf_zero(&text, (size_t)size - text.n);
		rc = pl_shell_file_write(call->shell, a.operands[i],
					 pl_str_sub(pl_buf_str(&text), 0, (size_t)size), false,
					 err);
		call->status |= rc == 0;
	}
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : 0;
}
