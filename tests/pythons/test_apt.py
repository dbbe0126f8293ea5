# SPDX-License-Identifier: MIT
"""apt in a root of its own: the machine's mirror, no harm to the machine, and clear words when there is no network."""
import os
from pathlib import Path

import pytest

from pythons import apt, keep

DEB822 = """\
Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


def etc(tmp_path, release='ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian"\n', **files):
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text(release)
    for name, text in files.items():
        path = {"old": "sources.list", "list": "sources.list.d/a.list", "new": "sources.list.d/b.sources"}[name]
        (tmp_path / "apt" / path).write_text(text)
    return tmp_path


def test_the_mirror_is_read_from_the_new_format(tmp_path):
    mirror = apt.machine_mirror(etc(tmp_path, new=DEB822))
    assert mirror == apt.Mirror("http://mirror.example/debian", apt.KEYRING, "bookworm")


def test_the_mirror_is_read_from_the_old_format(tmp_path):
    old = ("# deb http://commented.example/debian bookworm main\n"
           "deb [arch=amd64] http://security.example/debian-security bookworm-security main\n"
           "deb [arch=amd64 signed-by=/k.gpg] mirror+file:/etc/mirrors bookworm main contrib\n")
    assert apt.machine_mirror(etc(tmp_path, old=old)) == apt.Mirror("mirror+file:/etc/mirrors", "/k.gpg", "bookworm")


def test_the_sources_of_others_and_those_switched_off_are_not_the_mirror(tmp_path):
    others = "deb https://packages.example/apt cloud-sdk-bookworm main\ndeb https://node.example nodistro main\n"
    off = DEB822.replace("Types: deb\n#", "Enabled: no\nTypes: deb\n#") + "\n" + DEB822.replace("mirror.", "on.")
    assert apt.machine_mirror(etc(tmp_path, list=others, new=off)).uri == "http://on.example/debian"


def test_a_key_in_the_source_itself_goes_along(tmp_path):
    key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
    signed = DEB822.replace(f"Signed-By: {apt.KEYRING}\n", key, 1)
    assert "\n .\n abc" in apt.machine_mirror(etc(tmp_path, new=signed)).signed_by


def test_a_machine_without_a_source_says_so(tmp_path):
    with pytest.raises(keep.Refusal, match="no source of Debian's main packages stands in .*/apt/sources.list"):
        apt.machine_mirror(etc(tmp_path))


def test_another_distribution_is_named(tmp_path):
    with pytest.raises(keep.Refusal, match="this is Fedora 44, and the suites are Debian's"):
        apt.machine_mirror(etc(tmp_path, release='ID=fedora\nPRETTY_NAME="Fedora 44"\n'))


@pytest.fixture
def root(tmp_path):
    with keep.Lock(tmp_path / "apt.lock") as lock:
        yield lambda uri, kind="deb-src": apt.Root(tmp_path / "apt", apt.Mirror(uri, apt.KEYRING, "bookworm"), kind,
                                                   "testing", lock)


@pytest.mark.parametrize("uri, reason", [
    ("http://127.0.0.1:9/debian", "Could not connect to 127.0.0.1:9 .*Connection refused"),
    ("http://mirror.invalid/debian", "(Temporary failure resolving|Could not resolve) 'mirror.invalid'"),
])
def test_without_a_network_it_says_so_and_what_to_do(root, monkeypatch, uri, reason):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(keep.Refusal, match=rf"the mirror {uri} \(testing\) cannot be reached: {reason}.*; "
                                           "with a network, run `python3 tests/pythons make` again"):
        root(uri).update()


def test_a_repository_that_nobody_signed_is_refused(root, tmp_path):
    (tmp_path / "repository/dists/testing/main/source").mkdir(parents=True)
    (tmp_path / "repository/dists/testing/Release").write_text("Suite: testing\nComponents: main\n")
    (tmp_path / "repository/dists/testing/main/source/Sources").touch()
    with pytest.raises(keep.Refusal, match="is not signed"):
        root(f"file:{tmp_path}/repository").update()


def test_a_package_that_is_not_there_is_named(root, tmp_path):
    with pytest.raises(keep.Refusal, match=r"http://m.example \(testing\) has no package python3.99"):
        root("http://m.example", "deb").packages(["python3.99"], [], tmp_path)


def state_of(*folders):
    return {str(path): path.lstat().st_mtime_ns
            for folder in folders for path in [Path(folder), *Path(folder).rglob("*")] if os.path.lexists(path)}


def test_the_machines_own_apt_is_left_alone(root):
    before = state_of("/etc/apt", "/var/lib/apt", "/var/lib/dpkg", "/var/cache/apt")
    with pytest.raises(keep.Refusal):
        root("http://127.0.0.1:9/debian", "deb").update()
    assert state_of("/etc/apt", "/var/lib/apt", "/var/lib/dpkg", "/var/cache/apt") == before
