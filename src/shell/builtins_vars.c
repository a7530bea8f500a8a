// SPDX-License-Identifier: Apache-2.0
/* set, shift, unset, export, readonly, local, getopts; bash's declare. */
#include "shell/builtins_int.h"

#include "base/num.h"

void pl_sh_quote(struct pl_buf *out, const char *s)
{
	do {
		size_t plain = strcspn(s, "'"), quotes = strspn(s + plain, "'");
		pl_buf_addf(out, "'%.*s'", (int)plain, s);
		if (quotes)
			pl_buf_addf(out, "\"%.*s\"", (int)quotes, s + plain);
		s += plain + quotes;
	} while (*s);
}

/* The variables that have all those flags, sorted, a line each behind a prefix. */
static int print_vars(struct pl_shell *sh, unsigned flags, const char *prefix, struct pl_err *err)
{
	PL_AUTO(buf) out = {.max = sh->common->limits.output};
	PL_AUTO(sh_fields) names = {0};
	for (size_t i = 0; i < sh->vars.n; i++) {
		const struct pl_sh_var *v = sh->vars.items[i].value;
		if ((v->value || flags) && (v->flags & flags) == flags)
			pl_sh_fields_add(&names, pl_xstrdup(v->name));
	}
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), pl_cstr_qsort);
	for (size_t i = 0; i < names.n; i++) {
		const char *value = pl_shell_value(sh, names.v[i]);
		pl_buf_addf(&out, "%s%s%s", prefix, names.v[i], value ? "=" : "");
		if (value)
			pl_sh_quote(&out, value);
		pl_buf_addc(&out, '\n');
	}
	return pl_shell_write(sh, 1, pl_buf_str(&out), err);
}

/* -- set -- */

static const struct {
	const char *name;
	unsigned bit;
	char letter;
} options[] = {
	{"errexit", PL_SH_ERREXIT, 'e'},
	{"nounset", PL_SH_NOUNSET, 'u'},
	{"noglob", PL_SH_NOGLOB, 'f'},
	{"xtrace", PL_SH_XTRACE, 'x'},
	{"allexport", PL_SH_ALLEXPORT, 'a'},
	{"noexec", PL_SH_NOEXEC, 'n'},
	{"noclobber", PL_SH_NOCLOBBER, 'C'},
	{"verbose", PL_SH_VERBOSE, 'v'},
	{"notify", 0, 'b'},
	{"monitor", 0, 'm'},
	{"hashall", 0, 'h'},
};

bool pl_sh_option_bit(char letter, unsigned *ret)
{
	for (size_t i = 0; i < PL_COUNT(options); i++)
		if (options[i].letter == letter) {
			*ret = options[i].bit;
			return true;
		}
	return false;
}

static int set_option(struct pl_shell *sh, char letter, const char *name, bool on,
		      struct pl_err *err)
{
	unsigned bit = 0;
	bool known = false;
	for (size_t i = 0; i < PL_COUNT(options) && !known; i++) {
		known = name ? strcmp(options[i].name, name) == 0 : options[i].letter == letter;
		bit = options[i].bit;
	}
	if (!known && name && sh->bash && strcmp(name, "pipefail") == 0) {
		known = true;
		bit = PL_SH_PIPEFAIL;
	}
	if (!known && sh->bash)
		return pl_sh_unknown(sh, err, "set -%c %s", letter ? letter : 'o',
				     name ? name : "");
	if (!known)
		return name ? pl_sh_die(sh, err, "set: Illegal option -o %s", name)
			    : pl_sh_die(sh, err, "set: Illegal option -%c", letter);
	sh->options = on ? sh->options | bit : sh->options & ~bit;
	return 0;
}

/* dash begins with the first of other arguments, bash where OPTIND says. */
static void reset_getopts(struct pl_shell *sh)
{
	sh->getopts_at = 0;
	if (!sh->bash)
		sh->getopts_next = 1;
}

static int set_args(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	uint64_t size = 0;
	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + sizeof(*argv);
	int rc = pl_sh_keep(sh, size, err);
	if (rc < 0)
		return rc;
	char **args = pl_xcalloc((size_t)argc + 1, sizeof(*args));
	for (int i = 0; i < argc; i++)
		args[i] = pl_xstrdup(argv[i]);
	pl_sh_args_free(sh);
	sh->args = args;
	sh->n_args = (size_t)argc;
	reset_getopts(sh);
	return 0;
}

