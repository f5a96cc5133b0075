"""A real database of advisories through the service's interface: the same evidence as from a folder."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from unit.sources.http.answering import Answering, Shelf, answering
from unit.sources.osv.osv_service import Osv
from unit.sources.osv.world import uses

from agents.contract import CoverageState, Evidence, Target, TargetKind
from agents.sources.collected import Collected
from agents.sources.http.client import Http
from agents.sources.http.site import Site
from agents.sources.look import Look
from agents.sources.osv.api import read_known
from agents.sources.osv.folder import read_advisories

pytestmark = pytest.mark.recorded

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS, WITHDRAWN = 450, 6
TARGET = Target(kind=TargetKind.SBOM, location="/srv/lock.txt")


@pytest.fixture(scope="module")
def records(recordings: Path) -> list[Any]:
    lines = (recordings / "security" / "osv_pypa.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def from_folder(recordings: Path) -> dict[str, Evidence]:
    target = Target(kind=TargetKind.ADVISORIES, location=str(recordings / "security" / "osv_pypa.jsonl"))
    found = read_advisories(Look(target=target, now=NOW, stop=threading.Event()))
    return {one.key: one.model_copy(update={"target": TARGET.id}) for one in found.evidence}


@pytest.fixture
def osv(records: list[Any]) -> Osv:
    return Osv(records={record["id"]: record for record in records}, page=100)


@pytest.fixture
def there(osv: Osv) -> Iterator[Answering]:
    with answering(osv.answer) as service:
        yield service


@pytest.fixture(scope="module")
def everything(records: list[Any]) -> list[Evidence]:
    """Return every package of the database as a dependency without a version."""
    return [
        uses(name, "") for name in sorted({entry["package"]["name"] for one in records for entry in one["affected"]})
    ]


def look(there: Answering, dependencies: list[Evidence], *, shelf: Shelf, before: Collected | None = None) -> Collected:
    cursors = {} if before is None else {"osv": before.cursor}
    there.heard.clear()
    with Http(stop=threading.Event(), sites=[Site("osv", there.url)], shelf=shelf) as http:
        return read_known(http, Look(target=TARGET, now=NOW, stop=threading.Event(), cursors=cursors), dependencies)


def test_the_service_and_a_folder_give_the_same_evidence(
    osv: Osv, there: Answering, everything: list[Evidence], from_folder: dict[str, Evidence]
) -> None:
    # Given a service that holds what the folder holds, and names withdrawn records too
    osv.withdrawn = True
    # When it is asked about every package
    found = look(there, everything, shelf=Shelf())
    # Then the evidence is the same, to the letter
    assert {one.key: one for one in found.evidence} == from_folder
    assert len(from_folder) == RECORDS
    assert (found.quarantined, found.coverage[0].state) == ((), CoverageState.COMPLETE)


def test_withdrawals_are_seen_and_what_is_the_same_costs_nothing(
    osv: Osv, there: Answering, everything: list[Evidence], from_folder: dict[str, Evidence]
) -> None:
    # Given a look at a service that names no withdrawn records, as the real one
    shelf = Shelf()
    first = look(there, everything, shelf=shelf)
    standing = {key: one for key, one in from_folder.items() if not one.data["withdrawn"]}
    assert {one.key: one for one in first.evidence} == standing
    assert len(standing) == RECORDS - WITHDRAWN
    # When nothing changed, then no record is asked for
    second = look(there, everything, shelf=shelf, before=first)
    assert {one.method for one in there.heard} == {"POST"}
    assert (second.evidence, second.cursor) == ((), first.cursor)
    # When one is withdrawn, then all others are named, from what was kept
    gone = min(standing)
    osv.records[gone] = {**osv.records[gone], "withdrawn": "2025-12-31T00:00:00Z"}
    third = look(there, everything, shelf=shelf, before=second)
    assert {one.key: one for one in third.evidence} == {key: one for key, one in standing.items() if key != gone}
    assert third.replaces == ("advisory",)
    assert all("if-none-match" in one.headers for one in there.heard if one.method == "GET")


def test_a_pinned_version_is_asked_about_alone(
    there: Answering, records: list[Any], from_folder: dict[str, Evidence]
) -> None:
    # Given a package of which the database knows flaws in some of its versions
    record = next(one for one in records if one["affected"][0].get("versions") and not one.get("withdrawn"))
    package, version = record["affected"][0]["package"]["name"], record["affected"][0]["versions"][0]
    # When it is asked about one of them, then all that lists it is told, and nothing else
    found = look(there, [uses(package, version)], shelf=Shelf())
    expected = {
        one["id"]
        for one in records
        for entry in one["affected"]
        if not one.get("withdrawn") and entry["package"]["name"] == package and version in entry.get("versions", ())
    }
    assert record["id"] in expected
    assert {one.key: one for one in found.evidence} == {key: from_folder[key] for key in expected}
