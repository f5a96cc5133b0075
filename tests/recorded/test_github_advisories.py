"""Recorded and known advisories of GitHub become the records that OSV has of them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from agents.analysis.advisories.matching import Outcome, judge
from agents.analysis.advisories.record import read_advisory
from agents.contract import Evidence, Target, TargetKind
from agents.sources.github.advisory import advisory_evidence, is_public, osv_record
from agents.sources.look import Look
from agents.sources.osv.record import advisory
from orchestrator.recordings.exchange import read_exchanges

LOOK = Look(target=Target(kind=TargetKind.GITHUB, location="o/r"), now=datetime(2026, 11, 22, tzinfo=UTC), stop=Event())
ANSWERS = Path("security", "ghsa_graphql_to_osv")
NAMES = (
    "equals_with_patch",
    "less_than_equals_with_patch",
    "multiple_ranges_in_package",
    "npm_greater_than",
    "withdrawn",
)


def as_rest(told: dict[str, Any]) -> dict[str, Any]:
    """Return an advisory of GitHub's GraphQL interface as its REST interface would have it."""
    return {
        "ghsa_id": told["ghsaId"],
        "identifiers": told["identifiers"],
        "references": [one["url"] for one in told["references"]],
        "description": told["description"],
        "summary": told["summary"],
        "severity": told["severity"].lower(),
        "cvss": {"vector_string": told["cvss"]["vectorString"]},
        "cwes": [{"cwe_id": one["cweId"]} for one in told["cwes"]["nodes"]],
        "published_at": told["publishedAt"],
        "updated_at": told["updatedAt"],
        "withdrawn_at": told["withdrawnAt"],
        "vulnerabilities": [
            {
                "package": one["package"],
                "vulnerable_version_range": one["vulnerableVersionRange"],
                "first_patched_version": one["firstPatchedVersion"]["identifier"],
            }
            for one in told["vulnerabilities"]["nodes"]
        ],
    }


def events(affected: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Return the events of all ranges, but for the beginning that a further range repeats."""
    told = [event for one in affected["ranges"] for event in one["events"]]
    return Counter({pair for event in told for pair in event.items()})


@pytest.mark.parametrize("name", NAMES)
def test_a_known_advisory_becomes_the_known_record(recordings: Path, name: str) -> None:
    told = json.loads((recordings / ANSWERS / f"{name}.json").read_text())
    known = json.loads((recordings / ANSWERS / f"{name}.osv.json").read_text())
    # When GitHub's form is read
    record, dirt = osv_record(as_rest(told))
    # Then it is the record that is known
    same = ("id", "aliases", "summary", "details", "published", "modified", "withdrawn")
    assert {key: record.get(key) for key in same} == {key: known.get(key) for key in same}
    assert [one["url"] for one in record["references"]] == [one["url"] for one in known["references"]]
    assert [one["package"] for one in record["affected"]] == [one["package"] for one in known["affected"]]
    for ours, theirs in zip(record["affected"], known["affected"], strict=True):
        assert events(ours) == events(theirs)
        assert {one["type"] for one in ours["ranges"]} == {one["type"] for one in theirs["ranges"]}
        assert ours["versions"] == theirs["versions"]
    assert dirt == []
    # And the evidence of both says the same of every version that either names
    assert verdicts(evidence(as_rest(told)), known) == verdicts(known_evidence(known), known)


def evidence(item: dict[str, Any]) -> Evidence:
    """Return an advisory as evidence."""
    return advisory_evidence(item, LOOK)


def known_evidence(record: dict[str, Any]) -> Evidence:
    """Return a record as evidence."""
    one = advisory(record)
    return Evidence(target="x", source="osv", kind="advisory", key=one.id, data=one.data)


def verdicts(found: Evidence, known: dict[str, Any]) -> dict[str, Outcome]:
    """Return what an advisory says of each version that a known record names."""
    read = read_advisory(found)
    assert read is not None
    told = json.dumps([one["ranges"] for one in known["affected"]])
    versions = {"1.0.0", "9.9.9", *re.findall(r'"(\d[^"]*)"', told)}
    return {version: judge(read.affected, version).outcome for version in versions}


def recorded(recordings: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each recorded advisory with where it is from."""
    for one in read_exchanges(recordings / "github_api" / "recordings"):
        match = re.search(r"/(security-advisories|advisories)(\?|$)", one.request.url)
        if match:
            yield from ((match[1], item) for item in json.loads(one.body))


def test_every_recorded_advisory_is_read_as_far_as_it_goes(recordings: Path) -> None:
    # When all are read
    seen: Counter[str] = Counter()
    for place, item in recorded(recordings):
        if not is_public(item):
            seen[f"{place}: {item['state']}"] += 1
            continue
        found = evidence(item)
        # Then each has its names, its page and its time
        assert found.key == item["ghsa_id"]
        assert found.url == item["html_url"]
        assert found.at is not None
        assert found.data["aliases"] == ([item["cve_id"]] if item["cve_id"] else [])
        assert bool(found.data["severity"]) == bool(item["cvss"]["vector_string"])
        assert bool(found.about) == (item["withdrawn_at"] is None)
        seen[f"{place}: {'with dirt' if found.data['dirt'] else 'clean'}"] += 1
    # And what is not published is left out
    assert seen == {
        "advisories: clean": 6,
        "security-advisories: clean": 8,
        "security-advisories: with dirt": 6,  # "All" of no ecosystem, "12.0.0 < 13.0.0", and the like
        "security-advisories: closed": 2,
        "security-advisories: draft": 1,
    }
