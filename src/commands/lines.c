// SPDX-License-Identifier: Apache-2.0
/* comm, cmp, diff, fold, paste, rev, tac, base64. Texts are bytes, as in the C locale. */
#include "commands/commands_int.h"

#include "base/num.h"

/* Two files, both there: 1. A missing one is said, and the status is bad. */
static int read_two(struct pl_cmd_args *a, int bad, struct pl_buf ret[2], struct pl_err *err)
{
	int rc = 1;
	if (a->n != 2)
		return pl_shell_unknown(a->call, err, "anything but two files");
	for (int i = 0; i < 2; i++) {
		ret[i].max = PL_CMD_TEXT_MAX;
		int one = rc < 0 ? rc : pl_cmd_read(a->call, a->operands[i], &ret[i], err);
		rc = one < rc ? one : rc;
	}
	if (rc == 0)
		a->call->status = bad;
	return rc;
}

static bool is_directory(const struct pl_shell_call *call, const char *path)
{
	const struct pl_node *n = pl_cmd_node(call, path, true);
	return n && n->type == PL_TAR_DIR;
}

/* -- cmp, diff -- */

int pl_cmd_cmp(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'s', "quiet", 0}, {'s', "silent", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct pl_buf text[2] = {{0}, {0}};
	PL_AUTO(buf) out = {0};
	bool silent = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		silent = silent || a.letter == 's';
	if (rc == 0)
		rc = read_two(&a, 2, text, err);
	if (rc > 0) {
		size_t at = 0, line = 1, least = text[0].n < text[1].n ? text[0].n : text[1].n;
		for (; at < least && text[0].p[at] == text[1].p[at]; at++)
			line += text[0].p[at] == '\n';
		call->status = at < least || text[0].n != text[1].n;
		if (at < least)
			pl_buf_addf(&out, "%s %s differ: char %zu, line %zu\n", a.operands[0],
				    a.operands[1], at + 1, line);
		else if (call->status && !silent)
			rc = pl_shell_complain(call, 1, err, "EOF on %s",
					       a.operands[text[0].n > text[1].n]);
		rc = rc < 0 || silent ? rc : pl_cmd_write(call, &out, err);
	}
	pl_buf_done(&text[0]);
	pl_buf_done(&text[1]);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : 0;
}

/* Whether two files are equal; how they differ only where nobody reads it. */
int pl_cmd_diff(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'q', "brief", 0},    {'u', "unified", PL_CMD_MAYBE},
		{'N', "new-file", 0}, {'c', NULL, 0},
		{'a', "text", 0},     {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct pl_buf text[2] = {{0}, {0}};
	bool brief = false, new_file = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		brief = brief || a.letter == 'q';
		new_file = new_file || a.letter == 'N';
	}
	if (rc == 0 && (new_file || (a.n == 2 && (is_directory(call, a.operands[0]) ||
						  is_directory(call, a.operands[1])))))
		rc = pl_shell_unknown(call, err, "directories and new files");
	if (rc == 0)
		rc = read_two(&a, 2, text, err);
	if (rc > 0) {
		call->status = !pl_str_eq(pl_buf_str(&text[0]), pl_buf_str(&text[1]));
		PL_AUTOFREE char *line =
			pl_xprintf("Files %s and %s differ\n", a.operands[0], a.operands[1]);
		if (call->status && brief)
			rc = pl_shell_write(call->shell, 1, pl_str_of(line), err);
		else if (call->status && !pl_shell_is_lost(call->shell, 1))
			rc = pl_shell_unknown(call, err, "printing how files differ");
	}
	pl_buf_done(&text[0]);
	pl_buf_done(&text[1]);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : 0;
}

/* -- comm -- */

static void put_column(struct pl_buf *out, const bool hidden[3], int column, struct pl_str line)
{
	if (hidden[column])
		return;
	for (int i = 0; i < column; i++)
		if (!hidden[i])
			pl_buf_addc(out, '\t');
	pl_buf_addstr(out, line);
	pl_buf_addc(out, '\n');
}

