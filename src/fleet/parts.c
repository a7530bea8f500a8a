// SPDX-License-Identifier: Apache-2.0
/* Keys of an image that have a structure of their own: packages, files, healthcheck, acknowledge.
 */
#include "base/num.h"
#include "fleet/fleet_int.h"

const char *const pl_keys_file[] = {"from",    "to",        "mode", "owner",
				    "content", "directory", "link", NULL};
const char *const pl_keys_health[] = {"command",      "http",    "every", "timeout",
				      "start_period", "retries", NULL};
const char *const pl_keys_ack[] = {"package", "script", "sha256", "reason", NULL};
const char *const pl_keys_accepted[] = {"warning", "about", "reason", NULL};
const char *const pl_warning_kinds[] = {
	"cannot-run",     "no-group", "no-interpreter", "no-library",    "no-os-release",
	"no-passwd-line", "no-shell", "no-user",        "wrong-machine", NULL};

void pl_settings_done(struct pl_settings *s)
{
	pl_vec_free(&s->ports);
	pl_vec_free(&s->volumes);
	pl_vec_free(&s->exclude);
	pl_vec_free(&s->scripted);
	pl_vec_free(&s->packages);
	pl_vec_free(&s->files);
	pl_vec_free(&s->env);
	pl_vec_free(&s->debconf);
	pl_vec_free(&s->labels);
	pl_vec_free(&s->acks);
	pl_vec_free(&s->accepted);
	pl_vec_free(&s->accounts);
	pl_map_done(&s->file_at);
}

int pl_read_packages(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		     struct pl_err *err)
{
	__attribute__((cleanup(pl_map_done))) struct pl_map here = {0}, before = {0};
	int rc = pl_need_list(v, "packages", err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s->packages.n; i++)
		pl_map_put(&before, pl_str_of(s->packages.v[i].text), &before);
	for (size_t i = 0; i < v->n; i++) {
		const struct pl_yaml *at = v->item[i];
		struct pl_package_ask ask = {
			.file = at->file, .line = at->line, .column = at->column};
		rc = pl_read_text(r, v->item[i], "packages", &ask.text, err);
		if (rc < 0)
			return rc;
		struct pl_str text = pl_str_of(ask.text);
		if (!pl_package_ask_parse(text, &ask.name, &ask.op, &ask.version))
			return pl_yaml_fail(v->item[i], err,
					    "'%s' is not a package; write nginx, 'nginx (>= 1.22)' "
					    "or nginx=1.22.1-9 (operators: = >= <= >> <<)",
					    PL_SHOWN(text));
		if (pl_map_put(&here, ask.name, &here))
			return pl_yaml_fail(v->item[i], err,
					    "package '" PL_STR_FMT "' is given "
					    "twice",
					    PL_STR_ARG(ask.name));
		if (!pl_map_has(&before, text)) /* the very same again, from `extends` */
			*pl_vec_push(&s->packages) = ask;
	}
	return 0;
}

static void read_mode(struct pl_yr *yr, int64_t *ret)
{
	const char *text = NULL;
	uint64_t mode;
	const struct pl_yaml *v = pl_yr_text(yr, "mode", &text);
	if (!v)
		return;
	/* Three digits at least: 8 or 64 would be decimals that somebody took from elsewhere. */
	if (strlen(text) < 3 || !pl_parse_octal(pl_str_of(text), 07777, &mode))
		yr->rc = pl_yaml_fail(v, yr->err, "mode '%s' must be octal, for example 0644",
				      PL_SHOWN(pl_str_of(text)));
	else
		*ret = (int64_t)mode;
}

/* One file into the settings. The same target of an earlier layer is replaced (another owner has it
 * then); within one layer it is an error. An entry's own files differ by target or platform. */
