"""JSON for the database: what goes into a ``jsonb`` parameter, without the two things Postgres refuses."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel


def to_json(value: BaseModel | Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a JSON text that ``jsonb`` accepts: no NUL characters, no lone surrogates, no NaN.

    Strangers' text holds all of these; each becomes the replacement character, and NaN becomes null.
    """
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(_clean(plain), ensure_ascii=False, allow_nan=False, default=str, separators=(",", ":"))


def clean_text(text: str) -> str:
    """Return the text with what Postgres cannot store replaced."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


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