int pl_sh_set(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int i = 1, rc = 0;
	if (argc == 1)
		return print_vars(sh, 0, "", err);
	for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && rc == 0; i++) {
		bool on = argv[i][0] == '-';
		if (strcmp(argv[i], "--") == 0 || strcmp(argv[i], "-") == 0) {
			return set_args(sh, argc - i - 1, argv + i + 1, err);
		}
		for (const char *c = argv[i] + 1; *c && rc == 0; c++) {
			if (*c != 'o')
				rc = set_option(sh, *c, NULL, on, err);
			else if (i + 1 < argc)
				rc = set_option(sh, 0, argv[++i], on, err);
			else
				return pl_sh_unknown(sh, err, "set %s", argv[i]);
			if (*c == 'o')
				break;
		}
	}
	if (rc == 0 && i < argc)
		rc = set_args(sh, argc - i, argv + i, err);
	return rc;
}

int pl_sh_shift(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	uint64_t n = 1;
	if (argc > 1 && !pl_parse_u64(pl_str_of(argv[1]), SIZE_MAX, &n))
		return pl_sh_die(sh, err, "shift: Illegal number: %s", argv[1]);
	if (n > sh->n_args) {
		if (sh->bash) {
			sh->status = 1;
			return 0;
		}
		return pl_sh_die(sh, err, "shift: can't shift that many");
	}
	for (size_t i = 0; i < n; i++)
		free(sh->args[i]);
	sh->n_args -= (size_t)n;
	memmove(sh->args, sh->args + n, sh->n_args * sizeof(*sh->args));
	reset_getopts(sh);
	return 0;
}

int pl_sh_unset(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	bool functions = false;
	int i = 1, rc = 0;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++)
		functions = argv[i][1] == 'f';
	for (; i < argc && rc == 0; i++) {
		for (size_t k = 0; functions && k < sh->functions.n; k++)
			if (strcmp(sh->functions.v[k].name, argv[i]) == 0)
				sh->functions.v[k].body = NULL;
		if (!functions && sh->bash && strchr(argv[i], '['))
			return pl_sh_unknown(sh, err, "unset %s", argv[i]);
		if (!functions && !sh->bash && !pl_sh_is_name(pl_str_of(argv[i])))
			rc = pl_sh_die(sh, err, "unset: %s: bad variable name", argv[i]);
		else if (!functions)
			rc = pl_sh_var_unset(sh, pl_str_of(argv[i]), err);
	}
	return rc;
}

/* NAME or NAME=VALUE: the flags are added. */
static int declare_one(struct pl_shell *sh, const char *text, unsigned flags, struct pl_err *err)
{
	size_t eq = pl_str_find(pl_str_of(text), '=');
	struct pl_str name = pl_str_sub(pl_str_of(text), 0, eq == SIZE_MAX ? SIZE_MAX : eq);
	if (!pl_sh_is_name(name))
		return pl_sh_die(sh, err, "%s: bad variable name", text);
	bool is_known = pl_sh_var_get(sh, name);
	if (eq != SIZE_MAX)
		return pl_sh_var_set(sh, name, text + eq + 1, flags, err);
	struct pl_sh_var *v = pl_sh_var_own(sh, name);
	if (!is_known && sh->options & PL_SH_ALLEXPORT)
		v->flags |= PL_SH_EXPORTED;
	v->flags |= flags; /* without a value it waits for one */
	return 0;
}

static int declare_all(struct pl_shell *sh, int argc, char **argv, unsigned flags,
		       const char *prefix, struct pl_err *err)
{
	int i = 1, rc = 0;
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "-p") == 0))
		return print_vars(sh, flags, prefix, err);
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	if (i < argc && sh->bash && argv[i][0] == '-')
		return pl_sh_unknown(sh, err, "%s %s", argv[0], argv[i]);
	for (; i < argc && rc == 0; i++)
		rc = declare_one(sh, argv[i], flags, err);
	return rc;
}

int pl_sh_export(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	return declare_all(sh, argc, argv, PL_SH_EXPORTED, "export ", err);
}

int pl_sh_readonly(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	return declare_all(sh, argc, argv, PL_SH_READONLY, "readonly ", err);
}

int pl_sh_local(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int rc = 0;
	if (!sh->functions_deep)
		return pl_sh_die(sh, err, "local: not in a function");
	for (int i = 1; i < argc && rc == 0; i++) {
		struct pl_str text = pl_str_of(argv[i]);
		size_t eq = pl_str_find(text, '=');
		struct pl_str name = pl_str_sub(text, 0, eq == SIZE_MAX ? SIZE_MAX : eq);
		if (pl_str_is(text, "-")) {
			*pl_vec_push(&sh->saved) =
				(struct pl_sh_saved){.options = true, .option_bits = sh->options};
			continue;
		}
		if (sh->bash && text.n > 1 && *text.p == '-') {
			if (strspn(argv[i] + 1, "ra") != text.n - 1)
				return pl_sh_unknown(sh, err, "local %s", argv[i]);
			continue; /* what it is does not change what is done */
		}
		if (!pl_sh_is_name(name))
			return pl_sh_die(sh, err, "local: %s: bad variable name", argv[i]);
		pl_sh_var_save(sh, name);
		if (eq != SIZE_MAX)
			rc = pl_sh_var_set(sh, name, argv[i] + eq + 1, 0, err);
		else if (sh->bash)
			rc = pl_sh_var_unset(sh, name, err);
	}
	return rc;
}

