"""The settings file: where it is found, and how each mistake in it is named with its line."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import SettingsError
from orchestrator.settings import load_settings
from orchestrator.settings.file import find_file, first_lines, read_layer

KNOWN = ("lease_seconds", "max_losses", "home")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a settings file may be written."""
    return tmp_path / "lookout.toml"


def test_each_value_knows_the_line_its_statement_starts_on(path: Path) -> None:
    # Given a file with comments, a quoted key, and a value over several lines that looks like settings itself
    path.write_text(
        '# max_losses = 1\n\n"lease_seconds" = 3 # first\nhome = """\nmax_losses = 9\n"""\n\nmax_losses = 2\n'
    )
    # When it is read
    layer = read_layer(path, known=KNOWN)
    # Then values and lines are those of the statements
    assert {name: (given.value, given.origin.rpartition(":")[2]) for name, given in layer.items()} == {
        "lease_seconds": (3, "3"),
        "home": ("max_losses = 9\n", "4"),
        "max_losses": (2, "8"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lease_seconds = 1\nlease_second = 2\n", r":2: unknown setting lease_second \(did you mean lease_seconds\?\)"),
        ("\nqqq = 2\n", ":2: unknown setting qqq: `lookout settings` lists them all"),
        ("[ledger]\nlease_seconds = 1\n", ":1: ledger is a table, but settings are plain keys: write them without"),
        ("lease_seconds 1\n", r"is not TOML: .*\(at line 1, column 15\)\. Settings are written as: lease_seconds = 15"),
        ("max_losses = 1\nmax_losses = 2\n", "is not TOML: Cannot overwrite a value"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(path: Path, text: str, said: str) -> None:
    # Given a file with a mistake, when it is read, then the error says where, what and what instead
    path.write_text(text)
    with pytest.raises(SettingsError, match=said) as refused:
        read_layer(path, known=KNOWN)
    assert str(path) in str(refused.value)


def test_all_unknown_settings_are_named_at_once(path: Path) -> None:
    # Given two unknown settings, when the file is read, then both are named
    path.write_text("a = 1\nb = 2\n")
    with pytest.raises(SettingsError) as refused:
        read_layer(path, known=KNOWN)
    assert len(refused.value.problems) == 2


def test_a_file_that_is_no_text_is_named(path: Path) -> None:
    # Given bytes that are no text, when they are read, then the file and the reason are named
    path.write_bytes(b"\xff\xff")
    with pytest.raises(SettingsError, match=r"lookout\.toml cannot be read \(it is not UTF-8 text\)"):
        read_layer(path, known=KNOWN)


def test_a_wrong_value_in_the_file_is_named_with_its_line(path: Path) -> None:
    # Given a value of the wrong kind on the second line
    path.write_text("# mine\nmax_losses = 'many'\n")
    # When the settings are loaded from that file, then the refusal names file and line
    with pytest.raises(SettingsError, match=rf"file {path}:2: max_losses is 'many', but it should be a valid integer"):
        load_settings(config=path)


@pytest.mark.parametrize("key", ["config", "origins"])
def test_a_file_cannot_set_what_describes_the_file(path: Path, key: str) -> None:
    # Given a key that is not the file's to set, when it is loaded, then it is unknown
    path.write_text(f"{key} = 'x'\n")
    with pytest.raises(SettingsError, match=f":1: unknown setting {key}"):
        load_settings(config=path)


def test_the_file_in_the_working_folder_wins_over_the_one_in_the_users(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a file of the user's
    users = path.parent / "config" / "lookout" / "lookout.toml"
    users.parent.mkdir(parents=True)
    users.write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(path.parent / "config"))
    monkeypatch.chdir(path.parent)
    # When there is none in the working folder, then the user's is found; else that one
    assert find_file(None) == users
    path.write_text("")
    assert find_file(None) == path


def test_a_named_file_must_be_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a variable that names a file, when there is none, then that is said; when there is, it is read
    monkeypatch.setenv("LOOKOUT_CONFIG", str(path))
    with pytest.raises(
        SettingsError, match=f"config is {path}, where there is no file: correct LOOKOUT_CONFIG, or unset it"
    ):
        load_settings()
    path.write_text("max_losses = 2\n")
    assert load_settings().max_losses == 2
    assert load_settings().config == path


@given(
    st.dictionaries(st.sampled_from(KNOWN), st.one_of(st.integers(0, 9), st.just("a\nb"), st.just([1, 2])), max_size=3),
    st.data(),
)
def test_the_line_that_is_told_is_the_one_where_the_key_stands(values: dict[str, object], data: st.DataObject) -> None:
    # Given any file made of known keys, with comments, blank lines and values over several lines between them
    written = {"a\nb": '"""\na\nb"""'}
    lines: list[str] = []
    stands: dict[str, int] = {}
    for key, value in values.items():
        lines += data.draw(st.lists(st.sampled_from(["", "# note", "  "]), max_size=2))
        stands[key] = len(lines) + 1
        lines += f"{key} = {written.get(str(value), value)}".split("\n")
    text = "\n".join(lines)
    assert set(tomllib.loads(text)) == set(values)
    # When it is read
    # Then each key's line is the one it was written on
    assert dict(first_lines(text)) == stands