int pl_cmd_comm(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'1', NULL, 0}, {'2', NULL, 0}, {'3', NULL, 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct pl_buf text[2] = {{0}, {0}};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	bool hidden[3] = {false};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		hidden[a.letter - '1'] = true;
	if (rc == 0)
		rc = read_two(&a, 1, text, err);
	struct pl_str x = pl_buf_str(&text[0]), y = pl_buf_str(&text[1]), last = {"", 0};
	while (rc > 0 && (x.n || y.n)) {
		struct pl_str restx = x, resty = y;
		struct pl_str linex = pl_str_cut(&restx, '\n'), liney = pl_str_cut(&resty, '\n');
		int order = !x.n ? 1 : !y.n ? -1 : pl_str_cmp(linex, liney);
		struct pl_str line = order <= 0 ? linex : liney;
		if (pl_str_cmp(last, line) > 0)
			rc = pl_shell_unknown(call, err, "a file that is not sorted");
		last = line;
		put_column(&out, hidden, order < 0 ? 0 : order > 0 ? 1 : 2, line);
		x = order <= 0 ? restx : x;
		y = order >= 0 ? resty : y;
	}
	if (rc > 0)
		rc = pl_cmd_write(call, &out, err);
	pl_buf_done(&text[0]);
	pl_buf_done(&text[1]);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : 0;
}

/* -- fold -- */

/* Where a line is cut: at the width, or behind the last blank before it. */
static size_t fold_at(struct pl_str line, size_t width, bool spaces)
{
	size_t at = width;
	while (spaces && at && line.p[at - 1] != ' ' && line.p[at - 1] != '\t')
		at--;
	return at ? at : width;
}

int pl_cmd_fold(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'w', "width", PL_CMD_VALUE}, {'s', "spaces", 0}, {'b', "bytes", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	uint64_t width = 80;
	bool spaces = false, bytes = false, fine = true;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		spaces = spaces || a.letter == 's';
		bytes = bytes || a.letter == 'b';
		if (a.letter == 'w')
			fine = pl_parse_u64(pl_str_of(a.value), INT32_MAX, &width) && width;
	}
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	pl_cmd_args_done(&a);
	struct pl_str rest = pl_buf_str(&text);
	if (rc == 0 && (!fine || (!bytes && (pl_str_find(rest, '\t') != SIZE_MAX ||
					     pl_str_find(rest, '\b') != SIZE_MAX))))
		rc = pl_shell_unknown(call, err, "such a width, or tabs");
	while (rc == 0 && rest.n) {
		size_t end = pl_str_find(rest, '\n');
		struct pl_str line = pl_str_sub(rest, 0, end);
		while (line.n > width) {
			size_t cut = fold_at(line, (size_t)width, spaces);
			pl_buf_addstr(&out, pl_str_sub(line, 0, cut));
			pl_buf_addc(&out, '\n');
			line = pl_str_sub(line, cut, line.n);
		}
		pl_buf_addstr(&out, line);
		if (end != SIZE_MAX)
			pl_buf_addc(&out, '\n');
		rest = end == SIZE_MAX ? PL_STR("") : pl_str_sub(rest, end + 1, rest.n);
	}
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
}

/* -- paste -- */

/* The delimiters with their escapes; \0 is none at all, which is not known. */
static bool parse_delimiters(const char *text, struct pl_buf *ret)
{
	for (; *text; text++) {
		if (*text != '\\') {
			pl_buf_addc(ret, *text);
			continue;
		}
		text++;
		if (!*text || !strchr("nt\\", *text))
			return false;
		pl_buf_addc(ret, *text == 'n' ? '\n' : *text == 't' ? '\t' : '\\');
	}
	return ret->n > 0;
}

/* -s: each file's lines in one. */
static void paste_serial(struct pl_str text, struct pl_str delimiters, struct pl_buf *out)
{
	for (size_t k = 0; text.n; k++) {
		if (k)
			pl_buf_addc(out, delimiters.p[(k - 1) % delimiters.n]);
		pl_buf_addstr(out, pl_str_cut(&text, '\n'));
	}
	pl_buf_addc(out, '\n');
}

static void paste_beside(struct pl_str *texts, size_t n, struct pl_str delimiters,
			 struct pl_buf *out)
{
	for (;;) {
		bool any = false;
		for (size_t i = 0; i < n; i++)
			any = any || texts[i].n;
		if (!any)
			return;
		for (size_t i = 0; i < n; i++) {
			if (i)
				pl_buf_addc(out, delimiters.p[(i - 1) % delimiters.n]);
			if (texts[i].n)
				pl_buf_addstr(out, pl_str_cut(&texts[i], '\n'));
		}
		pl_buf_addc(out, '\n');
	}
}

#define PASTE_MAX 16

