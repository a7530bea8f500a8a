// SPDX-License-Identifier: Apache-2.0

#include "base/names.h"

#include "base/num.h"
#include "base/platform.h"
#include "base/reference.h"

static bool lower(char c) { return c >= 'a' && c <= 'z'; }
static bool upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool control(char c) { return (unsigned char)c < 0x20 || c == 0x7f; }

bool pl_image_name_ok(struct pl_str s)
{
	return s.n <= PL_IMAGE_NAME_MAX && pl_repository_valid(s);
}

bool pl_printable_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (control(s.p[i]))
			return false;
	return s.n > 0;
}

bool pl_inside_path_ok(struct pl_str s)
{
	if (s.n == 0 || s.n > 4096 || !pl_printable_ok(s))
		return false;
	for (struct pl_str rest = s; rest.p;) {
		struct pl_str part = pl_str_cut(&rest, '/');
		if (part.n == 0 || pl_str_is(part, ".") || pl_str_is(part, ".."))
			return false;
	}
	return true;
}

bool pl_image_path_ok(struct pl_str s)
{
	if (s.n == 0 || s.p[0] != '/')
		return false;
	return s.n == 1 || pl_inside_path_ok(pl_str_sub(s, 1, s.n));
}

bool pl_account_name_ok(struct pl_str s)
{
	if (s.n == 0 || s.n > 32)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool first = lower(s.p[i]) || upper(s.p[i]) || s.p[i] == '_'; /* Debian-exim */
		bool later = digit(s.p[i]) || s.p[i] == '-' || s.p[i] == '.';
		if (!first && !(i > 0 && later))
			return false;
	}
	return true;
}

/* A number below 2^32 - 1 (that one means "no change" to chown), or a name. */
static bool account_ok(struct pl_str s)
{
	uint64_t id;
	return pl_account_name_ok(s) || pl_parse_u64(s, UINT32_MAX - 1, &id);
}

bool pl_user_ok(struct pl_str s)
{
	struct pl_str rest = s;
	struct pl_str user = pl_str_cut(&rest, ':');
	return account_ok(user) && (!rest.p || account_ok(rest));
}

bool pl_debconf_question_ok(struct pl_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 127)
			return false;
	return s.n > 2 && s.n <= 256 && s.p[0] != '/' && pl_str_find(s, '/') < s.n - 1;
}

bool pl_env_name_ok(struct pl_str s)
{
	if (s.n == 0 || digit(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!lower(s.p[i]) && !upper(s.p[i]) && !digit(s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

bool pl_package_name_ok(struct pl_str s)
{
	if (s.n < 2 || s.n > 128 || (!lower(s.p[0]) && !digit(s.p[0])))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!lower(s.p[i]) && !digit(s.p[i]) && s.p[i] != '+' && s.p[i] != '-' &&
		    s.p[i] != '.')
			return false;
	return true;
}

bool pl_package_version_ok(struct pl_str s)
{
	if (s.n == 0 || s.n > 256 || !digit(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!lower(s.p[i]) && !upper(s.p[i]) && !digit(s.p[i]) &&
		    !memchr(".+-~:", s.p[i], 5))
			return false;
	return true;
}

bool pl_distro_name_ok(struct pl_str s)
{
	return s.n <= 64 &&
	       pl_repository_part_valid(s); /* it becomes a tag where there is no version */
}

bool pl_signal_ok(struct pl_str s)
{
	uint64_t n;
	if (pl_parse_u64(s, 64, &n))
		return n > 0;
	if (s.n > 16 || s.n < 6 || !pl_str_starts(s, "SIG"))
		return false;
	for (size_t i = 3; i < s.n; i++)
		if (!upper(s.p[i]) && !(i > 3 && (digit(s.p[i]) || s.p[i] == '+' || s.p[i] == '-')))
			return false;
	return true;
}

bool pl_duration_parse(struct pl_str s, int64_t *ret_ns)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {
		{"h", 3600000000000u}, {"m", 60000000000u}, {"s", 1000000000u}, {"ms", 1000000}};
	const uint64_t most = (uint64_t)30 * 24 * 3600 * 1000000000u;
	uint64_t sum = 0;
	size_t next = 0; /* units come in falling order, each at most once */
	for (size_t i = 0; i < s.n;) {
		size_t from = i, u;
		uint64_t v;
		while (i < s.n && digit(s.p[i]))
			i++;
		struct pl_str number = pl_str_sub(s, from, i - from);
		from = i;
		while (i < s.n && lower(s.p[i]))
			i++;
		for (u = next; u < PL_COUNT(units); u++)
			if (pl_str_is(pl_str_sub(s, from, i - from), units[u].unit))
				break;
		if (u == PL_COUNT(units) || !pl_parse_u64(number, most, &v) ||
		    !pl_mul_u64(v, units[u].ns, &v) || !pl_add_u64(sum, v, &sum) || sum > most)
			return false;
		next = u + 1;
	}
	if (sum == 0)
		return false;
	*ret_ns = (int64_t)sum;
	return true;
}

bool pl_port_parse(struct pl_str s, unsigned *ret_port, const char **ret_protocol)
{
	static const char *const protocols[] = {"tcp", "udp", "sctp"};
	struct pl_str rest = s;
	struct pl_str number = pl_str_cut(&rest, '/');
	const char *protocol = rest.p ? NULL : "tcp";
	uint64_t port;
	for (size_t i = 0; rest.p && i < PL_COUNT(protocols); i++)
		if (pl_str_is(rest, protocols[i]))
			protocol = protocols[i];
	if (!protocol || !pl_parse_u64(number, 65535, &port) || port == 0)
		return false;
	*ret_port = (unsigned)port;
	*ret_protocol = protocol;
	return true;
}

bool pl_platform_ok(struct pl_str s)
{
	const struct pl_platform *p = pl_platform_find(s);
	return p && p->is_definable && pl_str_is(s, p->name);
}

/* Policy 7.1: "name", "name (op version)"; and apt's own "name=version". */
bool pl_package_ask_parse(struct pl_str text, struct pl_str *ret_name, const char **ret_op,
			  struct pl_str *ret_version)
{
	static const char *const ops[] = {">=", "<=", ">>", "<<", "="};
	struct pl_str s = pl_str_trim(text), version = {NULL, 0};
	const char *op = NULL;
	size_t open = pl_str_find(s, '('), equal = pl_str_find(s, '=');
	struct pl_str name = s;
	if (open != SIZE_MAX) {
		struct pl_str in = pl_str_sub(s, open + 1, s.n);
		if (in.n == 0 || in.p[in.n - 1] != ')')
			return false;
		in = pl_str_trim(pl_str_sub(in, 0, in.n - 1));
		for (size_t i = 0; i < PL_COUNT(ops) && !op; i++)
			if (pl_str_starts(in, ops[i]))
				op = ops[i];
		if (!op)
			return false;
		version = pl_str_trim(pl_str_sub(in, strlen(op), in.n));
		name = pl_str_trim(pl_str_sub(s, 0, open));
	} else if (equal != SIZE_MAX) {
		op = "=";
		version = pl_str_sub(s, equal + 1, s.n);
		name = pl_str_sub(s, 0, equal);
	}
	if (!pl_package_name_ok(name) || (op && !pl_package_version_ok(version)))
		return false;
	*ret_name = name;
	*ret_op = op;
	*ret_version = version;
	return true;
}
