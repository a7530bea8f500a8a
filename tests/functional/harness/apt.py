# SPDX-License-Identifier: Apache-2.0
"""apt in a throw-away root, on bookworm or another suite: in the archive of the machine's apt sources, whatever their
files are called, however they are written, and whichever release of Debian they name."""
import contextlib
import os
import pwd
import re
import subprocess
import tempfile

from harness.checks import skip



def suites_of(suite):
    return [suite, suite + "-updates", suite + "-security"]


SUITES = suites_of("bookworm")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def machine_arch():
    return subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def release_uris():
    """Base and suite of each source of the machine, as apt itself understands its files."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-apt.") as state:
        os.makedirs(state + "/lists/partial")
        out = subprocess.run(["apt-get", "update", "--print-uris", "-o", "Dir::State=" + state, "-o", "Debug::NoLocking=1"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return [(m[1], m[2]) for m in re.finditer(r"^'(\S+?)/*/dists/(\S+)/InRelease' ", out, re.M)]


def mirrors():
    """Pairs (archive, security archive) that may hold Debian's suites, the likely ones first. Another vendor's
    archive can have suites of the same names: Debian's key tells them apart when apt reads them."""
    found = release_uris()
    secure = [base for base, suite in found if re.fullmatch(r"[a-z]+(-security|/updates)", suite)]
    updated = [base for base, suite in found if re.fullmatch(r"[a-z]+-updates", suite)]
    plain = [base for base, suite in found if re.fullmatch(r"[a-z]+", suite)]
    result = []
    for base in dict.fromkeys(updated + plain):
        for security in dict.fromkeys(secure + [base + "-security"]):
            result.append((base, security))
    return result[:4]


def acquire_settings():
    """How this machine reaches an archive: proxies, and what it accepts of a mirror that stands still."""
    out = subprocess.run(["apt-config", "dump", "--format", '%F "%v";%n', "Acquire"], stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    wanted = re.compile(r'Acquire::(https?::|Check-|Max-ValidTime|Min-ValidTime|Retries|ForceIPv|Proxy)')
    return "".join(line + "\n" for line in out.split("\n") if wanted.match(line) and not line.endswith('""";'))


def no_namespaces():
    """Why mmdebstrap can make no root here, or None: it needs mounts of its own, and who is not root a user namespace
    (which a chroot never gives) with a range of numbers in /etc/subuid."""
    how = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    got = subprocess.run(["unshare", *how, "true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, check=False)
    if got.returncode:
        return "no %s namespaces here (%s)" % (how[0][2:], got.stderr.strip())
    if os.geteuid() == 0:
        return None
    user = pwd.getpwuid(os.geteuid()).pw_name
    with contextlib.suppress(OSError), open("/etc/subuid", encoding="utf-8") as f:
        if any(line.split(":")[0] in (user, str(os.geteuid())) for line in f):
            return None
    return "/etc/subuid has no line for " + user


class Apt:
    """apt below the directory root, with an empty status file and without Recommends."""

    def __init__(self, root, arch, suite="bookworm"):
        for d in ("state/lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/apt.conf.d"):
            os.makedirs(os.path.join(root, d), exist_ok=True)
        open(os.path.join(root, "status"), "w", encoding="utf-8").close()
        self.root, self.arch, self.suite, self.sources = root, arch, suite, root + "/debian.sources"
        conf = os.path.join(root, "apt.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(acquire_settings() + f'''#clear Dir::Etc;
Dir::State "{root}/state"; Dir::Cache "{root}/cache"; Dir::State::status "{root}/status";
Dir::Etc "/etc/apt"; Dir::Etc::preferencesparts "{root}/etc/preferences.d";
Dir::Etc::preferences "{root}/none"; Dir::Etc::parts "{root}/etc/apt.conf.d";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
APT::Architecture "{arch}"; APT::Architectures {{ "{arch}"; }};
APT::Install-Recommends "0"; APT::Get::List-Cleanup "0"; Debug::NoLocking "1";
Acquire::Languages "none"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "0";
APT::Sandbox::User "root"; APT::Update::Error-Mode "any";
Dir::Etc::sourcelist "{self.sources}"; Dir::Etc::sourceparts "{root}/none";
''')
        self.env = dict(os.environ, APT_CONFIG=conf, LC_ALL="C")

    def run(self, *args, check=True, cwd=None):
        return subprocess.run(args, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=check,
                              cwd=cwd)

    def read_archive(self):
        """apt's lists of the suite, from the first of the mirrors that has them; returns what is in the way, or None."""
        why = "no source of apt's here names a release of Debian"
        names = suites_of(self.suite)
        for base, security in mirrors():
            with open(self.sources, "w", encoding="utf-8") as f:
                for uri, suites in ((base, names[:2]), (security, names[2:])):
                    f.write(f"Types: deb\nURIs: {uri}\nSuites: {' '.join(suites)}\nComponents: main\n"
                            f"Signed-By: {KEYRING}\n\n")
            got = self.run("apt-get", "update", "-q", check=False)
            if not got.returncode:
                return None
            why = f"{base} and {security} do not give apt {self.suite}: {' '.join(got.stderr.split())[:300]}"
        return why

    def mmdebstrap(self, tar, *args):
        """Installs the suite from the archive that was read into the file tar. Skips where this machine lets nobody
        make a root."""
        options = ["--aptopt=" + line for line in acquire_settings().splitlines()]
        env = dict(os.environ, SOURCE_DATE_EPOCH="1700000000")
        # Scripts that ask for the machine's name hear what an image's hear.
        named = ["unshare", "--uts", "sh", "-c", 'hostname localhost; exec "$@"', "sh"] if os.geteuid() == 0 else []
        done = subprocess.run([*named, "mmdebstrap", "--format=tar", *options, *args, self.suite, tar, self.sources], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        if done.returncode:
            why = no_namespaces()
            if why:
                skip("mmdebstrap cannot make a root: " + why)
            raise AssertionError("mmdebstrap failed:\n" + done.stdout[-3000:])
