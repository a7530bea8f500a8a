// SPDX-License-Identifier: Apache-2.0
/* echo, printf, read. */
#include "shell/builtins_int.h"

#include "base/num.h"

#include <ctype.h>

/* What a backslash may begin, beside what every printf takes. */
enum {
	ENDS = 1 << 0,    /* \c ends the output */
	LEADING = 1 << 1, /* \0 may stand before three octal digits */
	ZERO = 1 << 2,    /* it must */
	HEX = 1 << 3,     /* \xHH */
};

static unsigned take_digits(const char **s, unsigned base, int most)
{
	unsigned v = 0;
	for (int i = 0; i < most && isxdigit((unsigned char)**s); i++, (*s)++) {
		int c = tolower((unsigned char)**s);
		unsigned digit = (unsigned)(isdigit(c) ? c - '0' : c - 'a' + 10);
		if (digit >= base)
			break;
		v = v * base + digit;
	}
	return v;
}

/* false: \c was met. */
static bool unescape(const char **s, unsigned forms, struct pl_buf *out)
{
	static const char names[] = "abefnrtv\\", bytes[] = "\a\b\033\f\n\r\t\v\\";
	char c = **s;
	const char *known = c ? strchr(names, c) : NULL;
	if (known) {
		pl_buf_addc(out, bytes[known - names]);
		(*s)++;
	} else if (c == 'c' && forms & ENDS) {
		return false;
	} else if (c == '0' || (c >= '1' && c <= '7' && !(forms & ZERO))) {
		*s += c == '0' && forms & LEADING;
		pl_buf_addc(out, (char)take_digits(s, 8, 3));
	} else if (c == 'x' && forms & HEX && isxdigit((unsigned char)(*s)[1])) {
		(*s)++;
		pl_buf_addc(out, (char)take_digits(s, 16, 2));
	} else {
		pl_buf_addc(out, '\\');
	}
	return true;
}

static bool add_escaped(const char *s, unsigned forms, struct pl_buf *out)
{
	while (*s) {
		if (*s != '\\') {
			pl_buf_addc(out, *s++);
			continue;
		}
		s++;
		if (!unescape(&s, forms, out))
			return false;
	}
	return true;
}

/* Nobody hears of what is written to a closed descriptor, but of that. */
static int write_output(struct pl_shell *sh, const char *of, const struct pl_buf *text,
			struct pl_err *err)
{
	int rc = pl_buf_check(text, "an output", err);
	if (rc == 0 && text->n && !sh->fds[1]) {
		sh->status = 1;
		return pl_sh_say(sh, err, "%s: I/O error", of);
	}
	return rc ? rc : pl_shell_write(sh, 1, pl_buf_str(text), err);
}

int pl_sh_echo(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	PL_AUTO(buf) out = {.max = sh->common->limits.output};
	bool newline = true, escapes = !sh->bash, on = true;
	int i = 1;
	if (!sh->bash && i < argc && strcmp(argv[i], "-n") == 0) {
		newline = false;
		i++;
	}
	for (; sh->bash && i < argc && argv[i][0] == '-' && argv[i][1] &&
	       strspn(argv[i] + 1, "neE") == strlen(argv[i] + 1);
	     i++) {
		newline = newline && !strchr(argv[i], 'n');
		escapes = strchr(argv[i], 'e') || (escapes && !strchr(argv[i], 'E'));
	}
	for (int first = i; i < argc && on; i++) {
		if (i > first)
			pl_buf_addc(&out, ' ');
		if (escapes)
			on = add_escaped(argv[i], ENDS | LEADING | (sh->bash ? ZERO | HEX : 0),
					 &out);
		else
			pl_buf_adds(&out, argv[i]);
	}
	if (newline && on)
		pl_buf_addc(&out, '\n');
	return write_output(sh, "echo", &out, err);
}

/* -- printf -- */

struct printer {
	struct pl_shell *sh;
	char **args;
	int n_args, used;
	struct pl_buf out;
	bool stop;
	struct pl_err *err;
	int rc;
};

static const char *next_arg(struct printer *p)
{
	return p->used < p->n_args ? p->args[p->used++] : NULL;
}

