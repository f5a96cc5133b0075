"""The result that every step of every system returns: a JSON object of about 1 KB."""

from typing import Any

_ROW = {"name": "requests", "from": "2.31.0", "to": "2.32.4", "kind": "upgrade", "score": 0.875, "open": True}
_ROWS = 8


def payload(step: str) -> dict[str, Any]:
    """Return a step's result: the kind of rows that an analysis gives, 1 KB of them."""
    return {"step": step, "rows": [{**_ROW, "id": number} for number in range(_ROWS)], "pad": "x" * 77}
