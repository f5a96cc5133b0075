"""A world of made-up packages with their releases and flaws. What is affected follows from positions in a list.

No version is compared here: a release is affected where it stands between the one that brought the flaw and the one
that mended it. So the truth does not come from the code that is measured.
"""

import random
from dataclasses import dataclass
from types import MappingProxyType

ECOSYSTEMS = ("PyPI", "npm")
RATED = MappingProxyType(
    {
        "critical": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "high": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        "medium": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
        "low": "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N",
    }
)
"""Vectors by the rating that FIRST's calculator gives them: 9.8, 7.5, 6.1 and 2.5."""
RELEASES = 40
MAJOR, MINOR = 0.05, 0.45
"""How many of the releases are major and minor ones."""
TWINS, WITHDRAWN = 0.3, 0.05
"""How many of the flaws two databases have, and how many were taken back."""
_WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "jasper", "kelp", "larch")


@dataclass(frozen=True)
class Flaw:
    """One flaw: it came with the release at ``begin`` and was mended in the one at ``end`` (positions)."""

    id: str
    alias: str
    """Under which a second database has it too; empty where only one does."""
    begin: int
    end: int
    severity: str
    withdrawn: bool = False

    def affects(self, position: int) -> bool:
        """Whether the release at a position has the flaw."""
        return not self.withdrawn and self.begin <= position < self.end


@dataclass(frozen=True)
class Package:
    """A package: its releases, oldest first, and its flaws."""

    ecosystem: str
    name: str
    releases: tuple[str, ...]
    flaws: tuple[Flaw, ...]

    def flaws_at(self, position: int) -> tuple[Flaw, ...]:
        """Return the flaws of the release at a position."""
        return tuple(flaw for flaw in self.flaws if flaw.affects(position))

    def way_out(self, position: int) -> str:
        """Return the first later release that mends something and has no flaw; empty where there is none."""
        mends = sorted({flaw.end for flaw in self.flaws if not flaw.withdrawn and flaw.end > position})
        return next((self.releases[end] for end in mends if not self.flaws_at(end)), "")


def make_world(size: int, *, flaws: int, seed: int) -> tuple[Package, ...]:
    """Return so many packages with so many flaws in all, spread over a part of them as chance has it."""
    chance = random.Random(f"world {seed}")
    names = [f"{_WORDS[n % 12]}-{_WORDS[n // 12 % 12]}-{n}" for n in range(size)]
    releases = [_releases(chance) for _ in names]
    known: list[list[Flaw]] = [[] for _ in names]
    for number in range(flaws):
        known[chance.randrange(size)].append(_flaw(number, chance=chance))
    return tuple(Package(ECOSYSTEMS[n % 2], name, releases[n], tuple(known[n])) for n, name in enumerate(names))


def _releases(chance: random.Random) -> tuple[str, ...]:
    """Return releases in ascending order; 1.9 before 1.10, so that comparing texts would go wrong."""
    major, minor, patch = 0, chance.randint(1, 9), 0
    found = []
    for _ in range(RELEASES):
        step = chance.random()
        if step < MAJOR:
            major, minor, patch = major + 1, 0, 0
        elif step < MAJOR + MINOR:
            minor, patch = minor + 1, 0
        else:
            patch += 1
        found.append(f"{major}.{minor}.{patch}")
    return tuple(found)


def _flaw(number: int, *, chance: random.Random) -> Flaw:
    begin = chance.randrange(RELEASES - 8)
    return Flaw(
        id=f"BENCH-2025-{number:05}",
        alias=f"TWIN-2025-{number:05}" if chance.random() < TWINS else "",
        begin=begin,
        end=chance.randint(begin + 1, RELEASES - 2),
        severity=chance.choice(tuple(RATED)),
        withdrawn=chance.random() < WITHDRAWN,
    )
