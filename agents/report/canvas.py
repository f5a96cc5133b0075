"""An empty figure in the report's manner: no frame, no ticks, thin lines, text in the page's own font."""

from typing import TYPE_CHECKING, Literal

from agents.report import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Side = Literal["left", "center", "right"]
FONT = 10
SMALL = 9


def canvas(*, width: float, height: float, margins: tuple[float, float, float, float]) -> "tuple[Figure, Axes]":
    """Return a figure of ``width`` by ``height`` points and its axes, inside margins: left, bottom, right, top."""
    left, bottom, right, top = margins
    figure = sheet(width=width, height=height)
    return figure, panel(figure, box=(left, bottom, width - left - right, height - bottom - top))


def sheet(*, width: float, height: float) -> "Figure":
    """Return a figure of ``width`` by ``height`` points without axes, for pictures of several panels."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - heavy: for the reporting step only
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    return figure


def panel(figure: "Figure", *, box: tuple[float, float, float, float]) -> "Axes":
    """Return new axes inside the figure, at ``box``: left, bottom, width and height in points."""
    width, height = (inches * 72 for inches in figure.get_size_inches())
    left, bottom, across, up = box
    axes = figure.add_axes((left / width, bottom / height, across / width, up / height))
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=FONT, labelcolor=palette.MUTED, pad=4)
    axes.set_axisbelow(True)
    return axes


def write(
    axes: "Axes",
    text: str,
    *,
    at: tuple[float, float],
    away: tuple[float, float] = (0, 0),
    across: Side = "left",
    colour: str = palette.INK,
    size: float = FONT,
) -> None:
    """Write text at a place in the axes' own units, ``away`` from it in points, on the middle of its line."""
    axes.annotate(
        text,
        xy=at,
        xytext=away,
        textcoords="offset points",
        ha=across,
        va="center_baseline",
        fontsize=size,
        color=colour,
        annotation_clip=False,
    )