/* A number as C writes it, or 'c and "c for a byte's value. */
static int64_t number_arg(struct printer *p)
{
	const char *s = next_arg(p);
	char *end;
	if (!s || !*s)
		return 0;
	if (*s == '\'' || *s == '"')
		return (unsigned char)s[1];
	long long v = strtoll(s, &end, 0);
	if (*end) {
		p->sh->status = 1;
		if (p->rc == 0)
			p->rc = pl_sh_say(p->sh, p->err, "printf: %s: %s", s,
					  end == s ? "expected numeric value"
						   : "not completely converted");
	}
	return v;
}

static void put_padded(struct pl_buf *out, struct pl_str s, bool left, int64_t width, int64_t most)
{
	if (most >= 0 && (uint64_t)most < s.n)
		s.n = (size_t)most;
	size_t pad = width > 0 && (uint64_t)width > s.n ? (size_t)width - s.n : 0;
	for (size_t i = 0; i < pad && !left; i++)
		pl_buf_addc(out, ' ');
	pl_buf_addstr(out, s);
	for (size_t i = 0; i < pad && left; i++)
		pl_buf_addc(out, ' ');
}

#define WIDTH_MAX 65536

static int64_t read_width(struct printer *p, const char **f)
{
	int64_t v = 0;
	if (**f == '*') {
		(*f)++;
		v = number_arg(p);
	}
	for (; isdigit((unsigned char)**f); (*f)++)
		v = v < WIDTH_MAX ? v * 10 + (**f - '0') : v;
	return v > WIDTH_MAX ? WIDTH_MAX : v < -WIDTH_MAX ? -WIDTH_MAX : v;
}

static void put_number(struct printer *p, const char *flags, int64_t width, int64_t precision,
		       char c)
{
	char format[32], text[WIDTH_MAX / 32];
	int64_t v = number_arg(p);
	int w = width > 1000 ? 1000 : (int)width, pr = precision > 1000 ? 1000 : (int)precision;
	snprintf(format, sizeof(format), "%%%s*.*ll%c", flags, c);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	int n = snprintf(text, sizeof(text), format, w, pr, (long long)v);
#pragma GCC diagnostic pop
	if (n > 0)
		pl_buf_add(&p->out, text, (size_t)n);
}

static void put_conversion(struct printer *p, const char **f)
{
	char flags[8] = "";
	size_t n = 0;
	int64_t precision = -1;
	for (; **f && strchr("-+ #0", **f); (*f)++)
		if (n + 1 < sizeof(flags) && !strchr(flags, **f))
			flags[n++] = **f;
	int64_t width = read_width(p, f);
	if (**f == '.') {
		(*f)++;
		precision = read_width(p, f);
	}
	bool left = strchr(flags, '-') || width < 0;
	char c = **f;
	const char *s;
	PL_AUTO(buf) text = {.max = p->sh->common->limits.output};
	if (c)
		(*f)++;
	switch (c) {
	case 's':
		s = next_arg(p);
		put_padded(&p->out, pl_str_of(s ? s : ""), left, width < 0 ? -width : width,
			   precision);
		break;
	case 'b':
		s = next_arg(p);
		p->stop = !add_escaped(s ? s : "", ENDS | LEADING | (p->sh->bash ? HEX : 0), &text);
		put_padded(&p->out, pl_buf_str(&text), left, width < 0 ? -width : width, precision);
		break;
	case 'c':
		s = next_arg(p);
		put_padded(&p->out, (struct pl_str){s ? s : "", 1}, left,
			   width < 0 ? -width : width, -1); /* an empty one is a NUL */
		break;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		put_number(p, flags, width, precision, c);
		break;
	default:
		if (p->rc == 0)
			p->rc = pl_fail(p->err, PL_SCRIPTS,
					"%s: line %u: printf: %%%c is not known", p->sh->script,
					p->sh->line, c ? c : ' ');
		p->stop = true;
	}
}

static void put_format(struct printer *p, const char *f)
{
	while (*f && !p->stop && p->rc == 0) {
		if (*f == '\\') {
			f++;
			p->stop = !unescape(&f, p->sh->bash ? ENDS | HEX : 0, &p->out);
		} else if (*f != '%') {
			pl_buf_addc(&p->out, *f++);
		} else if (f[1] == '%') {
			pl_buf_addc(&p->out, '%');
			f += 2;
		} else {
			f++;
			put_conversion(p, &f);
		}
	}
}

