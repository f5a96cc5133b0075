"""Files that hold OSV records: JSON (one record, a list, an API's answer), JSON lines, and YAML as PyPA writes it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

import yaml

MAX_BYTES = 20 << 20
"""Of one record's file, or of one line."""
_RAW_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A parsed value that should be a record, or the reason why there is none. ``line`` is from 1; 0 for a file."""

    value: object = None
    fault: str = ""
    line: int = 0
    excerpt: str = ""


def is_record_file(path: str) -> bool:
    """Say whether the path ends as files of records do."""
    return PurePosixPath(path).suffix.lower() in _READERS


def raw_records(place: Path) -> Iterator[Raw]:
    """Yield what a file holds, bad parts as faults; never raises for content, only ``OSError`` where it cannot be read.

    Lines of JSON lines are read one by one, so that the file may be of any size.
    """
    yield from _READERS[place.suffix.lower()](place)


def _json(place: Path) -> Iterator[Raw]:
    content = _whole(place)
    if isinstance(content, Raw):
        yield content
        return
    parsed = _parsed(content, line=0)
    value = parsed.value
    several = value.get("vulns") if isinstance(value, dict) and "id" not in value else value
    if parsed.fault or not isinstance(several, list):
        yield parsed
    else:
        yield from (Raw(value=one) for one in several)


def _json_lines(place: Path) -> Iterator[Raw]:
    with place.open("rb") as lines:
        number = 0
        while line := lines.readline(MAX_BYTES):
            number += 1
            if not line.endswith(b"\n") and len(line) == MAX_BYTES:
                yield Raw(fault=f"the line is longer than {MAX_BYTES:,} bytes; the rest is left unread", line=number)
                return
            if line.strip():
                yield _parsed(line, line=number)


def _yaml(place: Path) -> Iterator[Raw]:
    content = _whole(place)
    if isinstance(content, Raw):
        yield content
        return
    try:
        text = content.decode("utf-8-sig")
        if "*" in text and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CBaseLoader)
        ):
            yield Raw(fault="has YAML aliases, which no record needs and which can grow without end")
            return
        # The base loader makes every scalar a text: 1.10 stays 1.10, and nothing is ever constructed.
        yield Raw(value=yaml.load(text, Loader=yaml.CBaseLoader))  # noqa: S506 - builds texts, lists and tables only
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        yield Raw(fault=f"is not YAML: {error}", excerpt=_excerpt(content))


_READERS: Mapping[str, Callable[[Path], Iterator[Raw]]] = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".yaml": _yaml,
    ".yml": _yaml,
}


def _whole(place: Path) -> bytes | Raw:
    size = place.stat().st_size
    if size > MAX_BYTES:
        return Raw(fault=f"has {size:,} bytes, more than a file of records may have here ({MAX_BYTES:,})")
    return place.read_bytes()


def _parsed(content: bytes, *, line: int) -> Raw:
    try:
        value: object = json.loads(content.removeprefix(b"\xef\xbb\xbf"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return Raw(fault=f"is not JSON: {error}", line=line, excerpt=_excerpt(content))
    return Raw(value=value, line=line, excerpt=_excerpt(content))


def _excerpt(content: bytes) -> str:
    return content[:_RAW_LIMIT].decode("utf-8", "replace").strip()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
