"""The values of a command's document: what each may hold, checked as it will be kept, after it was made safe."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from agents.sources.text import clean_line

TEXT_LIMIT = 4_000
SHOWN_CHARACTERS = 80
"""Of a field's name or value, in what is said of it."""
_DATED = re.compile(r"\d{4}-\d\d-\d\d")
_YEARS = range(1970, 9_999)
"""Of times: in any zone, all of them are times that a database keeps and gives back."""


def _says_something(text: str) -> str:
    """Return a text of which something is left once it is made safe: else findings of nothing would all be one."""
    if not clean_line(text, limit=len(text)):
        raise PydanticCustomError("blank", "holds blanks and control characters only; write some words")
    return text


def _written_out(value: object) -> object:
    """Return a value that may be a time; a bare number's unit would be guessed."""
    if not isinstance(value, str) or not _DATED.match(value):
        raise PydanticCustomError("time", "is no time of ISO 8601; write one such as '2026-01-31T12:00:00Z'")
    return value


def _in_range(at: datetime) -> datetime:
    """Return a time that every store can give back."""
    if at.year not in _YEARS:
        years = {"first": _YEARS[0], "last": _YEARS[-1]}
        raise PydanticCustomError(
            "year", "lies outside the years {first} to {last}; correct it, or leave it out", years
        )
    return at


def _finite(data: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return data all of whose numbers are finite: another would be kept as nothing at all."""
    left: list[tuple[str, object]] = [("", data)]
    while left:
        place, value = left.pop()
        if isinstance(value, Mapping):
            left.extend((f"{place}.{key}"[: SHOWN_CHARACTERS + 1], of) for key, of in value.items())
        elif isinstance(value, list | tuple):
            left.extend((f"{place}.{index}"[: SHOWN_CHARACTERS + 1], of) for index, of in enumerate(value))
        elif isinstance(value, float) and not math.isfinite(value):
            where = {"where": clean_line(place[1:], limit=SHOWN_CHARACTERS)}
            raise PydanticCustomError("finite", "{where} is beyond all numbers; write a finite one", where)
    return data


Key = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_says_something)]
Line = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_says_something)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]
Share = Annotated[float, Field(ge=0, le=1)]
Time = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_range)]
Data = Annotated[Mapping[str, JsonValue], AfterValidator(_finite)]
