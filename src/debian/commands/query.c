// SPDX-License-Identifier: Apache-2.0
/* dpkg-query(1): what packages there are, and what they ship. */
#include "debian/commands/commands_int.h"

#include "base/deb822.h"

#include <fnmatch.h>

static const char *status_of(const struct pl_debian_package *p)
{
	switch (p->state) {
	case PL_DEBIAN_ABSENT:
		break;
	case PL_DEBIAN_HALF_INSTALLED:
		return "half-installed";
	case PL_DEBIAN_UNPACKED:
		return "unpacked";
	case PL_DEBIAN_CONFIGURING:
		return "half-configured";
	case PL_DEBIAN_INSTALLED:
		return "installed";
	}
	return "not-installed";
}

static bool matches(const struct pl_debian_package *p, const char *pattern)
{
	struct pl_str bare = pl_str_of(pattern);
	if (p->state == PL_DEBIAN_ABSENT)
		return false;
	if (!strpbrk(pattern, "*?["))
		return pl_str_eq(pl_str_cut(&bare, ':'), p->name);
	PL_AUTOFREE char *name = pl_str_dup(p->name);
	return fnmatch(pattern, name, 0) == 0;
}

static bool field(const struct pl_debian_package *p, struct pl_str name, struct pl_buf *out)
{
	static const char abbreviations[][2] = {"n", "H", "U", "F", "i"};
	if (pl_str_is(name, "Package") || pl_str_is(name, "binary:Package"))
		pl_buf_addstr(out, p->name);
	else if (pl_str_is(name, "Version"))
		pl_buf_addstr(out, p->version);
	else if (pl_str_is(name, "Architecture"))
		pl_buf_addstr(out, p->architecture);
	else if (pl_str_is(name, "Status") || pl_str_is(name, "db:Status-Want"))
		pl_buf_addf(out, name.n == 6 ? "install ok %s" : "install", status_of(p));
	else if (pl_str_is(name, "db:Status-Status"))
		pl_buf_adds(out, status_of(p));
	else if (pl_str_is(name, "db:Status-Abbrev"))
		pl_buf_addf(out, "i%s ", abbreviations[p->state]);
	else if (pl_str_is(name, "Conffiles"))
		return false;
	else {
		struct pl_deb822_reader r = {.rest = p->control->control, .what = "control"};
		struct pl_deb822 c;
		struct pl_err ignored = {0};
		PL_AUTOFREE char *n = pl_str_dup(name);
		if (strchr(n, ':') || strchr(n, ';'))
			return false;
		if (pl_deb822_next(&r, false, &c, &ignored) == 1)
			pl_buf_addstr(out, pl_deb822_get(&c, n));
	}
	return true;
}

static bool format(const struct pl_debian_package *p, struct pl_str f, struct pl_buf *out)
{
	for (size_t i = 0; i < f.n; i++) {
		if (f.p[i] == '\\' && i + 1 < f.n) {
			char c = f.p[++i];
			pl_buf_addc(out, c == 'n' ? '\n' : c == 't' ? '\t' : c);
		} else if (f.p[i] == '$' && i + 1 < f.n && f.p[i + 1] == '{') {
			struct pl_str name = pl_str_sub(f, i + 2, f.n);
			size_t end = pl_str_find(name, '}');
			if (end == SIZE_MAX || !field(p, pl_str_sub(name, 0, end), out))
				return false;
			i += end + 2;
		} else {
			pl_buf_addc(out, f.p[i]);
		}
	}
	return true;
}

static int missing(struct pl_shell_call *call, const char *pattern, struct pl_err *err)
{
	return pl_shell_complain(call, 1, err, "no packages found matching %s", pattern);
}

static int show(struct pl_shell_call *call, const char *f, char **patterns, int n,
		struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	PL_AUTO(buf) out = {.max = 1 << 20};
	for (size_t i = 0; i < w->n_packages; i++) {
		bool wanted = n == 0 && w->packages[i].state != PL_DEBIAN_ABSENT;
		for (int k = 0; k < n; k++)
			wanted = wanted || matches(&w->packages[i], patterns[k]);
		if (wanted && !format(&w->packages[i], pl_str_of(f), &out))
			return pl_shell_unknown(call, err, f);
	}
	int rc = pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
	for (int k = 0; k < n && rc == 0; k++) {
		bool any = false;
		for (size_t i = 0; i < w->n_packages; i++)
			any = any || matches(&w->packages[i], patterns[k]);
		if (!any)
			rc = missing(call, patterns[k], err);
	}
	return rc;
}

static int list_files(struct pl_shell_call *call, char **names, int n, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	PL_AUTO(buf) out = {.max = 8 << 20};
	int rc = 0;
	for (int k = 0; k < n && rc == 0; k++) {
		const struct pl_debian_package *p = pl_debian_find(w, pl_str_of(names[k]));
		if (!p || p->state < PL_DEBIAN_UNPACKED) {
			rc = pl_shell_complain(call, 1, err, "package '%s' is not installed",
					       names[k]);
			continue;
		}
		pl_buf_adds(&out, "/.\n");
		for (size_t i = 0; i < p->paths.n; i++)
			pl_buf_addf(&out, "/%s\n", p->paths.v[i]);
	}
	return rc < 0 ? rc : pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
}