int pl_cmd_paste(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'d', "delimiters", PL_CMD_VALUE}, {'s', "serial", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	struct pl_buf texts[PASTE_MAX] = {{0}};
	struct pl_str rests[PASTE_MAX];
	PL_AUTO(buf) delimiters = {.max = 1 << 12};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	bool serial = false;
	const char *given = "\\t";
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		serial = serial || a.letter == 's';
		given = a.letter == 'd' ? a.value : given;
	}
	if (rc == 0 && (!parse_delimiters(given, &delimiters) || a.n > PASTE_MAX))
		rc = pl_shell_unknown(call, err, "such delimiters, or so many files");
	size_t n = rc < 0 ? 0 : a.n ? (size_t)a.n : 1;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		texts[i].max = PL_CMD_TEXT_MAX;
		rc = pl_cmd_read(call, a.n ? a.operands[i] : NULL, &texts[i], err);
		rests[i] = pl_buf_str(&texts[i]);
	}
	if (rc >= 0 && call->status == 0 && serial)
		for (size_t i = 0; i < n; i++)
			paste_serial(rests[i], pl_buf_str(&delimiters), &out);
	else if (rc >= 0 && call->status == 0)
		paste_beside(rests, n, pl_buf_str(&delimiters), &out);
	for (size_t i = 0; i < n; i++)
		pl_buf_done(&texts[i]);
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
}

/* -- tac, rev -- */

static void put_turned(struct pl_buf *out, struct pl_str text, bool lines)
{
	if (!lines) {
		while (text.n) {
			size_t end = pl_str_find(text, '\n'), n = end == SIZE_MAX ? text.n : end;
			for (size_t i = n; i > 0; i--)
				pl_buf_addc(out, text.p[i - 1]);
			if (end != SIZE_MAX)
				pl_buf_addc(out, '\n');
			text = end == SIZE_MAX ? PL_STR("") : pl_str_sub(text, end + 1, text.n);
		}
		return;
	}
	while (text.n) {
		size_t before =
			text.n > 1 ? pl_str_rfind(pl_str_sub(text, 0, text.n - 1), '\n') : SIZE_MAX;
		size_t from = before == SIZE_MAX ? 0 : before + 1;
		pl_buf_addstr(out, pl_str_sub(text, from, text.n));
		text.n = from;
	}
}

int pl_cmd_tac(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_cmd_args a = {.call = call};
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	int rc = pl_cmd_no_option(&a, err);
	if (rc == 0 && a.n > 1)
		rc = pl_shell_unknown(call, err, "more than one file");
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	pl_cmd_args_done(&a);
	put_turned(&out, pl_buf_str(&text), strcmp(call->argv[0], "tac") == 0);
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
}

/* -- base64 -- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(struct pl_buf *out, struct pl_str text, uint64_t wrap)
{
	size_t column = 0;
	for (size_t i = 0; i < text.n; i += 3) {
		uint32_t v = 0;
		size_t n = text.n - i < 3 ? text.n - i : 3;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)text.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++) {
			pl_buf_addc(out, k <= n ? digits[v >> (18 - 6 * k) & 63] : '=');
			if (++column == wrap) {
				pl_buf_addc(out, '\n');
				column = 0;
			}
		}
	}
	if (wrap && column)
		pl_buf_addc(out, '\n');
}

static bool decode(struct pl_buf *out, struct pl_str text)
{
	uint32_t v = 0;
	unsigned n = 0, pad = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *digit = text.p[i] ? strchr(digits, text.p[i]) : NULL;
		if (text.p[i] == '\n')
			continue;
		pad += text.p[i] == '=';
		if ((!digit && text.p[i] != '=') || (digit && pad))
			return false;
		v = v << 6 | (digit ? (uint32_t)(digit - digits) : 0);
		if (++n % 4)
			continue;
		if (pad > 2)
			return false;
		for (unsigned k = 0; k < 3 - pad; k++)
			pl_buf_addc(out, (char)(v >> (16 - 8 * k) & 0xff));
		v = 0;
	}
	return n % 4 == 0;
}

int pl_cmd_base64(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'d', "decode", 0}, {'w', "wrap", PL_CMD_VALUE}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	PL_AUTO(buf) text = {.max = PL_CMD_TEXT_MAX};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	uint64_t wrap = 76;
	bool decodes = false, fine = true;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		decodes = decodes || a.letter == 'd';
		if (a.letter == 'w')
			fine = pl_parse_u64(pl_str_of(a.value), INT32_MAX, &wrap);
	}
	if (rc == 0 && (!fine || a.n > 1))
		rc = pl_shell_unknown(call, err, "such a use");
	if (rc == 0)
		rc = pl_cmd_read_all(&a, &text, err);
	pl_cmd_args_done(&a);
	if (rc == 0 && decodes && !decode(&out, pl_buf_str(&text)))
		rc = pl_shell_complain(call, 1, err, "invalid input");
	else if (rc == 0 && !decodes)
		encode(&out, pl_buf_str(&text), wrap);
	return rc < 0 ? rc : pl_cmd_write_made(call, pl_buf_str(&text), &out, err);
}
