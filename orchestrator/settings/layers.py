"""One layer of settings: values by name, each with the place it was given at."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

ORIGINS = "origins"
"""The field that tells where each value came from: it is written by the layers and read by nobody's file."""


@dataclass(frozen=True)
class Given:
    """A value as it was given, and where: ``env LOG_LEVEL``, ``file lookout.toml:3``."""

    value: object
    origin: str


Layer = Mapping[str, Given]


def as_values(layer: Layer) -> dict[str, object]:
    """Return what a layer gives, and the origins beside it: merging layers then keeps the two together."""
    values = {name: given.value for name, given in layer.items()}
    return {**values, ORIGINS: {name: given.origin for name, given in layer.items()}}


def meant(name: str, known: list[str]) -> str:
    """Return " (did you mean X?)" for a name that is close to a known one, else an empty text."""
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