static int search_one(struct pl_shell_call *call, const char *asked, struct pl_buf *out,
		      struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	bool glob = strpbrk(asked, "*?[\\"), whole = *asked == '/' || glob, any = false;
	PL_AUTOFREE char *pattern = pl_xprintf(whole ? "%s" : "*%s*", asked);
	for (size_t i = 0; i < w->n_packages; i++) {
		const struct pl_debian_package *p = &w->packages[i];
		for (size_t k = 0; k < p->paths.n; k++) {
			PL_AUTOFREE char *path = pl_xprintf("/%s", p->paths.v[k]);
			if (glob || !whole ? fnmatch(pattern, path, 0) : strcmp(pattern, path) != 0)
				continue;
			pl_buf_addf(out, PL_STR_FMT ": %s\n", PL_STR_ARG(p->name), path);
			any = true;
		}
	}
	if (any)
		return 0;
	return pl_shell_complain(call, 1, err, "no path found matching pattern %s", asked);
}

static int print_status(struct pl_shell_call *call, char **names, int n, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	PL_AUTO(buf) out = {.max = 1 << 20};
	int rc = 0;
	for (int k = 0; k < n && rc == 0; k++) {
		const struct pl_debian_package *p = pl_debian_find(w, pl_str_of(names[k]));
		if (!p || p->state == PL_DEBIAN_ABSENT) {
			rc = pl_shell_complain(call, 1, err,
					       "package '%s' is not installed and no information "
					       "is available",
					       names[k]);
			continue;
		}
		struct pl_str rest = p->control->control;
		struct pl_str first = pl_str_cut(&rest, '\n');
		pl_buf_addf(&out, "%s" PL_STR_FMT "\nStatus: install ok %s\n", out.n ? "\n" : "",
			    PL_STR_ARG(first), status_of(p));
		pl_buf_addstr(&out, rest);
	}
	return rc < 0 ? rc : pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
}

/* dpkg -l: columns as wide as their widest, where there is no terminal. */
static int list(struct pl_shell_call *call, char **patterns, int n, struct pl_err *err)
{
	const struct pl_debian_world *w = pl_deb_world(call);
	PL_AUTO(buf) out = {.max = 1 << 20};
	bool any = false;
	for (size_t i = 0; i < w->n_packages; i++) {
		const struct pl_debian_package *p = &w->packages[i];
		bool wanted = n == 0 && p->state != PL_DEBIAN_ABSENT;
		for (int k = 0; k < n; k++)
			wanted = wanted || matches(p, patterns[k]);
		if (!wanted)
			continue;
		any = true;
		if (!format(p,
			    PL_STR("${db:Status-Abbrev} ${binary:Package} ${Version} "
				   "${Architecture}\n"),
			    &out))
			return pl_shell_unknown(call, err, "this use");
	}
	if (!any)
		return missing(call, n ? patterns[0] : "*", err);
	return pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
}

int pl_deb_dpkg_query(struct pl_shell_call *call, struct pl_err *err)
{
	const char *f = "${binary:Package}\t${Version}\n", *verb = "";
	char **v = pl_arena_array(&pl_deb_world(call)->arena, char *, (size_t)call->argc);
	int n = 0;
	for (int i = 1; i < call->argc; i++) {
		char *o = call->argv[i];
		if (strncmp(o, "-f=", 3) == 0)
			f = o + 3;
		else if (strncmp(o, "--showformat=", 13) == 0)
			f = o + 13;
		else if ((strcmp(o, "-f") == 0 || strcmp(o, "--showformat") == 0) &&
			 i + 1 < call->argc)
			f = call->argv[++i];
		else if (strncmp(o, "-f", 2) == 0)
			f = o + 2;
		else if (strncmp(o, "-Wf", 3) == 0 && o[3])
			verb = "-W", f = o + 3 + (o[3] == '=');
		else if (strcmp(o, "-Wf") == 0 && i + 1 < call->argc)
			verb = "-W", f = call->argv[++i];
		else if (strcmp(o, "--show") == 0)
			verb = "-W";
		else if (strcmp(o, "--listfiles") == 0)
			verb = "-L";
		else if (strcmp(o, "--search") == 0)
			verb = "-S";
		else if (strcmp(o, "--status") == 0)
			verb = "-s";
		else if (strcmp(o, "--list") == 0)
			verb = "-l";
		else if (strcmp(o, "-W") == 0 || strcmp(o, "-L") == 0 || strcmp(o, "-S") == 0 ||
			 strcmp(o, "-s") == 0 || strcmp(o, "-l") == 0)
			verb = o;
		else if (strcmp(o, "--control-path") == 0)
			verb = "-c";
		else if (strcmp(o, "--no-pager") == 0 || strcmp(o, "--") == 0)
			continue;
		else if (*o == '-')
			return pl_shell_unknown(call, err, o);
		else
			v[n++] = o;
	}
	if (strcmp(verb, "-W") == 0)
		return show(call, f, v, n, err);
	if (strcmp(verb, "-L") == 0 && n)
		return list_files(call, v, n, err);
	if (strcmp(verb, "-s") == 0 && n)
		return print_status(call, v, n, err);
	if (strcmp(verb, "-c") == 0 && n && !pl_debian_find(pl_deb_world(call), pl_str_of(v[0])))
		return pl_shell_complain(call, 1, err, "package '%s' is not installed", v[0]);
	if (strcmp(verb, "-l") == 0)
		return list(call, v, n, err);
	if (strcmp(verb, "-S") == 0 && n) {
		PL_AUTO(buf) out = {.max = 8 << 20};
		int rc = 0;
		for (int k = 0; k < n && rc == 0; k++)
			rc = search_one(call, v[k], &out, err);
		return rc < 0 ? rc : pl_shell_write(call->shell, 1, pl_buf_str(&out), err);
	}
	return pl_shell_unknown(call, err, "this use");
}
