"""Where sockets can be."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import ServiceError
from orchestrator.local import sockets
from orchestrator.local.account import Account
from orchestrator.local.home import Home
from orchestrator.local.sockets import (
    POSTGRES_SOCKET,
    close_socket_folder,
    find_socket_folder,
    fits,
    is_private,
    open_socket_folder,
    short_folder,
)

ODD = Path("/no good, for sockets")


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a folder take short socket folders, however long its own path is."""
    monkeypatch.setattr(sockets, "LONGEST_PATH", 10_000)
    monkeypatch.setattr(sockets, "short_bases", lambda: (tmp_path,))
    return tmp_path


@given(st.integers(min_value=1, max_value=120))
def test_a_path_fits_up_to_a_hundred_bytes(length: int) -> None:
    # Given a folder with a path of some length
    folder = Path("/" + "x" * (length - 1)) if length > 1 else Path("/")
    # When the longest socket in it is thought of
    whole = len(os.fsencode(folder / POSTGRES_SOCKET))
    # Then it fits up to the limit
    assert fits(folder) == (whole <= 100)


@pytest.mark.parametrize("name", ["a b", "a,b", "a?b", "a&b", "a%b", "a#b", "é", "a'b", "a\nb", 'a"b'])
def test_a_path_that_needs_quoting_somewhere_does_not_fit(name: str) -> None:
    # Given a folder whose name means something in a URL, a list of hosts or a configuration
    # When asked whether sockets can live there
    # Then they cannot
    assert not fits(Path("/run") / name)


def test_a_good_folder_is_made_for_its_owner_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a home whose path is good for sockets
    monkeypatch.setattr(sockets, "LONGEST_PATH", 10_000)
    # When its socket folder is opened, twice
    folder = open_socket_folder(home, home.run, account=None)
    assert open_socket_folder(home, home.run, account=None) == folder
    # Then it is in the home, private, found by clients, and stays when closed
    assert folder == home.run
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert find_socket_folder(home, home.run, account=None) == folder
    close_socket_folder(home)
    assert folder.is_dir()


def test_a_bad_path_gets_a_short_private_folder_that_the_home_remembers(home: Home, short: Path) -> None:
    # Given a home whose path is no good for sockets
    # When its socket folder is opened, twice
    folder = open_socket_folder(home, ODD, account=None)
    again = open_socket_folder(home, ODD, account=None)
    # Then both are the same private folder elsewhere, which clients find
    assert folder == again
    assert folder.parent == short
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert find_socket_folder(home, ODD, account=None) == folder


def test_a_short_folder_is_removed_with_what_is_in_it(home: Home, short: Path) -> None:
    # Given a short folder with a dead socket
    folder = open_socket_folder(home, ODD, account=None)
    (folder / POSTGRES_SOCKET).touch()
    # When it is closed
    close_socket_folder(home)
    close_socket_folder(home)
    # Then it is gone, and forgotten
    assert not folder.exists()
    assert not home.sockets_record.exists()


def test_a_recorded_folder_that_is_no_longer_ours_is_replaced_and_left_alone(home: Home, short: Path) -> None:
    # Given a recorded folder that a link has taken the place of
    first = open_socket_folder(home, ODD, account=None)
    elsewhere = short / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    first.rmdir()
    first.symlink_to(elsewhere)
    # When clients look for it, it is closed, and it is opened again
    with pytest.raises(ServiceError, match="no running servers"):
        find_socket_folder(home, ODD, account=None)
    close_socket_folder(home)
    second = open_socket_folder(home, ODD, account=None)
    # Then a new one was made, and nothing was removed through the link
    assert second != first
    assert (elsewhere / "precious").exists()


def test_a_folder_that_others_may_enter_is_not_private(tmp_path: Path) -> None:
    # Given folders of several kinds
    tmp_path.chmod(0o700)
    assert is_private(tmp_path, uid=os.geteuid())
    # When others get in, the owner is another, or there is none
    tmp_path.chmod(0o710)
    # Then it is not private
    assert not is_private(tmp_path, uid=os.geteuid())
    assert not is_private(tmp_path, uid=os.geteuid() + 1)
    assert not is_private(tmp_path / "none", uid=os.geteuid())


def test_an_account_gets_the_folder(home: Home, short: Path) -> None:
    # Given an account, here our own
    account = Account("myself", os.geteuid(), os.getegid())
    # When the folder is opened for it
    folder = open_socket_folder(home, ODD, account=account)
    # Then it is that account's, and clients find it by that
    assert folder.stat().st_uid == account.uid
    assert find_socket_folder(home, ODD, account=account) == folder


def test_no_short_base_is_said_in_words(tmp_path: Path) -> None:
    # Given bases that are too long or cannot be written
    # When a short folder is asked for
    # Then the remedy is named
    with pytest.raises(ServiceError, match="LOOKOUT_HOME"):
        short_folder((tmp_path / ("x" * 100), Path("/proc/none")))


def test_a_client_of_a_home_without_sockets_is_told(home: Home) -> None:
    # Given a home that nobody ever started
    # When a client looks for sockets
    # Then it is told what to do
    with pytest.raises(ServiceError, match="lookout up"):
        find_socket_folder(home, ODD, account=None)


def test_the_system_offers_a_base() -> None:
    # Given this machine
    # When asked for bases
    # Then there is one to write in
    assert any(os.access(base, os.W_OK) for base in sockets.short_bases())
