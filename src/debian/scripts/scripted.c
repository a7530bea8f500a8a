// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/scripted_int.h"

#include "base/file.h"
#include "io/sandbox.h"

#define TIMEOUT_S 1800

static const char *const machines[2] = {"localhost", "elsewhere"};

/* Who runs a package's script as root inside may own, read and write every file of the image, and
 * nothing else. What is mounted over is not archived: tar is told to stay on one file system. */
static const char begin[] =
	"needs bwrap bubblewrap\n"
	"needs tar tar\n"
	"mkdir root\n"
	"tar -x -p --numeric-owner --xattrs '--xattrs-include=*' -C root -f \"$1\"\n"
	"mkdir -p root/dev root/proc root/run root/tmp\n"
	"bwrap --bind root / --dev /dev --proc /proc --tmpfs /run --tmpfs /tmp --unshare-pid \\\n"
	"  --die-with-parent --new-session --clearenv --cap-drop ALL --cap-add CAP_CHOWN \\\n"
	"  --cap-add CAP_DAC_OVERRIDE --cap-add CAP_FOWNER --cap-add CAP_FSETID \\\n"
	"  --cap-add CAP_SETGID --cap-add CAP_SETUID --cap-add CAP_SETFCAP --cap-add CAP_KILL \\\n"
	"  --cap-add CAP_SYS_CHROOT --chdir / \\\n";
static const char end[] = "tar -c --numeric-owner --xattrs '--xattrs-include=*' --one-file-system "
			  "-C root -f \"$2\" .\n";

static void add_word(struct pl_buf *b, const char *word)
{
	pl_buf_addc(b, '\'');
	for (; *word; word++)
		if (*word == '\'')
			pl_buf_adds(b, "'\\''");
		else
			pl_buf_addc(b, *word);
	pl_buf_adds(b, "' ");
}

static void write_call(struct pl_debian_world *w, const struct pl_debian_package *p,
		       const char *script, const char *const *args, size_t n_args, struct pl_buf *b)
{
	size_t n;
	const struct pl_debian_variable *v = pl_debian_environment(w, p, script, &n);
	pl_buf_adds(b, begin);
	for (size_t i = 0; i < n; i++) {
		pl_buf_adds(b, "  --setenv ");
		add_word(b, v[i].name);
		add_word(b, v[i].value);
		pl_buf_adds(b, "\\\n");
	}
	const char *path = pl_arena_printf(&w->arena, "/var/lib/dpkg/info/" PL_STR_FMT ".%s",
					   PL_STR_ARG(p->name), script);
	pl_buf_adds(b, "  -- ");
	add_word(b, path);
	for (size_t i = 0; i < n_args; i++)
		add_word(b, args[i]);
	pl_buf_adds(b, "</dev/null\n");
	pl_buf_adds(b, end);
}

/* Is it the script that failed? What is lacking on this machine, and a stop, stay what they are. */
static int of_script(int rc, const char *script, struct pl_err *err)
{
	if (rc >= 0)
		return 0;
	if (err->code == PL_FAILURE)
		err->code = PL_SCRIPTS;
	return pl_ctx(err, "%s in a sandbox", script);
}

int pl_debian_run_scripted(struct pl_debian_world *w, struct pl_debian_package *p,
			   const char *script, const char *const *args, size_t n_args,
			   struct pl_err *err)
{
	PL_AUTO(scratch_dir) place = {0};
	PL_AUTO(buf) call = {0};
	const struct pl_env *env = w->installation->env;
	int rc = pl_scratch_dir_make(&place, err);
	if (rc < 0)
		return rc;
	PL_AUTOFREE char *before = pl_path_join(place.path, "before.tar");
	PL_AUTOFREE char *first = pl_path_join(place.path, "0.tar");
	PL_AUTOFREE char *second = pl_path_join(place.path, "1.tar");
	PL_AUTOFREE char *root = pl_path_join(place.path, "root");
	const char *const after[2] = {first, second};
	write_call(w, p, script, args, n_args, &call);
	rc = pl_scripted_write(w, before, err);
	if (rc == 0)
		rc = pl_mkdirs(root, err);
	pl_note(env, "running the %s of " PL_STR_FMT " in a sandbox, twice", script,
		PL_STR_ARG(p->name));
	for (size_t i = 0; i < PL_COUNT(after) && rc == 0; i++) {
		const char *const paths[] = {before, after[i], NULL};
		const struct pl_sandbox s = {.hostname = machines[i],
					     .directory = root,
					     .script = call.p,
					     .args = paths,
					     .timeout_s = TIMEOUT_S};
		rc = of_script(pl_sandbox_run(env, &s, err), script, err);
	}
	if (rc == 0)
		rc = of_script(pl_scripted_take(w, after, err), script, err);
	return rc < 0 ? pl_ctx(err, "package " PL_STR_FMT, PL_STR_ARG(p->name)) : 0;
}
