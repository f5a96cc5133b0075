"""JSON for the database: what goes into a ``jsonb`` parameter, without the two things Postgres refuses."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic_core
from pydantic import BaseModel

_ESCAPED_NUL = "\\u0000"


def to_json(value: BaseModel | Mapping[str, Any] | Sequence[Any], *, without: set[str] | None = None) -> str:
    """Return a JSON text that ``jsonb`` accepts: no NUL characters, no lone surrogates, no NaN.

    Strangers' text holds all of these; each becomes the replacement character, and NaN becomes null. Models may stand
    anywhere in it; ``without`` names fields of the outermost that are left out.
    """
    try:
        text = value.model_dump_json(exclude=without) if isinstance(value, BaseModel) else _dump(value)
    except ValueError:  # a lone surrogate
        return _dump(_clean(value.model_dump(exclude=without) if isinstance(value, BaseModel) else value))
    # Nearly all values need no cleaning, and the encoder is many times quicker than a walk through all of them.
    return text if _ESCAPED_NUL not in text else _dump(_clean(read_json(text)))


def read_json(text: str | bytes) -> Any:  # noqa: ANN401  JSON is anything
    """Return a JSON text's value; what is nested too deeply for the quick parser takes the slow one.

    Raises ``ValueError`` where it is no JSON.
    """
    try:
        return pydantic_core.from_json(text)
    except ValueError:
        return json.loads(text)


def clean_text(text: str) -> str:
    """Return the text with what Postgres cannot store replaced."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _dump(value: Any) -> str:  # noqa: ANN401  JSON is anything
    """Return a value as JSON text; what JSON does not know as its nearest thing. Raises ``ValueError`` as above."""
    return pydantic_core.to_json(value, inf_nan_mode="null", fallback=_plain).decode()


def _plain(value: object) -> object:
    """Return the nearest thing that JSON knows: a mapping's items, else a text."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def _clean(value: Any) -> Any:  # noqa: ANN401  JSON is anything
    """Return a JSON value that Postgres can store."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, BaseModel):
        return _clean(value.model_dump())
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124  NaN
        return None
    return str(value) if isinstance(value, bytes) else value
