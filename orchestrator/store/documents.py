"""JSON for the database: what goes into a ``jsonb`` parameter, without the two things Postgres refuses."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

_ESCAPED_NUL = "\\u0000"


def to_json(value: BaseModel | Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a JSON text that ``jsonb`` accepts: no NUL characters, no lone surrogates, no NaN.

    Strangers' text holds all of these; each becomes the replacement character, and NaN becomes null.
    """
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    try:
        text = _dump(plain)
        text.encode("utf-8")
    except (TypeError, ValueError):  # NaN, a key that is no text, or a lone surrogate
        return _dump(_clean(plain))
    # Nearly all values need no cleaning, and the encoder is many times quicker than a walk through all of them.
    return text if _ESCAPED_NUL not in text else _dump(_clean(plain))


def clean_text(text: str) -> str:
    """Return the text with what Postgres cannot store replaced."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _dump(value: Any) -> str:  # noqa: ANN401  JSON is anything
    """Return a value as JSON text. Raises ``ValueError`` for NaN, ``TypeError`` for keys that are no text."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain, separators=(",", ":"))


def _plain(value: object) -> object:
    """Return the nearest thing that JSON knows: a mapping's items, a set's members, else a text."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, set | frozenset) else str(value)


def _clean(value: Any) -> Any:  # noqa: ANN401  JSON is anything
    """Return a JSON value that Postgres can store."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124  NaN
        return None
    return value
