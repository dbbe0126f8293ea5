# SPDX-License-Identifier: MIT
"""Packages of any Debian suite, fetched by apt in a root of its own: the machine's apt stays as it is.

The mirror and its keyring are the machine's; the suite is ours. apt keeps the machine's other settings (a proxy, for
one) and checks signatures and sums as always.
"""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .keep import Refusal

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
UNREACHABLE = re.compile(r"(Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|"
                         r"Connection (?:timed out|refused|failed)|Network is unreachable|"
                         r"Cannot initiate the connection)[^\n]*")
ONE_LINE = re.compile(r"^[ \t]*deb(?:-src)?[ \t]+(?:\[([^\]]*)\][ \t]*)?(\S+)[ \t]+(\S+)[ \t]+(.+)$", re.M)
HOOKS = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success", "DPkg::Pre-Invoke",
         "DPkg::Post-Invoke", "DPkg::Pre-Install-Pkgs", "Binary::apt-get::APT::Update")


@dataclass(frozen=True)
class Mirror:
    uri: str
    signed_by: str  # a keyring's path, or the key itself as deb822 has it
    codename: str  # the machine's own suite


def paragraphs(text: str):
    """deb822: dictionaries of the fields of each paragraph, by lower-case name."""
    for block in re.split(r"\n\s*\n", text):
        fields, name = {}, None
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += "\n" + line
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields:
            yield fields


def one_line(text: str):
    """The old format: deb [options] URI SUITE COMPONENT..."""
    for match in ONE_LINE.finditer(text):
        signed = re.search(r"signed-by=(\S+)", match[1] or "", re.I)
        yield {"uris": match[2], "suites": match[3], "components": match[4], "signed-by": signed[1] if signed else ""}


def machine_mirror(etc=Path("/etc")) -> Mirror:
    """Where this machine gets its distribution from."""
    system = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text_of(etc / "os-release"), re.M))
    if system.get("ID") != "debian":
        raise Refusal(f"this is {system.get('PRETTY_NAME', 'no known distribution')}, and the suites are Debian's")
    codename = system.get("VERSION_CODENAME", "")
    entries = [entry for path in [etc / "apt/sources.list", *sorted((etc / "apt/sources.list.d").glob("*.list"))]
               for entry in one_line(text_of(path))]
    entries += [entry for path in sorted((etc / "apt/sources.list.d").glob("*.sources"))
                for entry in paragraphs(text_of(path)) if entry.get("enabled", "yes").lower() not in ("no", "false")]
    own = {codename, "stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"} - {""}
    for entry in entries:
        if own & set(entry.get("suites", "").split()) and "main" in entry.get("components", "").split():
            keyring = KEYRING if os.path.isfile(KEYRING) else ""
            return Mirror(entry["uris"].split()[0], entry.get("signed-by") or keyring, codename)
    raise Refusal(f"no source of Debian's main packages stands in {etc}/apt/sources.list or sources.list.d")


def text_of(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


class Root:
    """apt with one suite, in a folder of its own. kind: "deb" for packages, "deb-src" for their sources."""

    def __init__(self, folder: Path, mirror: Mirror, kind: str, suite: str, lock):
        self.folder, self.mirror, self.suite, self.lock = folder, mirror, suite, lock
        self.log = folder / "log"
        for name in ("lists/partial", "archives/partial", "empty"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()  # nothing is installed, so all that a package needs is fetched
        self.log.write_text("")
        source = f"Types: {kind}\nURIs: {mirror.uri}\nSuites: {suite}\nComponents: main\n"
        source += f"Signed-By: {mirror.signed_by}\n" if mirror.signed_by else ""
        (folder / "suite.sources").write_text(source)
        (folder / "apt.conf").write_text(self.settings())

    def settings(self) -> str:
        places = {"Etc::SourceList": "suite.sources", "Etc::SourceParts": "empty", "Etc::Preferences": "none",
                  "Etc::PreferencesParts": "empty", "State": "", "State::Lists": "lists", "State::status": "status",
                  "State::extended_states": "extended", "Cache": "", "Cache::Archives": "archives",
                  "Cache::pkgcache": "packages.bin", "Cache::srcpkgcache": "sources.bin", "Log": "logs"}
        lines = [f"#clear {hook};" for hook in HOOKS]
        lines += [f'Dir::{name} "{self.folder / value}";' for name, value in places.items()]
        options = {"APT::Update::Error-Mode": "any", "APT::Get::AllowUnauthenticated": "false",
                   "APT::Install-Recommends": "false", "Acquire::AllowInsecureRepositories": "false",
                   "Acquire::AllowWeakRepositories": "false", "Acquire::Retries": "2", "Acquire::http::Timeout": "30",
                   "Acquire::https::Timeout": "30", "Acquire::Languages": "none",
                   # Root's apt would fetch as another user, who cannot write here.
                   **({"APT::Sandbox::User": "root"} if os.geteuid() == 0 else {})}
        lines += [f'{name} "{value}";' for name, value in options.items()]
        return "\n".join(lines) + "\n"

    def apt_get(self, *words, cwd=None, seconds=600):
        command = ["apt-get", "-q", "-c", self.folder / "apt.conf", *words]
        start = self.log.stat().st_size
        try:
            self.lock.run(command, self.log, seconds, cwd=cwd or self.folder)
        except Refusal as refusal:
            with open(self.log, errors="replace") as file:
                file.seek(start)
                raise Refusal(self.reason(file.read(), refusal)) from None

    def reason(self, output: str, refusal: Refusal) -> str:
        where = f"{self.mirror.uri} ({self.suite})"
        unreachable = UNREACHABLE.search(output)
        if unreachable:
            return (f"the mirror {where} cannot be reached: {unreachable[0].strip()}; with a network, run "
                    "`python3 tests/pythons make` again")
        absent = re.search(r"Unable to (?:find a source package for|locate package) (\S+)", output)
        if absent:
            return f"{where} has no package {absent[1]}"
        missing = re.search(r"Failed to fetch (\S+)\s+404", output)
        if missing:
            return f"{where} lists a file that it does not have (404): {missing[1].rsplit('/', 1)[-1]}"
        return str(refusal)

    def update(self):
        self.apt_get("update")

    def source(self, package: str, folder: Path) -> Path:
        """Fetch a source package into a folder; the tarball of its authors."""
        self.apt_get("source", "--download-only", package, cwd=folder)
        tarballs = sorted(folder.glob("*.orig.tar.*[!c]"))
        if not tarballs:
            raise Refusal(f"the source package {package} of {self.suite} has no tarball of its authors")
        return tarballs[-1]

    def packages(self, names, alone, folder: Path) -> list:
        """Fetch packages with all that they depend on, and others without, into a folder; the .deb files."""
        for old in (self.folder / "archives").glob("*.deb"):
            old.unlink()
        if names:
            self.apt_get("install", "--yes", "--download-only", *names)
        for deb in (self.folder / "archives").glob("*.deb"):
            shutil.move(deb, folder / deb.name)
        if alone:
            self.apt_get("download", *alone, cwd=folder)
        return sorted(folder.glob("*.deb"))


def installed(package: str) -> bool:
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True,
                              text=True)
    except OSError:
        return False
    return done.stdout.strip() == "installed"
