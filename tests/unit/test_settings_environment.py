"""The environment as a source: names, their order, secrets in files, and what is probably a typing error."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import SettingsError
from orchestrator.settings import load_settings, unknown_environment
from orchestrator.settings.environment import environment_layer, unknown_variables, variables
from orchestrator.settings.layers import Given
from orchestrator.settings.places import data_home, settings_files

SECRET = ("database_url", "broker_url")
PLAIN = ("log_level", "no_color", "max_targets")


def layer(environ: dict[str, str]) -> dict[str, Given]:
    """Read an environment of our own."""
    return dict(environment_layer(environ, plain=PLAIN, secret=SECRET))


@pytest.mark.parametrize(
    ("environ", "setting", "value", "origin"),
    [
        ({"LOOKOUT_MAX_TARGETS": "5"}, "max_targets", "5", "env LOOKOUT_MAX_TARGETS"),
        ({"LOG_LEVEL": "debug"}, "log_level", "debug", "env LOG_LEVEL"),
        ({"LOG_LEVEL": "debug", "LOOKOUT_LOG_LEVEL": "error"}, "log_level", "error", "env LOOKOUT_LOG_LEVEL"),
        ({"NO_COLOR": "0"}, "no_color", True, "env NO_COLOR"),
        ({"LOOKOUT_NO_COLOR": "0"}, "no_color", "0", "env LOOKOUT_NO_COLOR"),
        ({"DATABASE_URL": "a"}, "database_url", "a", "env DATABASE_URL"),
        ({"DATABASE_URL": "a", "LOOKOUT_DATABASE_URL": "b"}, "database_url", "b", "env LOOKOUT_DATABASE_URL"),
        ({"REDIS_URL": "a"}, "broker_url", "a", "env REDIS_URL"),
        ({"REDIS_URL": "a", "LOOKOUT_BROKER_URL": "b"}, "broker_url", "b", "env LOOKOUT_BROKER_URL"),
        ({"LOOKOUT_BROKER_URL": "b", "CELERY_BROKER_URL": "c"}, "broker_url", "c", "env CELERY_BROKER_URL"),
    ],
)
def test_the_strongest_name_of_a_setting_wins(
    environ: dict[str, str], setting: str, value: object, origin: str
) -> None:
    # Given variables by which a setting goes, when they are read, then the strongest gives it
    assert layer(environ) == {setting: Given(value, origin)}


def test_an_empty_variable_is_not_set() -> None:
    # Given variables that a compose file left empty, when they are read, then they give nothing
    assert layer(dict.fromkeys(("LOG_LEVEL", "NO_COLOR", "DATABASE_URL", "DATABASE_URL_FILE"), "")) == {}


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    # Given a file such as container platforms hand out, with a line break at its end
    path = tmp_path / "url"
    path.write_text("redis://:word@broker/0\n")
    # When the variable that names it is read
    read = layer({"CELERY_BROKER_URL_FILE": str(path)})
    # Then the value comes from the file
    assert read == {"broker_url": Given("redis://:word@broker/0", "env CELERY_BROKER_URL_FILE")}


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    # Given a secret both as a value and as a file, when it is read, then nobody guesses
    with pytest.raises(SettingsError, match="DATABASE_URL and DATABASE_URL_FILE are both set: unset"):
        layer({"DATABASE_URL": "a", "DATABASE_URL_FILE": str(tmp_path)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"cannot be read \(No such file or directory\): correct the path"),
        (b"\xff\xfe", r"cannot be read \(it is not UTF-8 text\): correct the path"),
        (b" \n", "is empty: write the value into it, or unset DATABASE_URL_FILE"),
    ],
)
def test_a_secrets_file_that_cannot_serve_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    # Given a variable that names a file which is missing, garbled or empty
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    # When it is read, then the error names the variable, the file and the remedy
    with pytest.raises(SettingsError, match=f"DATABASE_URL_FILE names {path}, which {said}"):
        layer({"DATABASE_URL_FILE": str(path)})


def test_a_mistyped_variable_is_found_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a typing error, a variable that means nothing at all, and two that are right
    for name in ("LOOKOUT_LEASE_SECOND", "LOOKOUT_QQQ", "LOOKOUT_HOME", "LOOKOUT_DATABASE_URL_FILE"):
        monkeypatch.setenv(name, "x")
    # When the environment is looked through
    found = [(strange.name, strange.meant) for strange in unknown_environment()]
    # Then the wrong ones are found
    assert found == [("LOOKOUT_LEASE_SECOND", "LOOKOUT_LEASE_SECONDS"), ("LOOKOUT_QQQ", "")]


@given(st.sampled_from([*PLAIN, *SECRET]))
def test_no_name_of_a_setting_counts_as_unknown(setting: str) -> None:
    # Given every name that a setting goes by, when they are set, then none is strange
    environ = dict.fromkeys(variables(setting), "x")
    assert unknown_variables(environ, plain=PLAIN, secret=SECRET) == []


def test_a_wrong_variable_is_named_in_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a variable with a wrong value, when the settings are loaded, then the refusal names the variable
    monkeypatch.setenv("LOOKOUT_MAX_TARGETS", "all")
    with pytest.raises(
        SettingsError, match="env LOOKOUT_MAX_TARGETS: max_targets is 'all', but it should be a valid integer"
    ):
        load_settings()


def test_data_and_settings_follow_the_xdg_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given XDG folders
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    # When the places are asked for, then they lie there
    assert data_home() == tmp_path / "data" / "lookout"
    assert settings_files()[1] == tmp_path / "config" / "lookout" / "lookout.toml"


def test_an_xdg_folder_that_is_not_absolute_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given what the specification calls invalid, when the place is asked for, then it is the usual one
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert data_home() == tmp_path / ".local" / "share" / "lookout"


def test_a_home_may_be_given_relative_or_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a home and a working folder
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    # When a folder below either is given, then the setting is absolute
    assert load_settings(home="~/a").home == load_settings(home="a").home == tmp_path / "a"
    assert load_settings(home=os.fspath(tmp_path)).home == tmp_path
