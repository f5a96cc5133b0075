"""The order of one ecosystem's versions: total on any text, and honest about what it could not read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from agents.analysis.versions.natural import natural_key

Key = tuple[object, ...]
"""Sorts as its version does. Keys are comparable with keys of the same order only."""
REMEMBERED = 16_384
"""Versions whose keys are kept: advisories of one package repeat the same ones hundreds of times."""


@dataclass(frozen=True)
class VersionOrder:
    """Compares versions of one ecosystem.

    A version that the ecosystem's rules cannot read is older than every one that they can, and such versions are
    ordered among themselves by ``fallback``. So sorting never fails, while ``readable`` keeps a guess from
    becoming a verdict.
    """

    name: str
    """The rules' name, e.g. ``semver``."""
    parse: Callable[[str], Key | None]
    """The key of a readable version, without spaces around it; None where the rules cannot read it."""
    fallback: Callable[[str], Key] = natural_key

    def readable(self, version: str) -> bool:
        """Whether the ecosystem's own rules can read the version."""
        return parsed(self.parse, version.strip()) is not None

    def key(self, version: str) -> Key:
        """Return a sort key for the version; never raises."""
        text = version.strip()
        key = parsed(self.parse, text)
        return (0, self.fallback(text)) if key is None else (1, key)

    def compare(self, a: str, b: str) -> int:
        """Return -1 where ``a`` is older than ``b``, 0 where they are equal, 1 where it is newer; never raises."""
        left, right = self.key(a), self.key(b)
        if left == right:
            return 0
        return -1 if left < right else 1


@lru_cache(maxsize=REMEMBERED)
def parsed(parse: Callable[[str], Key | None], text: str) -> Key | None:
    """Return what ``parse`` makes of the text, from memory where it was asked before."""
    return parse(text)