static int put_file(struct pl_settings *s, const struct pl_yaml *at, struct pl_file_entry e,
		    struct pl_err *err)
{
	struct pl_file_item *item = pl_vec_push(&s->files);
	*item = (struct pl_file_item){.e = e, .key = pl_str_of(e.to), .owner = s->owner};
	void **slot = pl_map_slot(&s->file_at, item->key);
	uintptr_t former = (uintptr_t)*slot;
	if (former && former != s->owner && former >= s->layer_owner)
		return pl_yaml_fail(at, err, "two files have the target %s",
				    PL_SHOWN(pl_str_of(e.to)));
	*slot = (void *)s->owner;
	return 0;
}

/* The directories from e.to down to that file get the owner too, each once. */
static void put_implied(struct pl_reader *r, const struct pl_file_entry *e, const char *file,
			struct pl_map *seen, struct pl_settings *s)
{
	struct pl_str top = pl_str_of(e->to);
	for (const char *p = file + top.n; p; p = strchr(p + 1, '/')) {
		struct pl_str key = {file, (size_t)(p - file) + 1};
		if (p == file || *p != '/' || pl_map_has(seen, key))
			continue;
		key = pl_arena_str(r->a, key);
		pl_map_put(seen, key, s);
		*pl_vec_push(&s->files) = (struct pl_file_item){
			.e = {.kind = PL_ENTRY_DIRECTORY,
			      .implied = true,
			      .to = pl_arena_cstr(r->a, pl_str_sub(key, 0, key.n - 1)),
			      .mode = 0755,
			      .owner = e->owner,
			      .platform = e->platform,
			      .line = e->line},
			.key = key,
			.owner = s->owner};
		pl_map_put(&s->file_at, key, (void *)s->owner);
	}
}

/* `from`: the file, or every file below the directory. */
static int put_from(struct pl_reader *r, const struct pl_yaml *at, struct pl_file_entry e,
		    struct pl_settings *s, struct pl_err *err)
{
	PL_AUTO(paths) paths = {0};
	__attribute__((cleanup(pl_map_done))) struct pl_map seen = {0};
	bool directory = false;
	const struct pl_yaml *v = pl_yaml_get(at, "from");
	if (!pl_inside_path_ok(pl_str_of(e.from)))
		return pl_yaml_fail(v, err,
				    "'%s' must be a path below the fleet's directory, without "
				    "'.' and '..'",
				    PL_SHOWN(pl_str_of(e.from)));
	int rc = pl_directory_list(r->l, v, e.from, &paths, &directory, err);
	if (rc < 0 || !directory)
		return rc < 0 ? rc : put_file(s, at, e, err);
	size_t skip = strlen(e.from);
	for (size_t i = 0; i < paths.n && rc == 0; i++) {
		struct pl_file_entry file = e;
		file.from = paths.v[i];
		file.to = pl_arena_printf(r->a, "%s%s", e.to[1] ? e.to : "", paths.v[i] + skip);
		rc = put_file(s, at, file, err);
		if (rc == 0 && e.owner)
			put_implied(r, &e, file.to, &seen, s);
		if (rc == 0)
			rc = pl_loader_budget(r->l, at, err);
	}
	return rc;
}

#define LINK_MAX_BYTES 4095 /* symlink(7): PATH_MAX with its NUL */

/* What the entry is: by the one of four keys that it has. */
static int read_kind(const struct pl_yaml *at, struct pl_file_entry *e, struct pl_err *err)
{
	static const char *const keys[] = {"from", "content", "directory", "link"};
	const struct pl_yaml *v = pl_yaml_get(at, "directory");
	bool is_directory = true;
	size_t n = 0;
	for (size_t i = 0; i < PL_COUNT(keys); i++)
		n += pl_yaml_get(at, keys[i]) != NULL;
	if (n != 1)
		return pl_yaml_fail(at, err,
				    "a file has one of 'from', 'content', 'directory' and 'link'");
	int rc = v ? pl_read_bool(v, "directory", &is_directory, err) : 0;
	if (rc < 0)
		return rc;
	if (!is_directory)
		return pl_yaml_fail(v, err, "'directory' is true, or it is left out");
	e->kind = v ? PL_ENTRY_DIRECTORY : pl_yaml_get(at, "link") ? PL_ENTRY_LINK : PL_ENTRY_FILE;
	if (e->kind == PL_ENTRY_LINK && (pl_yaml_get(at, "mode") || pl_yaml_get(at, "owner")))
		return pl_yaml_fail(at, err,
				    "a link has neither 'mode' nor 'owner': what it leads to has");
	return 0;
}