int pl_sh_declare(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	unsigned flags = 0;
	bool global = false;
	int rc = 0;
	for (int i = 1; i < argc && rc == 0; i++) {
		if (argv[i][0] != '-') {
			struct pl_str text = pl_str_of(argv[i]);
			if (sh->functions_deep && !global)
				pl_sh_var_save(sh, pl_str_cut(&text, '='));
			rc = declare_one(sh, argv[i], flags, err);
			continue;
		}
		global = global || strchr(argv[i], 'g');
		for (const char *c = argv[i] + 1; *c; c++) {
			if (!strchr("xrag", *c))
				return pl_fail(err, PL_SCRIPTS, "%s: line %u: %s -%c is not known",
					       sh->script, sh->line, argv[0], *c);
			flags |= *c == 'x' ? PL_SH_EXPORTED : *c == 'r' ? PL_SH_READONLY : 0;
		}
	}
	return rc;
}

/* -- getopts -- */

static int set_optind(struct pl_shell *sh, struct pl_err *err)
{
	char text[32];
	size_t next = sh->getopts_next, at = sh->getopts_at;
	/* In bash it is the word's own while letters are left in it. */
	snprintf(text, sizeof(text), "%zu", next - (sh->bash && at));
	int rc = pl_sh_var_set(sh, PL_STR("OPTIND"), text, 0, err);
	sh->getopts_next = next; /* the script has not set it */
	sh->getopts_at = at;
	return rc;
}

/* What the letter at its place in word is: into *ret, its argument into OPTARG. */
static int next_option(struct pl_shell *sh, const char *spec, const char *word, char **v, size_t n,
		       char *ret, struct pl_err *err)
{
	char letter = word[sh->getopts_at], bad[2] = {letter, 0};
	const char *known = letter == ':' ? NULL : strchr(spec, letter);
	bool quiet = *spec == ':', ends = !word[sh->getopts_at + 1];
	const char *value = sh->bash ? NULL : "";
	int rc = 0;
	*ret = known ? letter : '?';
	if (known && known[1] == ':') {
		value = word + sh->getopts_at + 1;
		if (ends)
			value = sh->getopts_next <= n ? v[sh->getopts_next++ - 1] : NULL;
		if (!value) {
			*ret = quiet ? ':' : '?';
			rc = quiet ? 0 : pl_sh_say(sh, err, "No arg for -%c option", letter);
			value = quiet ? bad : NULL;
		}
		ends = true;
	} else if (!known) {
		rc = quiet ? 0 : pl_sh_say(sh, err, "Illegal option -%c", letter);
		value = quiet ? bad : NULL;
	}
	sh->getopts_at = ends ? 0 : sh->getopts_at + 1;
	if (rc < 0)
		return rc;
	return value ? pl_sh_var_set(sh, PL_STR("OPTARG"), value, 0, err)
		     : pl_sh_var_unset(sh, PL_STR("OPTARG"), err);
}

int pl_sh_getopts(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	char **v = argc > 3 ? argv + 3 : sh->args, found[2] = "?";
	size_t n = argc > 3 ? (size_t)argc - 3 : sh->n_args;
	int rc = 0;
	if (argc < 3)
		return pl_sh_die(sh, err, "getopts: usage: getopts optstring var [arg ...]");
	size_t next = sh->getopts_next ? sh->getopts_next : 1;
	const char *word = next - 1 <= n && next > 1 ? v[next - 2] : "";
	if (sh->getopts_at == 0 || sh->getopts_at >= strlen(word)) {
		word = next <= n ? v[next - 1] : NULL;
		bool ends = word && strcmp(word, "--") == 0;
		sh->getopts_at = 0;
		sh->getopts_next = next + ends;
		if (!word || word[0] != '-' || !word[1] || ends) {
			sh->status = 1;
			rc = set_optind(sh, err);
			return rc ? rc : pl_sh_var_set(sh, pl_str_of(argv[2]), "?", 0, err);
		}
		sh->getopts_at = 1;
		sh->getopts_next = next + 1;
	}
	rc = next_option(sh, argv[1], word, v, n, found, err);
	if (rc == 0)
		rc = set_optind(sh, err);
	return rc ? rc : pl_sh_var_set(sh, pl_str_of(argv[2]), found, 0, err);
}
