"""Following what was seen: each sighting becomes one trigger, in the transaction that takes it. Done at every sweep."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, Row

from agents.analysis.advisories.dependency import read_dependency
from agents.analysis.advisories.names import Package
from agents.contract import Evidence, Target, TargetKind
from orchestrator.errors import PlanningError
from orchestrator.intake import Intake
from orchestrator.planning.priority import urgency
from orchestrator.sighting import statements
from orchestrator.sighting.deciding import Follow, Sight, follow, packages_of
from orchestrator.store.evidence import StoredEvidence

_log = structlog.get_logger(__name__)

_LOT = 200
_AREA = 0x10_0C_0A  # any number of our own: the advisory lock of names


@dataclass
class _Uses:
    """What each target uses, read once a sweep and only where an advisory asks for it."""

    reader: StoredEvidence
    packages: dict[str, frozenset[Package]] = field(default_factory=dict)

    def users(self, targets: Iterable[Target], wanted: frozenset[Package]) -> tuple[Target, ...]:
        """Return the targets that use one of the packages."""
        if not wanted:
            return ()
        able = (target for target in targets if target.kind is not TargetKind.ADVISORIES)
        return tuple(target for target in able if self._of(target.id) & wanted)

    def _of(self, target: str) -> frozenset[Package]:
        if target not in self.packages:
            read = map(read_dependency, self.reader.read(targets=[target], kinds=["dependency"]))
            self.packages[target] = frozenset(one.package for one in read if one is not None)
        return self.packages[target]


@dataclass(frozen=True)
class Follower:
    """Makes triggers of what is new."""

    intake: Intake
    days: int
    """How long ago something may have been published; 0: nothing is followed."""

    def sweep(self, engine: Engine) -> int:
        """Follow what waits; return how many runs were started. What there is no room for waits for the next sweep."""
        with engine.connect() as conn:
            rows = conn.execute(statements.WAITING, {"lot": _LOT}).all()
        uses = {tenant: _Uses(StoredEvidence(engine, tenant=tenant)) for tenant in {row.tenant for row in rows}}
        return sum(self._one(engine, row, uses[row.tenant]) for row in rows)

    def _one(self, engine: Engine, row: Row[Any], uses: _Uses) -> bool:
        """Follow one sighting; whether a run began."""
        found = self._decide(row, uses)
        if found is not None:
            priority = urgency(found.trigger, wanted=None).priority
            if not self.intake.has_room(priority):
                return False
        return self._take(engine, row, found)

    def _decide(self, row: Row[Any], uses: _Uses) -> Follow | None:
        """Return what becomes of a sighting; None where its evidence or its run is gone, or it concerns nobody."""
        if row.key is None or row.targets is None:
            return None
        sight = Sight(_evidence(row), tuple(map(Target.model_validate, row.targets)), row.options or {})
        users = uses.users(sight.targets, packages_of(sight.evidence))
        return follow(sight, users=users, since=datetime.now(UTC) - timedelta(days=self.days))

    def _take(self, engine: Engine, row: Row[Any], found: Follow | None) -> bool:
        """Take a sighting, and accept its trigger in the same transaction, unless it was followed by another name."""
        accepted = None
        where = {"tenant": row.tenant, "evidence": row.evidence}
        with engine.begin() as conn:
            if not conn.execute(statements.TAKE, where).all() or found is None:
                return False
            conn.execute(statements.LOCK_NAMES, {"area": _AREA})
            names = {"tenant": row.tenant, "names": list(found.names)}
            known = conn.execute(statements.KNOWN, names).one_or_none()
            conn.execute(statements.REMEMBER, names)
            if known is None:
                try:
                    submission = self.intake.prepare(found.trigger)
                except PlanningError as error:
                    _log.info("nothing to follow", subject=found.trigger.subject, why=str(error))
                    return False
                accepted = self.intake.accept_within(conn, submission)
        if accepted is None or not accepted.fresh:
            return False
        self.intake.relay.send_soon(accepted.run_id)
        _log.info("followed", subject=found.trigger.subject, kind=str(found.trigger.kind), run=str(accepted.run_id))
        return True


def _evidence(row: Row[Any]) -> Evidence:
    """Return the evidence of a row."""
    return Evidence.model_construct(
        target=row.target,
        source=row.source,
        kind=row.kind,
        key=row.key,
        at=row.at,
        title=row.title,
        data=row.data,
        url=row.url,
        about=tuple(row.about or ()),
    )