/* The texts of one entry, for one platform or all. */
static int read_file_texts(struct pl_reader *r, const struct pl_yaml *at, struct pl_file_entry *e,
			   struct pl_err *err)
{
	struct pl_yr yr = {r, at, err, read_kind(at, e, err)};
	if (yr.rc < 0)
		return yr.rc;
	if (!pl_yaml_get(at, "to"))
		return pl_yaml_fail(at, err, "a file needs 'to', its path in the image");
	pl_yr_text(&yr, "from", &e->from);
	const struct pl_yaml *link = pl_yr_text(&yr, "link", &e->link);
	const struct pl_yaml *content = pl_yr_text(&yr, "content", &e->content);
	const struct pl_yaml *to = pl_yr_text(&yr, "to", &e->to);
	read_mode(&yr, &e->mode);
	const struct pl_yaml *owner = pl_yr_text(&yr, "owner", &e->owner);
	if (yr.rc < 0)
		return yr.rc;
	if (!pl_image_path_ok(pl_str_of(e->to)) ||
	    ((content || e->kind != PL_ENTRY_FILE) && !e->to[1]))
		return pl_yaml_fail(to, err,
				    "'%s' must be an absolute path in the image, without "
				    "'.', '..' and a '/' at its end",
				    PL_SHOWN(pl_str_of(e->to)));
	if (strstr(e->to, "/.wh."))
		return pl_yaml_fail(to, err,
				    "'%s': a layer takes a name beginning with .wh. for a deletion "
				    "(image-spec layer.md); give it another one",
				    PL_SHOWN(pl_str_of(e->to)));
	if (link && (e->link[0] == '\0' || strlen(e->link) > LINK_MAX_BYTES ||
		     !pl_printable_ok(pl_str_of(e->link))))
		return pl_yaml_fail(
			link, err,
			"'link' must be what the link says, for example ../lib/app/run: "
			"one line of at most %d bytes",
			LINK_MAX_BYTES);
	if (owner && !pl_user_ok(pl_str_of(e->owner)))
		return pl_yaml_fail(owner, err, "owner '%s' must be uid, uid:gid, or names",
				    PL_SHOWN(pl_str_of(e->owner)));
	return 0;
}

static int check_file_keys(const struct pl_yaml *at, struct pl_err *err)
{
	int rc = pl_need_map(at, "files", err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < at->n; i++)
		if (pl_str_is(at->key[i]->text, "url") || pl_str_is(at->key[i]->text, "pick"))
			return pl_yaml_fail(
				at->key[i], err,
				"files from a URL are not supported by this version; "
				"put the file into the fleet's directory and use 'from'");
	return pl_yaml_known(at, pl_keys_file, err);
}

static int read_one_file(struct pl_reader *r, const struct pl_yaml *at,
			 const struct pl_platform *const *platforms, struct pl_settings *s,
			 struct pl_err *err)
{
	struct pl_file_entry e = {.mode = -1, .line = at->line};
	bool arch = false;
	int rc = check_file_keys(at, err);
	if (rc < 0)
		return rc;
	s->owner++;
	r->vars.arch = NULL;
	r->vars.arch_seen = &arch;
	rc = read_file_texts(r, at, &e, err);
	if (rc == 0 && !arch)
		rc = e.from ? put_from(r, at, e, s, err) : put_file(s, at, e, err);
	for (size_t i = 0; rc == 0 && arch && platforms[i]; i++) {
		r->vars.arch = platforms[i]->arch;
		e.platform = platforms[i];
		rc = read_file_texts(r, at, &e, err);
		if (rc == 0)
			rc = e.from ? put_from(r, at, e, s, err) : put_file(s, at, e, err);
	}
	r->vars.arch = NULL;
	r->vars.arch_seen = NULL;
	return rc;
}

