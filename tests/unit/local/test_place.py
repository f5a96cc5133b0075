"""Where the servers work: in the home, or in a folder that another user can reach."""

import os
import stat
from pathlib import Path

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local import reach, sockets
from orchestrator.local.account import Account
from orchestrator.local.addresses import addresses, compose
from orchestrator.local.home import Home
from orchestrator.local.passwords import ensure_passwords, read_passwords
from orchestrator.local.place import Place, close_place, find_place, open_place, own_folder, remove_home
from orchestrator.local.reach import check_base, ensure_own, guarded, open_base, passable


def nobody_else(_uid: int) -> None:
    """Stand for an ordinary user: the servers run as itself."""


def somebody_else(_uid: int) -> Account:
    """Stand for root: the servers run as an account, here our own."""
    return Account("myself", os.geteuid(), os.getegid())


@pytest.fixture(autouse=True)
def open_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's own folders count as reachable, and as short enough for sockets."""
    monkeypatch.setattr(reach, "passable", lambda _folder: True)
    monkeypatch.setattr(sockets, "LONGEST_PATH", 10_000)


def test_an_ordinary_user_keeps_everything_in_the_home(home: Home) -> None:
    # Given a home
    # When its place is opened, twice
    place = open_place(home, account_of=nobody_else)
    assert open_place(home, account_of=nobody_else) == place
    # Then all is in it, private, and a client finds it
    assert place == Place(home.path / "data", home.path / "run")
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700
    assert find_place(home, account_of=nobody_else) == place


def test_roots_servers_get_a_folder_outside_the_home_that_it_remembers(home: Home) -> None:
    # Given a home that another user cannot enter
    # When its place is opened, twice
    place = open_place(home, account_of=somebody_else)
    assert open_place(home, account_of=somebody_else) == place
    # Then it lies elsewhere, passable, and a client finds it
    base = place.data.parent
    assert base.parent == home.reachable[0]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (base, place.data)] == [0o711, 0o711]
    assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
    assert find_place(home, account_of=somebody_else) == place
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_a_place_that_cannot_be_recorded_is_not_left_behind(home: Home) -> None:
    # Given a home whose record cannot be written
    home.place_record.mkdir()
    unreadable = Home(home.path / "place", reachable=home.reachable)
    (unreadable.path / "place").mkdir()
    # When its place is opened
    # Then that is said, and nothing is left outside
    with pytest.raises(ServiceError, match="cannot read"):
        open_base(unreadable)
    (unreadable.path / "place").rmdir()
    vanished = Home(home.path / "vanished", reachable=home.reachable)
    with pytest.raises(ServiceError, match="cannot write"):
        open_base(vanished)
    assert list(home.reachable[0].iterdir()) == []


def test_two_homes_never_share_a_place(home: Home, tmp_path: Path) -> None:
    # Given two homes that use the same folder outside
    other = Home(tmp_path / "other", reachable=home.reachable)
    other.prepare()
    # When both places are opened
    # Then they differ
    assert open_base(home) != open_base(other)


def test_a_home_that_was_moved_keeps_its_data(home: Home, tmp_path: Path) -> None:
    # Given a home with a place outside
    base = open_base(home)
    # When it is moved
    moved = Home(home.path.rename(tmp_path / "moved"), reachable=home.reachable)
    # Then its place goes with it
    assert open_base(moved) == base
    check_base(base, home=moved)


def test_a_copied_home_is_refused_the_originals_data(home: Home, tmp_path: Path) -> None:
    # Given a home with a place outside, and a copy of it
    open_base(home)
    copied = Home(tmp_path / "copied", reachable=home.reachable)
    copied.prepare()
    copied.place_record.write_text(home.place_record.read_text())
    # When the copy is opened
    # Then it is refused in words that name both
    with pytest.raises(ServiceError, match=r"copied is a copy of .*home.*cannot share"):
        open_base(copied)


def test_a_place_that_is_gone_is_not_replaced_in_silence(home: Home, tmp_path: Path) -> None:
    # Given a home whose place outside has vanished
    base = open_base(home)
    base.rename(tmp_path / "gone")
    # When it is opened
    # Then that is said
    with pytest.raises(ServiceError, match="is gone: bring it back"):
        open_base(home)


def test_the_first_usable_folder_is_taken(home: Home, tmp_path: Path) -> None:
    # Given candidates of which the first cannot be made and the second is open to everybody
    unsafe = tmp_path / "unsafe"
    unsafe.mkdir()
    unsafe.chmod(0o777)
    good = tmp_path / "good"
    choosy = Home(home.path, reachable=(Path("/proc/none"), unsafe, good))
    # When a place is made
    # Then it lies in the third
    assert open_base(choosy).parent == good
    assert stat.S_IMODE(good.stat().st_mode) == 0o755


