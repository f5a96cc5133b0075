"""The security agent on evidence of our own: what it finds, what it admits, and what it says to do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event

import pytest
from pydantic import JsonValue

from agents.analysis.advisories.lookup import subjects_of
from agents.analysis.advisories.record import read_heading
from agents.contract import (
    AgentReport,
    Coverage,
    CoverageState,
    Evidence,
    Severity,
    Target,
    TargetKind,
    Work,
)
from agents.errors import BadEvidenceError, StoppedError
from agents.specialists.security import SecurityAgent

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EARLIER = datetime(2026, 2, 1, tzinfo=UTC)
TARGET = Target(kind=TargetKind.GIT, location="/srv/lamp")
FOLDER = "advisories:/srv/osv"
HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


class Shelf:
    """Evidence in a list, read as the store reads it."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._evidence = evidence

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        for item in self._evidence:
            subject = not about or not set(about).isdisjoint(item.about)
            if (not targets or item.target in targets) and (not kinds or item.kind in kinds) and subject:
                yield item

    def count(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Mapping[str, int]:
        return Counter(item.target for item in self.read(targets=targets, kinds=kinds, about=about))


def dependency(name: str, version: str = "", **more: JsonValue) -> Evidence:
    data: dict[str, JsonValue] = {"ecosystem": "PyPI", "name": name, "version": version, "pinned": bool(version)}
    data |= {"file": "requirements.txt", **more}
    return Evidence(
        target=TARGET.id,
        source="manifest",
        kind="dependency",
        key=f"{data['ecosystem']}/{name}@{version}#{data['file']}",
        data=data,
    )


def advisory(name: str, package: str, *, fixed: str = "", folder: str = FOLDER, **more: JsonValue) -> Evidence:
    events: list[JsonValue] = [{"introduced": "0"}]
    if fixed:
        events.append({"fixed": fixed})
    affected: dict[str, JsonValue] = {
        "ecosystem": "PyPI",
        "name": package,
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    data: dict[str, JsonValue] = {"id": name, "affected": [affected], "published": "2025-05-05T00:00:00Z", **more}
    return filed(Evidence(target=folder, source="osv", kind="advisory", key=name, data=data))


def filed(evidence: Evidence) -> Evidence:
    """Return an advisory as its collector hands it in, filed under what it is about."""
    return evidence.model_copy(update={"about": subjects_of(read_heading(evidence))})


def run(
    evidence: Sequence[Evidence],
    *,
    sources: tuple[str, ...] = (FOLDER,),
    said: Sequence[Coverage] = (),
    missing: tuple[Coverage, ...] = (),
) -> AgentReport:
    return SecurityAgent().run(work(evidence, sources=sources, said=said, missing=missing))


def work(
    evidence: Sequence[Evidence],
    *,
    sources: tuple[str, ...] = (FOLDER,),
    said: Sequence[Coverage] = (),
    missing: tuple[Coverage, ...] = (),
    target: Target | None = TARGET,
    stop: Event | None = None,
) -> Work:
    return Work(
        run_id="r-1",
        step="security:lamp",
        trigger_kind="manual",
        capability="analyse:exposure",
        target=target,
        sources=sources,
        now=NOW,
        reports=(AgentReport(agent="data_manager", coverage=tuple(said)),) if said else (),
        missing=missing,
        evidence=Shelf(evidence),
        stop=stop or Event(),
    )


def row(report: AgentReport, source: str) -> Coverage:
    [found] = [entry for entry in report.coverage if entry.source == source]
    return found


def test_a_known_flaw_becomes_a_finding_with_all_that_a_person_needs() -> None:
    # Given
    used = dependency("Lamp", "1.0")
    known = advisory(
        "GHSA-1",
        "lamp",
        fixed="1.4",
        aliases=["CVE-1"],
        summary="It burns\nbadly",
        severity=[{"type": "CVSS_V3", "score": HIGH}],
        references=["https://example.org/b", "https://example.org/a"],
    )

    # When
    report = run([used, known])

    # Then
    [finding] = report.findings
    assert finding.kind == "security.vulnerable_dependency"
    assert finding.claim == "CVE-1/PyPI/lamp"
    assert finding.severity is Severity.HIGH
    assert finding.confidence == 0.95
    assert finding.title == "Lamp 1.0 has CVE-1: It burns"
    assert finding.since == datetime(2025, 5, 5, tzinfo=UTC)
    assert finding.evidence == tuple(sorted((used.id, known.id)))
    assert finding.next_action == "Upgrade Lamp from 1.0 to 1.4 (minor)"
    assert finding.detail == "GHSA-1: version 1.0 is in the range introduced 0, fixed 1.4"
    assert {entry.source: entry.state for entry in finding.coverage} == {
        "osv": CoverageState.COMPLETE,
        "manifest": CoverageState.COMPLETE,
        "kev": CoverageState.NOT_COLLECTED,
    }
    assert finding.data["ids"] == ["CVE-1", "GHSA-1"]
    assert finding.data["versions"] == ["1.0"]
    assert finding.data["files"] == ["requirements.txt"]
    assert finding.data["fixed_in"] == [{"from": "1.0", "to": "1.4", "distance": "minor"}]
    assert (finding.data["score"], finding.data["severity_source"]) == (7.5, "CVSS_V3")
    assert finding.data["references"] == ["https://example.org/a", "https://example.org/b"]
    assert report.summary == "1 known flaw (1 high); 1 of 1 dependency compared."
    assert report.confidence == 1.0


def test_findings_and_recommendations_come_worst_first_and_one_action_is_said_once() -> None:
    # Given
    evidence = [
        dependency("lamp", "1.0"),
        dependency("candle", "1.0"),
        advisory("CVE-1", "lamp", fixed="1.4", severity=[{"type": "CVSS_V3", "score": HIGH}]),
        advisory("CVE-2", "candle", fixed="1.0.1", database_specific={"severity": "LOW"}),
        advisory("CVE-3", "lamp", fixed="1.2", severity=[{"type": "CVSS_V3", "score": CRITICAL}]),
    ]

    # When
    report = run(evidence)

    # Then
    assert [finding.claim for finding in report.findings] == ["CVE-3/PyPI/lamp", "CVE-1/PyPI/lamp", "CVE-2/PyPI/candle"]
    assert [(advice.action, advice.severity) for advice in report.recommendations] == [
        ("Upgrade lamp from 1.0 to 1.4 (minor)", Severity.CRITICAL),
        ("Upgrade candle from 1.0 to 1.0.1 (patch)", Severity.LOW),
    ]
    assert report.recommendations[0].why == "lamp 1.0 has CVE-3 (and 1 more)"
    assert report.recommendations[0].finding == report.findings[0].id
    assert report.metrics["by_severity"] == {"critical": 1, "high": 1, "medium": 0, "low": 1, "info": 0}
    assert report.metrics["vulnerable"] == 2


def test_without_a_fix_it_says_that_none_is_known() -> None:
    # When
    none = run([dependency("lamp", "1.0"), advisory("CVE-1", "lamp")])
    some = run([dependency("lamp", "1.0"), dependency("lamp", "2.0"), _two_branches()])

    # Then
    assert none.findings[0].next_action == (
        "No version is known to fix lamp 1.0: replace it, or take away what exposes it"
    )
    assert some.findings[0].next_action == (
        "Upgrade lamp from 1.0 to 1.5 (minor); "
        "no version is known to fix lamp 2.0: replace it, or take away what exposes it"
    )


def _two_branches() -> Evidence:
    events: list[JsonValue] = [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}]
    entry: dict[str, JsonValue] = {
        "ecosystem": "PyPI",
        "name": "lamp",
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return advisory("CVE-1", "lamp", affected=[entry])


def test_a_malicious_package_is_critical_and_to_be_removed() -> None:
    # When
    report = run([dependency("lamp", "1.0"), advisory("MAL-2025-1", "lamp", fixed="2.0")])

    # Then
    assert report.findings[0].severity is Severity.CRITICAL
    assert report.findings[0].next_action.startswith("Remove lamp 1.0: it was made to do harm")


def test_disagreement_a_guessed_severity_and_a_mended_record_each_lower_the_confidence() -> None:
    # Given
    evidence = [
        dependency("lamp", "1.0"),
        advisory("GHSA-1", "lamp", fixed="1.2", aliases=["CVE-1"], dirt=["a date"]),
        advisory("PYSEC-1", "lamp", fixed="1.3", aliases=["CVE-1"]),
    ]

    # When
    [finding] = run(evidence).findings

    # Then
    assert finding.confidence == round(0.95 * 0.8 * 0.9 * 0.9, 4)
    assert finding.data["disagreement"] == [
        {"id": "GHSA-1", "version": "1.0", "outcome": "affected", "fixed": "1.2"},
        {"id": "PYSEC-1", "version": "1.0", "outcome": "affected", "fixed": "1.3"},
    ]
    assert finding.data["confidence_reasons"] == [
        "the databases disagree; the cautious answer is given",
        "no severity in any record: medium is assumed",
        "a record had to be mended to be read",
    ]
    assert finding.detail.count("medium is assumed") == 1
    assert finding.severity is Severity.MEDIUM
    assert finding.next_action == "Upgrade lamp from 1.0 to 1.3 (minor)"


def test_what_is_not_pinned_is_one_finding_a_file_and_is_not_compared() -> None:
    # Given
    evidence = [
        dependency("lamp"),
        dependency("candle"),
        dependency("torch", "1.0"),
        dependency("match", file="dev.txt"),
        dependency("wick", file=""),
        dependency("spark", "1.0", file="lock.txt"),
        advisory("CVE-1", "lamp"),
    ]

    # When
    report = run(evidence)

    # Then
    assert [(finding.kind, finding.claim, finding.severity) for finding in report.findings] == [
        ("security.unpinned_dependency", "", Severity.INFO),
        ("security.unpinned_dependency", "dev.txt", Severity.INFO),
        ("security.unpinned_dependency", "requirements.txt", Severity.INFO),
    ]
    assert report.findings[2].title == "2 of 3 packages in requirements.txt have no pinned version"
    assert report.findings[2].data["names"] == ["candle", "lamp"]
    assert "a manifest" in report.findings[0].next_action
    assert report.metrics["unpinned"] == 4
    assert report.metrics["checked"] == 2
    assert report.summary == "No known flaw; 2 of 6 dependencies compared."
    assert report.confidence == round((1 + 2 / 6) / 2, 4)


def test_without_a_folder_of_advisories_nothing_was_checked_and_it_says_so() -> None:
    # When
    report = run([dependency("lamp", "1.0"), advisory("CVE-1", "lamp")], sources=())

    # Then
    assert report.findings == ()
    assert report.confidence == 0
    assert report.summary == "1 dependency unchecked: nothing could be compared with an advisory."
    assert report.metrics["checked"] == 0
    advisories = row(report, "osv")
    assert (advisories.state, advisories.subject, advisories.as_of) == (CoverageState.NOT_COLLECTED, TARGET.id, None)
    assert "`advisories: FOLDER`" in advisories.detail
    assert "advisories not collected for git:/srv/lamp" in report.reasons


def test_an_empty_folder_is_zero_and_still_checks_nothing() -> None:
    # Given
    looked = Coverage(source="osv", subject=FOLDER, state=CoverageState.ZERO, as_of=EARLIER)

    # When
    report = run([dependency("lamp", "1.0")], said=[looked])

    # Then
    assert (row(report, "osv").state, row(report, "osv").as_of) == (CoverageState.ZERO, EARLIER)
    assert "unchecked" in report.summary
    assert report.confidence == 0.1


def test_a_target_without_dependencies_has_nothing_to_check() -> None:
    # Given
    looked = Coverage(source="manifest", subject=TARGET.id, state=CoverageState.ZERO, as_of=EARLIER)

    # When
    report = run([advisory("CVE-1", "lamp")], said=[looked])

    # Then
    assert row(report, "manifest").state is CoverageState.ZERO
    assert row(report, "osv").items == 1
    assert report.summary == "No manifest or lock file names a dependency, so there was nothing to check."
    assert report.confidence == 1


def test_what_nobody_looked_at_is_not_collected_or_as_old_as_what_is_stored() -> None:
    # When
    nothing = run([])
    stored = run([dependency("lamp", "1.0"), advisory("CVE-1", "lamp", fixed="0.5")])

    # Then
    assert {entry.state for entry in nothing.coverage} == {CoverageState.NOT_COLLECTED}
    assert nothing.summary == "No dependencies were collected, so nothing was checked."
    assert nothing.confidence == 0
    assert {(entry.state, entry.as_of) for entry in stored.coverage} == {(CoverageState.COMPLETE, None)}
    assert {entry.detail for entry in stored.coverage} == {"nobody looked in this run: as an earlier one left it"}


def test_a_failed_step_for_the_history_does_not_speak_for_the_dependencies() -> None:
    # Given
    gone = Coverage(source="data_manager", subject=TARGET.id, state=CoverageState.FAILED)
    looked = Coverage(source="manifest", subject=TARGET.id, state=CoverageState.COMPLETE, as_of=EARLIER)

    # When
    report = run([dependency("lamp", "1.0")], said=[looked], missing=(gone,))

    # Then
    assert (row(report, "manifest").state, row(report, "manifest").as_of) == (CoverageState.COMPLETE, EARLIER)


def test_packages_of_an_ecosystem_without_advisories_are_not_called_checked() -> None:
    # Given
    evidence = [
        dependency("lamp", "1.0"),
        dependency("candle", "1.0.0", ecosystem="npm"),
        dependency("torch", "1.0", ecosystem="Cobol"),
        dependency("spark", "trunk"),
        advisory("CVE-1", "lamp", fixed="0.5"),
    ]

    # When
    report = run(evidence)

    # Then
    assert report.metrics["checked"] == 1
    assert report.metrics["unreadable_versions"] == 1
    assert report.metrics["unknown_ecosystem"] == 1
    assert "none of the advisories is about npm" in report.reasons
    assert report.summary == "No known flaw; 1 of 4 dependencies compared."


@pytest.mark.parametrize(
    ("said", "items", "state"),
    [
        (CoverageState.COMPLETE, 1, CoverageState.COMPLETE),
        (CoverageState.COMPLETE, 0, CoverageState.ZERO),
        (CoverageState.ZERO, 1, CoverageState.COMPLETE),
        (CoverageState.ZERO, 0, CoverageState.ZERO),
        (CoverageState.PARTIAL, 1, CoverageState.PARTIAL),
        (CoverageState.FAILED, 1, CoverageState.PARTIAL),
        (CoverageState.FAILED, 0, CoverageState.FAILED),
        (CoverageState.NOT_COLLECTED, 0, CoverageState.NOT_COLLECTED),
    ],
)
def test_what_the_collector_said_of_a_folder_is_held_against_what_is_there(
    said: CoverageState, items: int, state: CoverageState
) -> None:
    # Given
    collected = Coverage(source="osv", subject=FOLDER, state=said, as_of=EARLIER, detail="as I saw it")
    other = Coverage(source="git", subject=FOLDER, state=CoverageState.FAILED)
    known = [advisory("CVE-1", "lamp", fixed="0.5")][:items]

    # When
    report = run([dependency("lamp", "1.0"), *known], said=[collected, other])

    # Then
    found = row(report, "osv")
    assert (found.state, found.items, found.as_of) == (state, items, EARLIER)
    assert "as I saw it" in found.detail


def test_a_step_that_gave_nothing_makes_older_evidence_partial_and_a_first_look_failed() -> None:
    # Given
    gone = (
        Coverage(source="data_manager", subject=FOLDER, state=CoverageState.FAILED),
        Coverage(source="data_manager", subject=TARGET.id, state=CoverageState.FAILED, detail="timed out"),
    )

    # When
    older = run([dependency("lamp", "1.0"), advisory("CVE-1", "lamp", fixed="0.5")], missing=gone)
    first = run([], missing=gone)

    # Then
    assert row(older, "manifest").state is CoverageState.PARTIAL
    assert row(older, "manifest").detail == "failed this time (timed out): the 1 items are from an earlier look"
    assert row(older, "osv").detail == "failed this time: the 1 items are from an earlier look"
    assert older.confidence == 0.25
    assert {entry.state for entry in first.coverage} == {CoverageState.FAILED}
    assert first.confidence == 0


def test_evidence_of_the_wrong_shape_is_left_out_and_said() -> None:
    # Given
    nameless = dependency("", "1.0")

    # When
    report = run([dependency("lamp", "1.0"), nameless, advisory("CVE-1", "lamp", fixed="0.5")])

    # Then
    assert row(report, "manifest").state is CoverageState.PARTIAL
    assert row(report, "manifest").detail.endswith(f"; 1 items name no package and were left out: {nameless.key}")
    assert report.metrics["advisories"] == 1


def test_advisories_that_cannot_be_judged_are_named_in_the_coverage() -> None:
    # Given
    commits: dict[str, JsonValue] = {"ecosystem": "PyPI", "name": "lamp", "ranges": [{"type": "GIT", "events": []}]}
    evidence = [advisory(f"CVE-{number}", "lamp", affected=[commits]) for number in range(1, 8)]

    # When
    report = run([dependency("lamp", "1.0"), *evidence])

    # Then
    found = row(report, "manifest")
    assert found.state is CoverageState.PARTIAL
    assert "7 advisories could not be judged: CVE-1 for lamp 1.0 (only GIT ranges" in found.detail
    assert found.detail.endswith(" and 2 more")
    assert report.metrics["unjudged"] == 7


def test_the_same_evidence_in_another_order_gives_the_same_report() -> None:
    # Given
    evidence = [
        dependency("lamp", "1.0"),
        dependency("lamp", "1.1", file="b.txt"),
        dependency("candle", "1.0"),
        advisory("CVE-1", "lamp", fixed="1.4"),
        advisory("GHSA-1", "lamp", fixed="1.5", aliases=["CVE-1"], folder="advisories:/srv/other"),
        advisory("CVE-2", "candle"),
    ]
    sources = (FOLDER, "advisories:/srv/other")

    # When
    one, other = run(evidence, sources=sources), run(evidence[::-1], sources=sources[::-1])

    # Then
    assert one == other
    assert len(one.findings) == 2


def test_a_flaw_that_is_found_only_by_its_listing_is_reported_though_nothing_was_comparable() -> None:
    # Given
    listed: dict[str, JsonValue] = {"ecosystem": "PyPI", "name": "lamp", "versions": ["trunk"]}

    # When
    report = run([dependency("lamp", "trunk"), advisory("CVE-1", "lamp", affected=[listed])])

    # Then
    assert report.summary == "1 known flaw (1 medium); 0 of 1 dependency compared."
    assert report.findings[0].since == datetime(2025, 5, 5, tzinfo=UTC)


def test_it_stops_when_it_is_told_to() -> None:
    # Given
    stop = Event()
    stop.set()

    # When / Then
    with pytest.raises(StoppedError, match="security:lamp"):
        SecurityAgent().run(work([dependency("lamp", "1.0")], stop=stop))


def test_a_step_without_a_target_is_refused_with_its_name() -> None:
    # When / Then
    with pytest.raises(BadEvidenceError, match="'security:lamp': target is missing"):
        SecurityAgent().run(work([], target=None))


def test_its_spec_says_what_it_can_do_and_needs() -> None:
    # Then
    spec = SecurityAgent.spec
    assert spec.capabilities == {"analyse:exposure", "analyse:landscape"}
    assert spec.reads == {"dependency", "advisory", "exploited", "version"}
    assert spec.target_kinds == {TargetKind.GIT, TargetKind.PACKAGE, TargetKind.SBOM}
