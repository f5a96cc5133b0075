"""Who uses a package: every target that is looked at, whichever schedule or run has it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row

from agents.analysis.advisories.names import Package
from agents.contract import Target, TargetKind
from orchestrator.planning.looks import EXPOSURE, looks_of
from orchestrator.sighting import statements
from orchestrator.store.documents import clean_text

_DAYS = 30
"""For how long a target counts that no schedule has and somebody looked at."""
_SEPARATORS = str.maketrans("", "", "-_.")


@dataclass(frozen=True)
class Users:
    """Targets by the packages that they use, of those packages that were asked for."""

    by_package: Mapping[Package, frozenset[str]]
    """Targets' ids."""
    known: Mapping[str, Target | None]
    """The targets as a schedule or a run of late has them; None for one that is no longer looked at."""

    def of(self, packages: Iterable[Package], *, seen: Sequence[Target]) -> tuple[Target, ...]:
        """Return who uses one of the packages, as the run that saw it or else another has it, by their ids."""
        own = {target.id: target for target in seen}
        ids = sorted({target for package in packages for target in self.by_package.get(package, ())})
        found = (own.get(target) or self.known.get(target) for target in ids)
        return tuple(target for target in found if target is not None and _can_use(target))


NOBODY = Users({}, {})


def find_users(conn: Connection, packages: Iterable[Package], *, tenant: str) -> Users:
    """Return who uses the packages, whatever their releases."""
    wanted = frozenset(packages)
    names = sorted({clean_text(package.name).lower().translate(_SEPARATORS) for package in wanted})
    if not names:
        return NOBODY
    by_package: dict[Package, set[str]] = {}
    runs: dict[str, Any] = {}
    for row in conn.execute(statements.USERS, {"tenant": tenant, "names": names}):
        package = Package.of(row.ecosystem or "", row.name).anywhere
        if package in wanted:
            by_package.setdefault(package, set()).add(row.target)
            runs[row.target] = row.run_id
    found = {package: frozenset(ids) for package, ids in by_package.items()}
    return Users(found, _known(conn, runs, tenant=tenant)) if runs else NOBODY


def read_targets(told: Iterable[Any]) -> dict[str, Target]:
    """Return targets by their ids, the last of each; what this version can no longer read is left out."""
    found = {}
    for one in told:
        try:
            target = Target.model_validate(one)
        except ValidationError:
            continue
        found[target.id] = target
    return found


def _known(conn: Connection, runs: Mapping[str, Any], *, tenant: str) -> Mapping[str, Target | None]:
    """Return the targets as the newest schedule in force has them; without any schedule, as the newest run has them.

    One that is in schedules alone that are paused or retired is not looked at any more.
    """
    scheduled = conn.execute(statements.SCHEDULED, {"tenant": tenant}).all()
    aside: Mapping[str, None] = dict.fromkeys(read_targets(row.target for row in scheduled))
    live = read_targets(row.target for row in scheduled if row.live)
    by_hand = [target for target in runs if target not in aside]
    where = {"tenant": tenant, "targets": by_hand, "runs": [runs[target] for target in by_hand], "days": _DAYS}
    planned: Sequence[Row[Any]] = conn.execute(statements.PLANNED, where).all() if by_hand else ()
    return {**read_targets(row.target for row in planned), **aside, **live}


def _can_use(target: Target) -> bool:
    """Whether a target is looked at for flaws in what it uses."""
    return target.kind is not TargetKind.ADVISORIES and EXPOSURE in looks_of(target)
