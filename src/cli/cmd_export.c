// SPDX-License-Identifier: Apache-2.0
#include "base/num.h"
#include "cli/cli_int.h"
#include "oci/export.h"

static const struct pl_option options[] = {
	{"platform", 0, "OS/ARCH", "only this one (default: all; docker-archive: this machine's)",
	 offsetof(struct pl_args, platform), NULL},
	{"name", 0, "NAME", "what the image is called there (default: as in the store)",
	 offsetof(struct pl_args, name), NULL},
};

/* The image's one name in the store's layout. */
static int find_name(struct pl_cli *c, struct pl_repo *layout, const char *typed, const char **ret,
		     struct pl_err *err)
{
	PL_AUTO_FREE(fleet) f = NULL;
	struct pl_cli_names meant;
	const char **there, *found = NULL;
	size_t n;
	int rc = pl_cli_fleet_here(c, &f, err);
	if (rc == 0)
		rc = pl_repo_tags(layout, &c->arena, &there, &n, err);
	if (rc < 0)
		return rc;
	pl_cli_names_meant(c, f, typed, &meant);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < meant.n; k++) {
			if (strcmp(pl_cli_name_whole(c, there[i]), meant.v[k]) != 0)
				continue;
			if (found)
				return pl_fail(err, PL_INPUT,
					       "%.80s: is more than one image, %.150s and %.150s; "
					       "name one of them",
					       typed, found, there[i]);
			found = there[i];
		}
	if (!found)
		return pl_fail(err, PL_NOT_FOUND,
			       "%.150s: is no image in %s; plimsoll build makes a fleet's images",
			       typed, pl_repo_name(layout));
	*ret = found;
	return 0;
}

/* A directory's path means nothing elsewhere: "oci:/home/jo/out/base:1" is called "base:1". */
static int choose_name(struct pl_cli *c, const char *stored, const char **ret, struct pl_err *err)
{
	struct pl_ref ref;
	const char *slash = strrchr(stored, '/'), *name = stored;
	if (c->args.name)
		name = c->args.name;
	else if (slash && strncmp(stored, "oci:", 4) == 0)
		name = slash + 1;
	int rc = pl_ref_parse_name(&c->arena, pl_str_of(name), &ref, err);
	if (rc == 0 && (!ref.tag || ref.has_digest))
		rc = pl_fail(err, PL_INPUT, "--name %.200s: write REPOSITORY:TAG", name);
	if (rc == 0)
		*ret = name;
	return rc;
}

static void parse_destination(const char *typed, struct pl_export *to)
{
	static const struct {
		const char *scheme;
		enum pl_export_kind kind;
	} schemes[] = {{"oci:", PL_EXPORT_DIRECTORY},
		       {"oci-archive:", PL_EXPORT_OCI_ARCHIVE},
		       {"docker-archive:", PL_EXPORT_DOCKER_ARCHIVE}};
	to->kind = PL_EXPORT_OCI_ARCHIVE;
	to->path = typed;
	for (size_t i = 0; i < PL_COUNT(schemes); i++)
		if (strncmp(typed, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
			to->kind = schemes[i].kind;
			to->path = typed + strlen(schemes[i].scheme);
		}
}

static void print_exported(struct pl_cli *c, const struct pl_export *to,
			   const struct pl_exported *r)
{
	struct pl_jw w;
	if (c->json) {
		pl_json_begin(c, &w);
		pl_jw_kcstr(&w, "path", to->path);
		pl_jw_kcstr(&w, "name", to->name);
		pl_jw_kdigest(&w, "digest", r->digest.b);
		pl_jw_kcstr(&w, "platform", r->platform);
		pl_jw_ku64(&w, "blobs", r->blobs);
		pl_jw_ku64(&w, "bytes", r->bytes);
		pl_json_end(c, &w);
		return;
	}
	pl_out_text(&c->out, to->path);
	pl_buf_adds(&c->out, ": ");
	pl_out_text(&c->out, to->name);
	pl_buf_addf(&c->out, " %s, ", pl_cli_digest(c, &r->digest));
	if (r->platform)
		pl_buf_addf(&c->out, "%s, ", r->platform);
	pl_buf_addf(&c->out, "%s\n", PL_SIZED(r->bytes));
}

static int export_image(struct pl_cli *c, struct pl_err *err)
{
	PL_AUTO_FREE(store) s = NULL;
	PL_AUTO_FREE(repo) layout = NULL;
	struct pl_export to = {.platform = c->args.platform};
	struct pl_exported r;
	const char *name = NULL;
	parse_destination(c->args.operands[1], &to);
	if (!*to.path)
		return pl_fail(err, PL_USAGE, "%s: say where: FILE, docker-archive:FILE or oci:DIR",
			       c->args.operands[1]);
	int rc = pl_store_open(&c->env, c->args.store, &s, err);
	if (rc == 0)
		rc = pl_layout_open(&c->env, pl_store_dir(s), false, &layout, err);
	if (rc == 0)
		rc = find_name(c, layout, c->args.operands[0], &name, err);
	if (rc == 0)
		rc = choose_name(c, name, &to.name, err);
	if (rc == 0)
		rc = pl_export(&c->env, layout, name, &to, &c->arena, &r, err);
	if (rc == -PL_VERIFY)
		pl_note(&c->env, "plimsoll store check moves aside what is damaged, and plimsoll "
				 "build makes it anew");
	if (rc == 0)
		print_exported(c, &to, &r);
	return rc;
}

const struct pl_command pl_cmd_export = {
	.name = "export",
	.operands = "IMAGE FILE|docker-archive:FILE|oci:DIR",
	.summary = "a built image as a file or directory of its own",
	.about = "Writes an image of the store, under one name, with all that it consists of: FILE "
		 "(or oci-archive:FILE) is an\n"
		 "OCI layout in a tar, oci:DIR one in a directory, docker-archive:FILE what docker "
		 "load takes, for one platform.\n"
		 "IMAGE is an image of the fleet (velero:aws) or a name that build gave "
		 "(registry.example.org/velero:1.2). The\n"
		 "bytes follow from image, name and platform alone. Scanners that want one image a "
		 "layout read it (syft).",
	.examples = "plimsoll export base base.tar\nplimsoll export nginx docker-archive:nginx.tar "
		    "--platform linux/arm64\nplimsoll export velero:aws oci:velero",
	.options = options,
	.n_options = PL_COUNT(options),
	.min_operands = 2,
	.max_operands = 2,
	.run = export_image,
};
