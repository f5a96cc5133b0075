"""Every advisory of a real database against its own words: what it lists is affected, what it calls fixed is not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.analysis.advisories import Affected, Outcome, Package, index_advisories, judge, read_affected
from agents.analysis.versions import order
from agents.contract import Evidence

pytestmark = pytest.mark.recorded

NOT_PEP_440 = 10
"""Listed versions that are not; an eleventh stands in a ``fixed`` event."""
WITHDRAWN = 6


@pytest.fixture(scope="module")
def records(recordings: Path) -> list[dict[str, Any]]:
    lines = (recordings / "security" / "osv_pypa.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def entries(records: list[dict[str, Any]]) -> Iterator[tuple[str, Affected]]:
    for record in records:
        for raw in record["affected"]:
            affected = read_affected(raw)
            assert affected is not None
            yield record["id"], affected


def without_list(affected: Affected) -> Affected:
    return Affected(package=affected.package, ecosystem=affected.ecosystem, ranges=affected.ranges)


def has_versioned_range(affected: Affected) -> bool:
    return any(entry.kind == "ECOSYSTEM" for entry in affected.ranges)


def fixes(affected: Affected) -> list[str]:
    ranges = [entry for entry in affected.ranges if entry.kind == "ECOSYSTEM"]
    return [event.version for entry in ranges for event in entry.events if event.kind == "fixed"]


def test_every_listed_version_is_affected(records: list[dict[str, Any]]) -> None:
    # When
    verdicts = [judge([affected], version) for _, affected in entries(records) for version in affected.versions]

    # Then
    assert len(verdicts) > 19_000
    assert all(verdict.affected for verdict in verdicts)


def test_every_listed_version_that_can_be_read_is_in_the_ranges_alone(records: list[dict[str, Any]]) -> None:
    # Given
    pypi = order("PyPI")
    listed = [
        (advisory, affected, version)
        for advisory, affected in entries(records)
        if has_versioned_range(affected)
        for version in affected.versions
    ]
    readable = [case for case in listed if pypi.readable(case[2])]

    # When
    missed = [
        (advisory, version)
        for advisory, affected, version in readable
        if not judge([without_list(affected)], version).affected
    ]

    # Then
    assert missed == []
    assert len(listed) - len(readable) == NOT_PEP_440


def test_versions_that_cannot_be_read_are_unknown_to_the_ranges_and_found_by_the_list(
    records: list[dict[str, Any]],
) -> None:
    # Given
    dirty = [
        (affected, version)
        for _, affected in entries(records)
        for version in affected.versions
        if not order("PyPI").readable(version)
    ]

    # When
    by_ranges = {judge([without_list(affected)], version).outcome for affected, version in dirty}

    # Then
    assert len(dirty) == NOT_PEP_440
    assert by_ranges == {Outcome.UNKNOWN}
    assert all(judge([affected], version).affected for affected, version in dirty)


def test_every_fixed_version_is_out_of_its_advisory(records: list[dict[str, Any]]) -> None:
    # When
    outcomes = [
        (advisory, version, judge([affected], version).outcome)
        for advisory, affected in entries(records)
        for version in fixes(affected)
    ]

    # Then
    assert len(outcomes) > 700
    assert [case for case in outcomes if case[2] is not Outcome.NOT_AFFECTED] == []


def test_withdrawn_advisories_are_never_matched(records: list[dict[str, Any]]) -> None:
    # Given
    withdrawn = {record["id"] for record in records if record.get("withdrawn")}
    evidence = [
        Evidence(
            target="advisories:pypa",
            source="osv",
            kind="advisory",
            key=record["id"],
            at=datetime(2024, 10, 10, tzinfo=UTC),
            data=record,
        )
        for record in records
    ]
    wanted = {affected.package for _, affected in entries(records)}

    # When
    index = index_advisories(evidence, wanted=wanted)

    # Then
    kept = {advisory.id for advisories in index.by_package.values() for advisory in advisories}
    assert len(withdrawn) == WITHDRAWN
    assert kept == {record["id"] for record in records} - withdrawn
    assert Package.of("PyPI", "Trac") in index.by_package
