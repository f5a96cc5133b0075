"""Reads fields of values that strangers wrote: what has the wrong shape counts as missing."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from agents.contract import utc

FIRST_YEAR = 1970

Fields = Mapping[str, JsonValue]


def text(fields: Fields, name: str) -> str:
    """Return the field's text without spaces around it; empty where it is missing or no text."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    """Return the field's texts; those that are empty or no text are left out."""
    return tuple(item.strip() for item in items(fields, name) if isinstance(item, str) and item.strip())


def items(fields: Fields, name: str) -> list[JsonValue]:
    """Return the field's list; empty where it is missing or no list."""
    value = fields.get(name)
    return value if isinstance(value, list) else []


def mapping(fields: Fields, name: str) -> Fields:
    """Return the field's mapping; empty where it is missing or no mapping."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def mappings(fields: Fields, name: str) -> tuple[Fields, ...]:
    """Return the field's list of mappings; everything else in it is left out."""
    return tuple(item for item in items(fields, name) if isinstance(item, dict))


def moment(fields: Fields, name: str) -> datetime | None:
    """Return the field's time in UTC; None where it is missing, cannot be read, or is before any computer's time.

    Real records hold the year 1: their writer's way of saying that no time is known.
    """
    try:
        found = utc(datetime.fromisoformat(text(fields, name)))
    except (ValueError, OverflowError):
        return None
    return found if found.year >= FIRST_YEAR else None