int pl_sh_printf(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	struct printer p = {.sh = sh, .err = err};
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1, before;
	if (sh->bash && argc > 1 && strcmp(argv[1], "-v") == 0)
		return pl_sh_unknown(sh, err, "printf -v");
	if (i >= argc)
		return pl_sh_die(sh, err, "printf: usage: printf format [arg ...]");
	p.out.max = sh->common->limits.output;
	p.args = argv + i + 1;
	p.n_args = argc - i - 1;
	do { /* the format again while it takes arguments */
		before = p.used;
		put_format(&p, argv[i]);
	} while (!p.stop && p.rc == 0 && p.used > before && p.used < p.n_args && !p.out.overflow);
	if (p.rc == 0)
		p.rc = write_output(sh, "printf", &p.out, err);
	pl_buf_done(&p.out);
	return p.rc;
}

/* -- read -- */

/* A line of standard input; a backslash quotes the byte behind it. false: the end came first. */
static bool read_line(struct pl_shell *sh, bool raw, struct pl_sh_marked *ret)
{
	struct pl_sh_file *f = sh->fds[0];
	struct pl_str rest = pl_sh_file_rest(f);
	bool whole = false;
	size_t i = 0;
	while (i < rest.n && !whole) {
		char c = rest.p[i++];
		whole = c == '\n';
		if (c == '\\' && !raw) {
			c = i < rest.n ? rest.p[i++] : '\n';
			if (c != '\n')
				pl_sh_marked_add(ret, (struct pl_str){&c, 1}, PL_SH_QUOTED);
		} else if (c && !whole) {
			pl_sh_marked_add(ret, (struct pl_str){&c, 1}, PL_SH_SPLITS);
		}
	}
	if (f)
		f->at += i;
	return whole;
}

static bool is_ifs(const struct pl_sh_marked *m, size_t i, const char *ifs, bool blank)
{
	char c = m->text.p[i];
	bool is_blank = c == ' ' || c == '\t' || c == '\n';
	return (unsigned char)m->marks.p[i] & PL_SH_SPLITS && strchr(ifs, c) && is_blank == blank;
}

/* The next field from *at; the last one takes all that is left, without the blanks at its end, and
 * without one separator that ends it. */
static struct pl_str next_field(const struct pl_sh_marked *m, size_t *at, const char *ifs,
				bool last)
{
	size_t from = *at, n = m->text.n, end;
	while (from < n && is_ifs(m, from, ifs, true))
		from++;
	for (end = from; end < n && !is_ifs(m, end, ifs, true) && !is_ifs(m, end, ifs, false);)
		end++;
	size_t next = end;
	while (next < n && is_ifs(m, next, ifs, true))
		next++;
	if (next < n && is_ifs(m, next, ifs, false))
		next++;
	while (next < n && is_ifs(m, next, ifs, true))
		next++;
	if (last && next < n) {
		for (end = n; end > from && is_ifs(m, end - 1, ifs, true);)
			end--;
	}
	*at = next;
	return pl_str_sub(pl_buf_str(&m->text), from, end - from);
}

int pl_sh_read(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	PL_AUTO(sh_marked) line = {0};
	const char *ifs = pl_shell_value(sh, "IFS");
	bool raw = false;
	int i = 1, rc = 0;
	size_t at = 0;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "-r") == 0)
			raw = true;
		else if (strcmp(argv[i], "-p") == 0)
			i++;
		else
			return pl_fail(err, PL_SCRIPTS, "%s: line %u: read %s is not known",
				       sh->script, sh->line, argv[i]);
	}
	if (i >= argc && !sh->bash)
		return pl_sh_die(sh, err, "read: arg count");
	bool whole = read_line(sh, raw, &line);
	rc = pl_sh_keep(sh, line.text.n, err);
	for (; i < argc && rc == 0; i++) {
		if (!pl_sh_is_name(pl_str_of(argv[i])))
			return pl_sh_die(sh, err, "read: %s: bad variable name", argv[i]);
		struct pl_str v = next_field(&line, &at, ifs ? ifs : " \t\n", i + 1 == argc);
		PL_AUTOFREE char *copy = pl_str_dup(v);
		rc = pl_sh_var_set(sh, pl_str_of(argv[i]), copy, 0, err);
	}
	if (rc == 0)
		sh->status = !whole;
	return rc;
}
