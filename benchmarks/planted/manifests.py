"""What a repository uses, as the manifests of its tree, and the findings that follow."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.planted.expected import UNPINNED, VULNERABLE, Expected
from benchmarks.planted.packages import Package

REQUIREMENTS, LOCK = "requirements.txt", "package-lock.json"
LOOSE_SHARE = 0.1


@dataclass(frozen=True)
class Use:
    """One package in use. ``position`` is that of its release; None where no version is pinned."""

    package: Package
    position: int | None


def choose(world: tuple[Package, ...], *, most: int, risk: float, loose: bool, chance: random.Random) -> list[Use]:
    """Return what a repository uses: up to ``most`` packages, a share ``risk`` of them at a release with a flaw."""
    picked = chance.sample(world, k=min(len(world), chance.randint(most // 2, most)))
    uses = [Use(package, _position(package, risky=chance.random() < risk, chance=chance)) for package in picked]
    return [Use(use.package, None) if loose and _python(use) and chance.random() < LOOSE_SHARE else use for use in uses]


def _position(package: Package, *, risky: bool, chance: random.Random) -> int:
    """Return a position with flaws where that is asked for and there is one, else one without; the last has none."""
    positions = range(len(package.releases))
    wanted = [position for position in positions if bool(package.flaws_at(position)) is risky]
    return chance.choice(wanted or positions[-1:])


def _python(use: Use) -> bool:
    return use.package.ecosystem == "PyPI"


def files_of(uses: list[Use]) -> Mapping[str, str]:
    """Return the manifests by path: requirements for Python's packages, a lock file for npm's."""
    python = [_requirement(use) for use in uses if _python(use)]
    locked = {
        f"node_modules/{use.package.name}": {"version": use.package.releases[use.position]}
        for use in uses
        if not _python(use) and use.position is not None
    }
    lock = {"name": "app", "lockfileVersion": 3, "requires": True, "packages": {"": {"name": "app"}, **locked}}
    return {REQUIREMENTS: "\n".join(python) + "\n", LOCK: json.dumps(lock, indent=1)}


def _requirement(use: Use) -> str:
    return use.package.name + (">=0.1" if use.position is None else f"=={use.package.releases[use.position]}")


def told_by(uses: list[Use], *, target: str) -> Iterator[Expected]:
    """Yield what must be found in what a repository uses."""
    if any(use.position is None for use in uses):
        yield Expected(UNPINNED, target, about=REQUIREMENTS, severity="info")
    for use in uses:
        if use.position is not None:
            out = use.package.way_out(use.position)
            for flaw in use.package.flaws_at(use.position):
                about = f"{use.package.name}/{flaw.id}"
                yield Expected(VULNERABLE, target, about=about, severity=flaw.severity, fixed_in=out)
