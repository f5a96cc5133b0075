"""A line of a few points for a table's row: one element, so that 200 rows stay small (a drawn figure has 50)."""

from collections.abc import Sequence

WIDTH, HEIGHT = 96, 20
MARGIN = 2


def sparkline(values: Sequence[float]) -> str:
    """Return the points of a polyline in a box of 96 by 20; nothing below two values. The highest value is the top."""
    if len(values) < 2:  # noqa: PLR2004 - a line needs two points
        return ""
    top = max(*values, 1.0)
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    reach = HEIGHT - 2 * MARGIN
    points = ((MARGIN + at * step, HEIGHT - MARGIN - reach * max(value, 0.0) / top) for at, value in enumerate(values))
    return " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
