"""The settings file as a layer: one TOML file of plain keys, every mistake in it named with its line."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestrator.errors import SettingsError
from orchestrator.settings.layers import Given, Layer, meant
from orchestrator.settings.places import settings_files


def find_file(named: object) -> Path | None:
    """Return the settings file: the named one, else the first usual place that holds one, else None."""
    if named is None:
        return next((path for path in settings_files() if path.is_file()), None)
    path = Path(str(named)).expanduser()
    if not path.is_file():
        raise SettingsError(f"config is {path}, where there is no file: correct LOOKOUT_CONFIG, or unset it")
    return path


def read_layer(path: Path, *, known: Sequence[str]) -> Layer:
    """Read the settings that a file gives; raises ``SettingsError`` that names the file and the line."""
    text = _read(path)
    values = _parse(text, path)
    lines = dict(first_lines(text))
    strange = [key for key in values if key not in known]
    if strange:
        raise SettingsError(*(_refusal(path, lines[key], key, values[key], known) for key in strange))
    return {key: Given(value, f"file {path}:{lines[key]}") for key, value in values.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(
            f"{path} cannot be read ({reason}): correct it, or name another in LOOKOUT_CONFIG"
        ) from None


def _parse(text: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}. Settings are written as: lease_seconds = 15") from None


def _refusal(path: Path, line: int, key: str, value: object, known: Sequence[str]) -> str:
    if isinstance(value, dict):
        return f"{path}:{line}: {key} is a table, but settings are plain keys: write them without [{key}]"
    return f"{path}:{line}: unknown setting {key}{meant(key, list(known))}: `lookout settings` lists them all"


def first_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield each key with the line on which its statement starts.

    tomllib tells no positions. But a statement of a valid file ends at the first line up to which it parses alone, so
    the reading of tomllib itself says where the next one starts, quoted keys and values over many lines included.
    """
    start, statement = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        statement += line + "\n"
        try:
            keys = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        yield from ((key, start) for key in keys)
        start, statement = number + 1, ""
