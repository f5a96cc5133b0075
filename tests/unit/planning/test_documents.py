"""Files that are no YAML, no mapping, too large, too deep, or made to hurt."""

import os
from pathlib import Path

import pytest
import yaml

from orchestrator.errors import WatchlistError
from orchestrator.planning import documents
from orchestrator.planning.documents import MAX_DEPTH, compose, read_text


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers: the one in C may be missing on a user's machine."""
    if not hasattr(yaml, request.param):
        pytest.skip("this PyYAML has no parser in C")
    monkeypatch.setattr(documents, "_LOADER", getattr(yaml, request.param))


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "w.yaml: is empty; it needs 'targets:'"),
        ("# only a comment", "w.yaml: is empty"),
        ("- a", "w.yaml:1:1: is not a mapping; begin with 'targets:'"),
        ("targets:\n\t- a", "w.yaml:2:1: no valid YAML: "),
        ("targets: [a\nb: c", "w.yaml:2:2: no valid YAML: "),
        ("a: 'x", "w.yaml:1:6: no valid YAML: "),
        ("a: *nobody", "w.yaml:1:4: no valid YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "w.yaml:2:1: no valid YAML: expected a single document in the stream, but found another"),
        ("é: 1\nb: é\x07", r"w.yaml:2:5: the character '\\x07' is not allowed in YAML; remove it"),
        ("a: &loop [*loop]", f"w.yaml:1:4: is nested deeper than {MAX_DEPTH} levels, or an alias contains itself"),
        ("a: " + "[" * 40 + "]" * 40, f"w.yaml:1:33: is nested deeper than {MAX_DEPTH} levels"),
        ("a: " + "[" * 50_000, "w.yaml:1:33: is nested deeper than"),
    ],
)
def test_what_is_no_watchlist_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(WatchlistError, match=message):
        compose(text, file="w.yaml")


@pytest.mark.usefixtures("_loader")
def test_aliases_that_stand_for_very_much_are_refused_before_they_are_written_out() -> None:
    # Given a text of some lines that stands for 10^9 values
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    # Then it is refused
    with pytest.raises(WatchlistError, match=r"w.yaml: stands for more than 500000 values with its aliases written"):
        compose("\n".join(lines), file="w.yaml")


def test_a_mapping_is_composed_with_the_places_of_its_parts() -> None:
    root = compose("a:\n  - b", file="w.yaml")
    (key, value) = root.value[0]
    assert (key.value, key.start_mark.line, value.value[0].start_mark.column) == ("a", 0, 4)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match=r"none.yaml: there is no such file; give the path of a watchlist"):
        read_text(tmp_path / "none.yaml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match="is a folder; give the watchlist file in it"):
        read_text(tmp_path)


def test_a_file_inside_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").touch()
    with pytest.raises(WatchlistError, match="cannot be read: "):
        read_text(tmp_path / "w.yaml" / "x")


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(WatchlistError, match="cannot be read: "):
        read_text(Path("w\0.yaml"))


def test_a_file_that_is_no_utf_8_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_bytes("name: caf\xe9".encode("latin-1"))
    with pytest.raises(WatchlistError, match=r"is not UTF-8 \(byte 9\); save it as UTF-8"):
        read_text(tmp_path / "w.yaml")


def test_a_file_that_is_too_large_is_refused_without_being_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    (tmp_path / "w.yaml").write_text("name: 56789")
    with pytest.raises(WatchlistError, match="is larger than 10 bytes; split it into several watchlists"):
        read_text(tmp_path / "w.yaml")


def test_a_file_that_this_user_may_not_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a file without any mode; root reads it all the same, so there the refusal is the system call's
    file = tmp_path / "w.yaml"
    file.touch(mode=0o000)
    if os.access(file, os.R_OK):

        def refuse(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "open", refuse)
    # Then it is refused with the remedy
    with pytest.raises(WatchlistError, match="this user may not read it; change its mode, or run as its owner"):
        read_text(file)