int pl_read_files(struct pl_reader *r, const struct pl_yaml *v,
		  const struct pl_platform *const *platforms, struct pl_settings *s,
		  struct pl_err *err)
{
	int rc = pl_need_list(v, "files", err);
	s->layer_owner = s->owner + 1;
	for (size_t i = 0; i < v->n && rc == 0; i++)
		rc = read_one_file(r, v->item[i], platforms, s, err);
	return rc;
}

static void read_duration(struct pl_yr *yr, const char *key, int64_t *ret)
{
	const char *text = NULL;
	const struct pl_yaml *v = pl_yr_text(yr, key, &text);
	if (v && !pl_duration_parse(pl_str_of(text), ret))
		yr->rc = pl_yaml_fail(v, yr->err,
				      "%s '%s' is not a duration; write 30s, 1m30s or 500ms", key,
				      PL_SHOWN(pl_str_of(text)));
}

static void read_probe(struct pl_yr *yr, struct pl_healthcheck *h)
{
	size_t n = 0;
	if (yr->rc == 0 && !pl_yr_get(yr, "command") && !pl_yr_get(yr, "http"))
		yr->rc = pl_yaml_fail(yr->map, yr->err, "a healthcheck needs 'command' or 'http'");
	const struct pl_yaml *command = pl_yr_texts(yr, "command", &h->command, &n);
	const struct pl_yaml *http = pl_yr_text(yr, "http", &h->http);
	struct pl_str url = pl_str_of(h->http);
	if (yr->rc < 0)
		return;
	if (command && n == 0)
		yr->rc = pl_yaml_fail(command, yr->err, "'command' is empty");
	else if (http && (!pl_printable_ok(url) || pl_str_find(url, ' ') != SIZE_MAX ||
			  !((pl_str_starts(url, "http://") && url.n > 7) ||
			    (pl_str_starts(url, "https://") && url.n > 8))))
		yr->rc = pl_yaml_fail(http, yr->err, "'%s' is not an http:// or https:// URL",
				      PL_SHOWN(url));
}

static void read_retries(struct pl_yr *yr, int64_t *ret)
{
	struct pl_str text = {NULL, 0};
	uint64_t n = 0;
	const struct pl_yaml *v = pl_yr_get(yr, "retries");
	if (!v)
		return;
	yr->rc = pl_read_plain(v, "retries", &text, yr->err);
	if (yr->rc == 0 && (!pl_parse_u64(text, 100, &n) || n == 0))
		yr->rc = pl_yaml_fail(v, yr->err, "'retries' must be 1 to 100");
	*ret = (int64_t)n;
}

int pl_read_health(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		   struct pl_err *err)
{
	s->has_health = true;
	s->health = NULL;
	if (v->kind == PL_YAML_SCALAR && pl_str_is(v->text, "none"))
		return 0; /* as HEALTHCHECK NONE: the base's is off */
	struct pl_healthcheck *h = pl_arena_new(r->a, struct pl_healthcheck);
	struct pl_yr yr = {r, v, err, pl_need_map(v, "healthcheck", err)};
	pl_yr_known(&yr, pl_keys_health);
	read_probe(&yr, h);
	read_duration(&yr, "every", &h->every_ns);
	read_duration(&yr, "timeout", &h->timeout_ns);
	read_duration(&yr, "start_period", &h->start_period_ns);
	read_retries(&yr, &h->retries);
	if (yr.rc == 0)
		s->health = h;
	return yr.rc;
}

