// SPDX-License-Identifier: Apache-2.0
/* setcap and getcap: the attribute security.capability of a file (capabilities(7),
 * linux/capability.h's VFS_CAP_REVISION_2), from and to cap_from_text(3)'s clauses. */
#include "commands/commands_int.h"

#include "effects/edit.h"

#include <ctype.h>

/* By number. */
static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

#define REVISION_2 0x02000000u
#define EFFECTIVE 1u
#define VALUE_SIZE 20

struct capabilities {
	uint64_t permitted, inheritable, effective;
};

static bool parse_name(struct pl_str name, uint64_t *bits)
{
	for (size_t i = 0; i < PL_COUNT(names); i++)
		if (name.n > 4 && strncasecmp(name.p, "cap_", 4) == 0 &&
		    strlen(names[i]) == name.n - 4 &&
		    strncasecmp(name.p + 4, names[i], name.n - 4) == 0) {
			*bits |= (uint64_t)1 << i;
			return true;
		}
	return false;
}

static void apply(uint64_t *set, char op, uint64_t bits, bool named)
{
	if (op == '=')
		*set &= ~bits;
	if (named && op != '-')
		*set |= bits;
	else if (named)
		*set &= ~bits;
}

/* cap_a,cap_b=ep+i ... */
static bool parse_clause(struct pl_str s, struct capabilities *c)
{
	size_t n = 0;
	uint64_t bits = 0;
	while (n < s.n && !strchr("=+-", s.p[n]))
		n++;
	struct pl_str list = pl_str_sub(s, 0, n);
	while (list.n)
		if (!parse_name(pl_str_cut(&list, ','), &bits))
			return false;
	if (!bits || n == s.n)
		return false;
	while (n < s.n) {
		char op = s.p[n++];
		bool e = false, i = false, p = false;
		for (; n < s.n && strchr("eip", s.p[n]); n++) {
			e = e || s.p[n] == 'e';
			i = i || s.p[n] == 'i';
			p = p || s.p[n] == 'p';
		}
		if (!strchr("=+-", op))
			return false;
		apply(&c->effective, op, bits, e);
		apply(&c->inheritable, op, bits, i);
		apply(&c->permitted, op, bits, p);
	}
	return true;
}

/* A file has one effective bit for all: as many as are permitted or inheritable, or none. */
static bool parse(const char *text, struct capabilities *c)
{
	struct pl_str rest = pl_str_trim(pl_str_of(text));
	while (rest.n)
		if (!parse_clause(pl_str_cut(&rest, ' '), c))
			return false;
	return !c->effective || c->effective == (c->permitted | c->inheritable);
}

static void put_u32(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get_u32(const char *p)
{
	uint64_t v = 0;
	for (int i = 0; i < 4; i++)
		v |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return v;
}

static int set(struct pl_shell_call *call, const char *text, const char *path, struct pl_err *err)
{
	struct capabilities c = {0};
	uint8_t value[VALUE_SIZE];
	bool removes = strcmp(text, "-r") == 0;
	struct pl_node *n = pl_cmd_node(call, path, true);
	PL_AUTO(buf) at = {0};
	if (!removes && !parse(text, &c))
		return pl_shell_unknown(call, err, text);
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return pl_shell_complain(call, 1, err,
					 "Failed to set capabilities on file '%s': %s", path,
					 n ? "Invalid argument" : "No such file or directory");
	put_u32(value, REVISION_2 | (c.effective ? EFFECTIVE : 0));
	put_u32(value + 4, c.permitted);
	put_u32(value + 8, c.inheritable);
	put_u32(value + 12, c.permitted >> 32);
	put_u32(value + 16, c.inheritable >> 32);
	pl_tree_path(n, &at);
	return pl_edit_capability(call->world->tree, pl_buf_str(&at),
				  removes ? (struct pl_str){NULL, 0}
					  : (struct pl_str){(const char *)value, sizeof(value)},
				  0, err);
}

/* setcap [-q] CAPABILITIES FILE [CAPABILITIES FILE]..., -r in the place of capabilities. */
int pl_cmd_setcap(struct pl_shell_call *call, struct pl_err *err)
{
	int i = 1, rc = 0;
	if (i < call->argc && strcmp(call->argv[i], "-q") == 0)
		i++;
	if (i == call->argc || (call->argc - i) % 2)
		return pl_shell_unknown(call, err, "such a use");
	for (; i < call->argc && rc == 0; i += 2)
		rc = set(call, call->argv[i], call->argv[i + 1], err);
	return rc;
}

static void put(struct pl_buf *out, const char *path, struct pl_str value)
{
	uint64_t permitted = get_u32(value.p + 4) | get_u32(value.p + 12) << 32;
	bool first = true;
	pl_buf_addf(out, "%s ", path);
	for (size_t i = 0; i < PL_COUNT(names); i++)
		if (permitted >> i & 1) {
			pl_buf_addf(out, "%scap_%s", first ? "" : ",", names[i]);
			first = false;
		}
	pl_buf_addf(out, "=%sp\n", get_u32(value.p) & EFFECTIVE ? "e" : "");
}

int pl_cmd_getcap(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_cmd_args a = {.call = call};
	PL_AUTO(buf) out = {.max = PL_CMD_TEXT_MAX};
	int rc = pl_cmd_no_option(&a, err);
	for (int i = 0; i < a.n && rc == 0; i++) {
		const struct pl_node *n = pl_cmd_node(call, a.operands[i], true);
		struct pl_str value = n ? pl_node_file(n)->capability : (struct pl_str){NULL, 0};
		if (!n)
			rc = pl_shell_complain(call, 1, err, "%s (No such file or directory)",
					       a.operands[i]);
		else if (value.n == VALUE_SIZE && !get_u32(value.p + 8) && !get_u32(value.p + 16))
			put(&out, a.operands[i], value);
		else if (value.n)
			rc = pl_shell_unknown(call, err, "such a capability");
	}
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : pl_cmd_write(call, &out, err);
}
