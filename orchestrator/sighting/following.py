"""Following what was seen: each sighting becomes one trigger, in the transaction that takes it. Done at every sweep."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row

from agents.contract import Evidence
from orchestrator.errors import PlanningError
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Submission
from orchestrator.planning.priority import urgency
from orchestrator.sighting import statements
from orchestrator.sighting.deciding import Follow, Sight, follow, packages_of
from orchestrator.sighting.users import NOBODY, Users, find_users, read_targets

_log = structlog.get_logger(__name__)

_LOT = 1_000
_SECONDS = 1.0
"""How long a sweep goes on with further lots."""
_PATIENCE_SECONDS = 3_600.0
"""How long an advisory waits for the end of the run that saw it."""
_MOST = 20
"""Runs within an hour that the looks at one target may start. The run that saw the rest tells of it all the same."""
_AREA = 0x10_0C_0A  # any number of our own: the advisory lock of names
_FIRST: Mapping[str, Any] = {"kind": "", "at": "-infinity", "evidence": "", "tenant": ""}


@dataclass
class _Turn:
    """What one sweep goes by and finds out."""

    engine: Engine
    since: datetime
    of_late: dict[tuple[str, str], int] = field(default_factory=dict)
    """Runs that the looks at a tenant's target started of late."""
    too_many: Counter[str] = field(default_factory=Counter)
    """What was dropped, by the target whose looks started enough runs."""
    started: int = 0

    def is_spent(self, row: Row[Any], *, most: int) -> bool:
        """Whether the looks at a row's target started as many runs as they may."""
        place = (row.tenant, row.target)
        if place not in self.of_late:
            with self.engine.connect() as conn:
                where = {"tenant": row.tenant, "target": row.target}
                self.of_late[place] = conn.execute(statements.OF_LATE, where).scalar_one()
        return self.of_late[place] >= most

    def began(self, row: Row[Any]) -> None:
        """Count a run that began."""
        self.started += 1
        self.of_late[row.tenant, row.target] += 1


@dataclass(frozen=True)
class Follower:
    """Makes triggers of what is new."""

    intake: Intake
    days: int
    """How long ago something may have been published; 0: nothing is followed."""
    lot: int = _LOT
    most: int = _MOST
    clock: Callable[[], float] = monotonic

    def sweep(self, engine: Engine) -> int:
        """Follow what waits; return how many runs were started. What there is no room for waits for the next sweep."""
        turn = _Turn(engine, since=datetime.now(UTC) - timedelta(days=self.days))
        until, after = self.clock() + _SECONDS, _FIRST
        while True:
            rows = self._page(engine, after)
            self._lot(turn, rows)
            if len(rows) < self.lot or self.clock() >= until:
                break
            last = rows[-1]
            after = {"kind": last.seen_kind, "at": last.seen_at, "evidence": last.evidence, "tenant": last.tenant}
        for target, count in turn.too_many.items():
            _log.warning("more is new than is followed; the run that saw it tells of it", target=target, left_out=count)
        return turn.started

    def _page(self, engine: Engine, after: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Return a page of what waits."""
        where = {**after, "lot": self.lot, "patience": _PATIENCE_SECONDS}
        with engine.connect() as conn:
            return conn.execute(statements.WAITING, where).all()

    def _lot(self, turn: _Turn, rows: Sequence[Row[Any]]) -> None:
        """Follow a lot; what concerns nobody goes in one statement."""
        sights = [(row, _sight(row)) for row in rows]
        users = _users(turn, [(row.tenant, sight) for row, sight in sights])
        gone = []
        for row, sight in sights:
            found = _decide(sight, users[row.tenant], since=turn.since) if sight else None
            if found is None or not self._one(turn, row, found):
                gone.append(row)
        if gone:
            with turn.engine.begin() as conn:
                which = {"tenants": [row.tenant for row in gone], "evidence": [row.evidence for row in gone]}
                conn.execute(statements.DROP, which)

    def _one(self, turn: _Turn, row: Row[Any], found: Follow) -> bool:
        """Follow one sighting; False where it is to be dropped."""
        with turn.engine.connect() as conn:
            known = _known(conn, row, found)
        submission = None
        trigger = found.trigger(known=known)
        if trigger is not None:
            if turn.is_spent(row, most=self.most):
                turn.too_many[row.target] += 1
                return False
            if not self.intake.has_room(urgency(trigger, wanted=None).priority):
                return True
            try:
                submission = replace(self.intake.prepare(trigger), tenant=row.tenant)
            except PlanningError as error:
                _log.info("nothing to follow", subject=found.subject, why=str(error))
                return False
        self._take(turn, row, found, known=known, submission=submission)
        return True

    def _take(
        self, turn: _Turn, row: Row[Any], found: Follow, *, known: frozenset[str], submission: Submission | None
    ) -> None:
        """Take a sighting, and accept its run in the same transaction; one that another sweep overtook waits."""
        with turn.engine.begin() as conn:
            conn.execute(statements.LOCK_NAMES, {"area": _AREA})
            if _known(conn, row, found) != known:
                return
            if not conn.execute(statements.TAKE, {"tenant": row.tenant, "evidence": row.evidence}).all():
                return
            accepted = None if submission is None else self.intake.accept_within(conn, submission)
            began = accepted is not None and accepted.fresh
            told = {
                "names": list(found.names),
                "same": found.names[0],
                "targets": sorted(user.id for user in found.users),
            }
            conn.execute(statements.REMEMBER, {**told, "tenant": row.tenant, "seen_by": row.target, "began": began})
        if accepted is not None and began:
            turn.began(row)
            self.intake.relay.send_soon(accepted.run_id)
            _log.info("followed", subject=found.subject, kind=str(found.kind), run=str(accepted.run_id))


def _known(conn: Connection, row: Row[Any], found: Follow) -> frozenset[str]:
    """Return who of those whom it concerns had a run about it."""
    had = conn.execute(statements.KNOWN, {"tenant": row.tenant, "names": list(found.names)}).scalars()
    return frozenset(had) & {user.id for user in found.users}


def _users(turn: _Turn, sights: Sequence[tuple[str, Sight | None]]) -> Mapping[str, Users]:
    """Return by tenant who uses what the advisories of a lot are about."""
    wanted: dict[str, set[Any]] = {tenant: set() for tenant, _ in sights}
    for tenant, sight in sights:
        if sight is not None:
            wanted[tenant] |= packages_of(sight.evidence, since=turn.since)
    found = {}
    for tenant, packages in wanted.items():
        if packages:
            with turn.engine.connect() as conn:
                found[tenant] = find_users(conn, packages, tenant=tenant)
    return {tenant: found.get(tenant, NOBODY) for tenant in wanted}


def _decide(sight: Sight, users: Users, *, since: datetime) -> Follow | None:
    """Return what becomes of a sighting; None where it concerns nobody."""
    packages = packages_of(sight.evidence, since=since)
    return follow(sight, users=users.of(packages, seen=sight.targets), since=since)


def _sight(row: Row[Any]) -> Sight | None:
    """Return what was seen; None where its evidence or its run is gone."""
    if row.key is None or row.targets is None:
        return None
    return Sight(_evidence(row), tuple(read_targets(row.targets).values()), row.options or {})


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
