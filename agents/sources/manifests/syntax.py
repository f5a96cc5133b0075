"""JSON and TOML from strangers: parsed with their line of fault, without NaN, and never deeper than Python can go."""

import json
import tomllib
from collections.abc import Mapping
from typing import NoReturn

from agents.sources.manifests.dependency import UnreadableError


def json_value(source: str) -> object:
    """Return the parsed JSON; raises ``UnreadableError`` with the line."""
    try:
        value: object = json.loads(source.removeprefix("\ufeff"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"is not JSON: {error.msg}", line=error.lineno) from error
    except RecursionError as error:
        raise UnreadableError("is nested too deeply to be read") from error
    except ValueError as error:
        raise UnreadableError(f"is not JSON: {error}") from error
    return value


def json_object(source: str) -> Mapping[str, object]:
    """Return the parsed JSON object; raises ``UnreadableError`` for other JSON too."""
    value = json_value(source)
    if not isinstance(value, dict):
        raise UnreadableError("is JSON, but not an object")
    return value


def toml_table(source: str) -> Mapping[str, object]:
    """Return the parsed TOML; raises ``UnreadableError`` with the line."""
    try:
        return tomllib.loads(source.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(f"is not TOML: {error}", line=_line(str(error))) from error
    except RecursionError as error:
        raise UnreadableError("is nested too deeply to be read") from error
    except ValueError as error:
        raise UnreadableError(f"is not TOML: {error}") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _line(message: str) -> int:
    # tomllib of Python 3.11 says its place only in words: "... (at line 3, column 1)".
    _, _, place = message.rpartition("(at line ")
    number = place.partition(",")[0]
    return int(number) if number.isdigit() else 0