static int read_one_ack(struct pl_reader *r, const struct pl_yaml *v, struct pl_ack *ack,
			struct pl_err *err)
{
	static const char *const scripts[] = {"preinst", "postinst", "prerm",
					      "postrm",  "config",   "triggers"};
	const char *text[4];
	struct pl_yr yr = {r, v, err, 0};
	pl_yr_known(&yr, pl_keys_ack);
	for (size_t i = 0; i < 4; i++)
		if (!pl_yr_text(&yr, pl_keys_ack[i], &text[i]) && yr.rc == 0)
			return pl_yaml_fail(v, err,
					    "'%s' is missing: package, script, sha256 and "
					    "reason are all required",
					    pl_keys_ack[i]);
	if (yr.rc < 0)
		return yr.rc;
	bool known = false;
	for (size_t i = 0; i < PL_COUNT(scripts); i++)
		known = known || strcmp(text[1], scripts[i]) == 0;
	struct pl_str hash = pl_str_of(text[2]);
	if (!pl_package_name_ok(pl_str_of(text[0])))
		return pl_yaml_fail(pl_yaml_get(v, "package"), err, "'%s' is not a package's name",
				    PL_SHOWN(pl_str_of(text[0])));
	if (!known)
		return pl_yaml_fail(pl_yaml_get(v, "script"), err,
				    "script '%s' must be preinst, postinst, prerm, postrm, config "
				    "or triggers",
				    PL_SHOWN(pl_str_of(text[1])));
	if (!pl_digest_parse(hash, &ack->sha256) && !pl_digest_parse_hex(hash, &ack->sha256))
		return pl_yaml_fail(pl_yaml_get(v, "sha256"), err,
				    "'sha256' must be 64 lower-case hexadecimal digits");
	if (!pl_printable_ok(pl_str_trim(pl_str_of(text[3]))))
		return pl_yaml_fail(pl_yaml_get(v, "reason"), err,
				    "'reason' must say, in one line, why this script need not run");
	ack->package = text[0];
	ack->script = text[1];
	ack->reason = text[3];
	return 0;
}

/* A warning that is meant to be. */
static int read_accepted(struct pl_reader *r, const struct pl_yaml *v, struct pl_accepted *ret,
			 struct pl_err *err)
{
	struct pl_yr yr = {r, v, err, 0};
	size_t n = 0;
	pl_yr_known(&yr, pl_keys_accepted);
	const struct pl_yaml *kind = pl_yr_text(&yr, "warning", &ret->warning);
	const struct pl_yaml *about = pl_yr_text(&yr, "about", &ret->about);
	const struct pl_yaml *reason = pl_yr_text(&yr, "reason", &ret->reason);
	if (yr.rc < 0)
		return yr.rc;
	while (pl_warning_kinds[n] && strcmp(pl_warning_kinds[n], ret->warning) != 0)
		n++;
	if (!pl_warning_kinds[n]) {
		const char *near = pl_nearest(pl_str_of(ret->warning), pl_warning_kinds, n);
		return pl_yaml_fail(kind, err, "there is no warning '%s'%s%s%s",
				    PL_SHOWN(pl_str_of(ret->warning)), near ? "; is it '" : "",
				    near ? near : "", near ? "'?" : "");
	}
	if (about && !pl_printable_ok(pl_str_of(ret->about)))
		return pl_yaml_fail(about, err,
				    "'about' must be what the warning has in brackets, or a "
				    "program's path");
	if (!reason || !pl_printable_ok(pl_str_trim(pl_str_of(ret->reason))))
		return pl_yaml_fail(reason ? reason : v, err,
				    "'reason' must say, in one line, why it is meant to be so");
	return 0;
}

int pl_read_acks(struct pl_reader *r, const struct pl_yaml *v, struct pl_settings *s,
		 struct pl_err *err)
{
	int rc = pl_need_list(v, "acknowledge", err);
	for (size_t i = 0; i < v->n && rc == 0; i++) {
		const struct pl_yaml *at = v->item[i];
		rc = pl_need_map(at, "acknowledge", err);
		if (rc == 0 && pl_yaml_get(at, "warning"))
			rc = read_accepted(r, at, pl_vec_push(&s->accepted), err);
		else if (rc == 0)
			rc = read_one_ack(r, at, pl_vec_push(&s->acks), err);
	}
	return rc;
}