def test_no_usable_folder_is_said_with_every_reason(home: Home, tmp_path: Path) -> None:
    # Given candidates that are no good
    (tmp_path / "file").touch()
    hopeless = Home(home.path, reachable=(Path("/proc/none"), tmp_path / "file"))
    # When a place is made
    # Then each is named, and what to do
    with pytest.raises(ServiceError, match=r"/proc.*file is not a folder.*ordinary user"):
        open_base(hopeless)
    assert not home.place_record.exists()


def test_a_folder_below_a_closed_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a folder below one that others may not enter
    monkeypatch.setattr(reach, "passable", passable)
    closed = tmp_path / "closed"
    closed.mkdir()
    inner = closed / "inner"
    inner.mkdir()
    closed.chmod(0o700)
    # When it is to be used
    # Then the closed one, or one above it, is named, and its mode is as it was
    with pytest.raises(ServiceError, match="which other users may not enter"):
        ensure_own(inner)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_only_what_others_cannot_replace_is_guarded() -> None:
    # Given modes of folders
    # When asked whether others could replace what is in them
    # Then private and sticky ones are safe
    assert guarded(0o755)
    assert guarded(0o1777)
    assert not guarded(0o777)
    assert not guarded(0o775)


def test_a_removed_home_leaves_nothing_anywhere(home: Home) -> None:
    # Given a home with data outside
    place = open_place(home, account_of=somebody_else)
    own_folder(place.valkey, account=place.account)
    close_place(home)
    # When it is removed, twice
    remove_home(home)
    remove_home(home)
    # Then nothing is left
    assert not home.path.exists()
    assert not place.data.parent.exists()


def test_a_home_whose_place_vanished_can_still_be_removed(home: Home, tmp_path: Path) -> None:
    # Given a home whose place outside has vanished
    open_base(home).rename(tmp_path / "gone")
    # When it is removed
    remove_home(home)
    # Then it is
    assert not home.path.exists()


def test_a_client_of_an_unused_home_is_told(home: Home) -> None:
    # Given a home that nobody ever started
    # When a client looks for its place, or its addresses
    # Then it is told what to do
    with pytest.raises(ServiceError, match="lookout up"):
        find_place(home, account_of=nobody_else)
    with pytest.raises(ServiceError, match="lookout up"):
        addresses(home)


def test_passwords_are_made_once_and_differ(home: Home) -> None:
    # Given a home without passwords
    assert read_passwords(home) is None
    # When they are asked for twice
    first = ensure_passwords(home, cluster=home.data)
    second = ensure_passwords(home, cluster=home.data)
    # Then they are the same, four different ones, closed to others, and never shown
    assert first == second == read_passwords(home)
    plain = {getattr(first, name).get_secret_value() for name in ("superuser", "owner", "app", "broker")}
    assert len(plain) == 4
    assert all(len(word) >= 32 for word in plain)
    assert stat.S_IMODE(home.passwords_file.stat().st_mode) == 0o600
    assert not any(word in repr(first) for word in plain)


def test_no_new_passwords_are_made_for_an_old_database(home: Home) -> None:
    # Given a database without its passwords
    home.data.mkdir()
    # When they are asked for
    # Then it is said, and none are made
    with pytest.raises(ServiceError, match=r"passwords\.json is gone.*begin with an empty database"):
        ensure_passwords(home, cluster=home.data)
    assert not home.passwords_file.exists()


@pytest.mark.parametrize("text", ["", "{}x", '{"superuser": 1}', '{"strange": "s3cret"}'])
def test_damaged_passwords_are_said_and_not_shown(home: Home, text: str) -> None:
    # Given a damaged file
    home.passwords_file.write_text(text)
    # When it is read
    # Then its path is named, and its content is not
    with pytest.raises(ServiceError, match=r"passwords\.json is damaged") as raised:
        read_passwords(home)
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_addresses_name_roles_sockets_and_the_port(home: Home) -> None:
    # Given a place and passwords
    passwords = ensure_passwords(home, cluster=home.data)
    # When the addresses are composed
    found = compose(Place(Path("/data"), Path("/run/here")), passwords=passwords)
    # Then each has its role, its password, and a socket; the port too, which PGPORT would change
    app, owner, broker = (word.get_secret_value() for word in (passwords.app, passwords.owner, passwords.broker))
    where = "@/lookout?host=/run/here&port=5432"
    assert found.database_url == f"postgresql+psycopg://lookout_app:{app}{where}"
    assert found.owner_database_url == f"postgresql+psycopg://lookout_owner:{owner}{where}"
    assert found.broker_url == f"redis+socket://:{broker}@/run/here/valkey.sock?virtual_host=0"
    assert repr(found) == "ServiceAddresses()"
