"""Real OSV records, dirt and withdrawn ones included, through the reader of advisories."""

import json
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.contract import CoverageState, Evidence, Target, TargetKind
from agents.sources.collected import Collected
from agents.sources.look import Look
from agents.sources.osv.folder import read_advisories

pytestmark = pytest.mark.recorded

RECORDS = 450
SAMPLES = {
    "osv-GHSA-77rv-6vfw-x4gc.json": "GHSA-77rv-6vfw-x4gc",
    "osv-git-upper-bound-range.json": "GHSA-g42g-737j-qx6j",
    "osv-vulnerability-exact-version.json": "MAL-2023-995",
}


def read(place: Path) -> Collected:
    target = Target(kind=TargetKind.ADVISORIES, location=str(place))
    return read_advisories(Look(target=target, now=datetime(2026, 1, 1, tzinfo=UTC), stop=threading.Event()))


@pytest.fixture(scope="module")
def pypa(recordings: Path) -> dict[str, dict[str, Any]]:
    lines = (recordings / "security" / "osv_pypa.jsonl").read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


@pytest.fixture(scope="module")
def collected(recordings: Path) -> dict[str, Evidence]:
    found = read(recordings / "security" / "osv_pypa.jsonl")
    assert found.quarantined == ()
    assert found.coverage[0].state is CoverageState.COMPLETE
    return {item.key: item for item in found.evidence}


def test_every_record_is_evidence_and_no_version_is_lost(
    pypa: dict[str, dict[str, Any]], collected: dict[str, Evidence]
) -> None:
    # Given a real database, when it is read, then each record is there with every package, version and event
    assert len(collected) == len(pypa) == RECORDS
    for name, record in pypa.items():
        read_affected = collected[name].data["affected"]
        assert isinstance(read_affected, list)
        for raw, entry in zip(record["affected"], read_affected, strict=True):
            assert isinstance(entry, dict)
            assert (entry["ecosystem"], entry["name"]) == (raw["package"]["ecosystem"], raw["package"]["name"])
            assert entry["versions"] == raw.get("versions", [])
            events = [span["events"] for span in raw.get("ranges", [])]
            spans = entry["ranges"]
            assert isinstance(spans, list)
            assert [span["events"] for span in spans if isinstance(span, dict)] == events


def test_withdrawn_records_say_so_and_dirty_ones_what_is_dirty(
    pypa: dict[str, dict[str, Any]], collected: dict[str, Evidence]
) -> None:
    # Given records that were withdrawn, and records that break the schema
    withdrawn = {name for name, record in pypa.items() if record.get("withdrawn")}
    notes = [note for item in collected.values() for note in item.data["dirt"] or []]  # type: ignore[union-attr]

    # Then none of them is lost, and each is told
    assert {name for name, item in collected.items() if item.data["withdrawn"]} == withdrawn
    assert withdrawn
    assert any("PEP 440" in str(note) for note in notes)
    assert any("git hash" in str(note) for note in notes)


def test_the_samples_of_another_tool_are_read(recordings: Path, tmp_path: Path) -> None:
    # Given OSV records with edge cases, beside files that are none
    shutil.copytree(recordings / "security" / "dependency_track_samples", tmp_path / "samples")

    # When the folder is read
    found = read(tmp_path / "samples")

    # Then the records are evidence, and every other file is put aside with a reason
    assert sorted(item.key for item in found.evidence) == sorted(SAMPLES.values())
    others = {place.name for place in (tmp_path / "samples").iterdir()} - set(SAMPLES)
    assert {item.key for item in found.quarantined} == others
    assert found.coverage[0].state is CoverageState.PARTIAL


def test_what_a_converter_wrote_is_read_as_it_was_meant(recordings: Path, tmp_path: Path) -> None:
    # Given records that the OSV project's own converter is expected to write
    for place in (recordings / "security" / "ghsa_graphql_to_osv").glob("*.osv.json"):
        shutil.copy(place, tmp_path)

    # When they are read
    found = read(tmp_path)

    # Then all are, and the withdrawn one is
    assert len(found.evidence) == len(list(tmp_path.iterdir()))
    assert found.quarantined == ()
    assert sum(bool(item.data["withdrawn"]) for item in found.evidence) == 1
