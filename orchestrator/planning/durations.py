"""Spans of time as people write them: ``90s``, ``30m``, ``6h``, ``1d``, ``2w``, or several at once: ``1d12h``."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_WHOLE = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_PART = re.compile(r"([0-9]+)([smhdw])")
_LONGEST = 10 * 365 * 86_400

REMEDY = (
    "is no span of time; write a number and a unit, s, m, h, d or w, as in '30m', '6h' or '1d', of at most ten years"
)


def parse_duration(text: str) -> int:
    """Return the span in whole seconds, from 1 second to ten years. ValueError, with the remedy, for anything else."""
    tidy = text.strip().lower().replace(" ", "")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(tidy)) if _WHOLE.fullmatch(tidy) else 0
    if not 0 < seconds <= _LONGEST:
        raise ValueError(REMEDY)
    return seconds


def duration_text(seconds: float) -> str:
    """Return the span as people write it, two units at most: ``1d 12h``, ``5m``, ``0s``; fractions are rounded."""
    left = round(seconds)
    parts = []
    for unit in ("w", "d", "h", "m", "s"):
        count, left = divmod(left, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
