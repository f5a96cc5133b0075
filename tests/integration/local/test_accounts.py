"""As root the servers are somebody else; as an ordinary user they are that user."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from orchestrator.errors import ServiceError
from orchestrator.local.home import Home
from orchestrator.local.services import EmbeddedServices

pytestmark = pytest.mark.services

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")

ORDINARY = """
import os, sys
from pathlib import Path
import psutil
from orchestrator.local.home import Home
from orchestrator.local.services import EmbeddedServices
services = EmbeddedServices(Home(Path(sys.argv[1]) / "home"))
addresses = services.start()
for row in services.check():
    process = psutil.Process(row.pid)
    print(row.name, process.uids().real == os.getuid(), process.exe())
services.stop()
"""


def modes(path: Path) -> list[tuple[str, int, int]]:
    """Return the modes and owners of a folder and everything above it."""
    return [(str(each), each.stat().st_mode, each.stat().st_uid) for each in (path, *path.parents)]


@as_root
def test_root_starts_the_servers_as_nobody_and_changes_no_mode(home: Home, tmp_path: Path) -> None:
    # Given a home below a folder that only root may enter
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    private = Home(closed / "home", reachable=home.reachable, copies=home.copies)
    private.path.mkdir(mode=0o700)
    before = [*modes(private.path), *modes(home.reachable[0]), *modes(Path(os.__file__))]
    services = EmbeddedServices(private)
    # When its servers start
    services.start()
    names = {psutil.Process(row.pid).username() for row in services.check()}
    # Then they are nobody, and every folder that is not ours is as it was
    assert names == {"nobody"}
    assert [*modes(private.path), *modes(home.reachable[0]), *modes(Path(os.__file__))] == before
    services.destroy()
    assert closed.exists()


@as_root
def test_nobody_cannot_change_the_programs_that_it_runs(services: EmbeddedServices) -> None:
    # Given servers that run from a copy
    programs = [Path(psutil.Process(row.pid).exe()) for row in services.check()]
    # When the copy's files and folders are looked at
    writable = stat.S_IWGRP | stat.S_IWOTH
    found = [each.stat() for program in programs for each in (program, program.parent, program.parent.parent)]
    # Then root alone can write them
    assert all(status.st_uid == 0 and not status.st_mode & writable for status in found)


@as_root
def test_data_that_root_keeps_elsewhere_are_not_silently_replaced(home: Home) -> None:
    # Given a home whose data folder, outside it, is gone
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    elsewhere = Path(home.place_record.read_text())
    aside = elsewhere.with_name(f"{elsewhere.name}-aside")
    elsewhere.rename(aside)
    # When the servers start again
    # Then it is said, and nothing new is made
    with pytest.raises(ServiceError, match="is gone"):
        services.start()
    assert not elsewhere.exists()
    aside.rename(elsewhere)
    services.start()
    services.stop()


def test_an_ordinary_user_runs_the_servers_in_place(ordinary: tuple[Callable[[str], str], Path]) -> None:
    # Given an ordinary user with a folder of its own
    run, folder = ordinary
    # When it starts and stops the servers
    lines = [line.split(" ") for line in run(ORDINARY).splitlines()]
    # Then they were that user, ran from the packages, and kept everything in the home
    assert [(name, own) for name, own, _ in lines] == [("valkey", "True"), ("postgres", "True")]
    assert all("site-packages" in program or "dist-packages" in program for _, _, program in lines)
    assert {path.name for path in (folder / "home").iterdir()} >= {"data", "run", "logs", "passwords.json"}
    assert not (folder / "home" / "place").exists()
