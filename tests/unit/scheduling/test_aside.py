"""Schedules that were tried in vain: how long they are put off, and when they are forgotten."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Row

from orchestrator.scheduling.aside import Aside

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _row(name: str = "stack/1d", *, now: datetime = NOW, updated_at: datetime = NOW) -> Row[Any]:
    """Return what of a row counts here."""
    return cast("Row[Any]", SimpleNamespace(tenant="default", name=name, now=now, updated_at=updated_at))


def _until(aside: Aside) -> dict[str, datetime]:
    return {each["name"]: datetime.fromisoformat(each["until"]) for each in json.loads(aside.told)}


def test_who_keeps_failing_is_put_off_for_longer_up_to_ten_minutes() -> None:
    # Given / When one schedule fails again and again
    aside = Aside()
    waits = [aside.failed(_row()) for _ in range(12)]
    # Then its wait doubles, to ten minutes at most
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 600
    assert _until(aside) == {"stack/1d": NOW + timedelta(seconds=600)}
    # And once it was changed, it begins anew
    assert aside.failed(_row(updated_at=NOW + timedelta(seconds=1))) == 2


def test_who_waits_is_not_put_off_and_who_was_served_is_forgotten() -> None:
    # Given one that waits and one that failed
    aside = Aside()
    aside.tried(_row("stack/1h"), in_vain=True)
    aside.failed(_row())
    assert _until(aside) == {"stack/1h": NOW, "stack/1d": NOW + timedelta(seconds=2)}
    # When the one that failed is served, then only the other is remembered, and who never failed is none to forget
    aside.tried(_row(), in_vain=False)
    aside.tried(_row("stack/2h"), in_vain=False)
    assert _until(aside) == {"stack/1h": NOW}


def test_what_is_gone_is_forgotten_after_an_hour() -> None:
    # Given one that failed and was then removed
    aside = Aside()
    aside.failed(_row("gone/1d"))
    # When others fail, an hour and more later, then it is forgotten
    aside.failed(_row(now=NOW + timedelta(minutes=30)))
    assert set(_until(aside)) == {"gone/1d", "stack/1d"}
    aside.failed(_row(now=NOW + timedelta(minutes=61)))
    assert set(_until(aside)) == {"stack/1d"}
