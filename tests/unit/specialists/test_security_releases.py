"""The security agent and releases: packages made to do harm, releases taken back or deprecated, and where to go."""

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue
from support.flaws import FOLDER, KEV, NOW, TARGET, Shelf, advisory, dependency, look, release, rows

from agents.contract import AgentReport, Coverage, CoverageState, Evidence, Finding, Severity, Target, TargetKind

PACKAGE = Target(kind=TargetKind.PACKAGE, location="pypi/lamp")
MALICIOUS, YANKED = "security.malicious_package", "security.yanked_release"
DEPRECATED, VULNERABLE = "security.deprecated_release", "security.vulnerable_dependency"


def only(report: AgentReport, kind: str) -> Finding:
    [finding] = [finding for finding in report.findings if finding.kind == kind]
    return finding


def test_a_package_made_to_do_harm_is_critical_whatever_version_is_used_and_is_to_be_removed() -> None:
    # Given a package that is harmful as a whole, used with a version and without one
    pinned, loose = dependency("lamp", "3.1"), dependency("lamp", file="dev.txt")
    record = advisory("MAL-2026-1", summary="Steals tokens")

    # When
    report = look([pinned, loose, record])

    # Then
    finding = only(report, MALICIOUS)
    assert finding.claim == "MAL-2026-1/PyPI/lamp"
    assert finding.severity is Severity.CRITICAL
    assert finding.confidence == 0.95
    assert finding.title == "lamp 3.1 was made to do harm (MAL-2026-1): Steals tokens"
    assert finding.next_action == (
        "Remove lamp 3.1: it was made to do harm; rotate every credential that it could reach"
    )
    assert finding.evidence == tuple(sorted((pinned.id, loose.id, record.id)))
    assert finding.data["files"] == ["dev.txt", "lamp.lock"]
    assert finding.data["malicious"] is True
    assert finding.since == datetime(2026, 2, 1, tzinfo=UTC)
    assert report.metrics["malicious"] == 1
    assert report.summary == "1 known flaw (1 critical, 1 made to do harm); 1 of 2 dependencies compared."


def test_a_harmful_package_without_a_version_is_named_all_the_same() -> None:
    # Given a record in which the id stands in for a summary
    record = advisory("MAL-2026-1", summary="MAL-2026-1")

    # When
    report = look([dependency("lamp"), record])

    # Then
    finding = only(report, MALICIOUS)
    assert finding.title == "lamp was made to do harm (MAL-2026-1)"
    assert finding.next_action.startswith("Remove lamp: it was made to do harm")
    assert finding.data["versions"] == []


def test_a_record_that_names_versions_holds_for_those_alone() -> None:
    # Given a good package of which one release was taken over
    record = advisory("MAL-2026-1", listed=["1.1"])

    # When
    hit = look([dependency("lamp", "1.1.0"), dependency("lamp"), record])
    missed = look([dependency("lamp", "1.0"), dependency("lamp"), record])

    # Then
    assert only(hit, MALICIOUS).data["versions"] == ["1.1.0"]
    assert [finding.kind for finding in missed.findings] == ["security.unpinned_dependency"]
    assert missed.metrics["unjudged"] == 0


@pytest.mark.parametrize(
    ("kind", "events", "everywhere"),
    [
        ("SEMVER", [{"introduced": "0"}], True),
        ("ECOSYSTEM", [{"introduced": "0"}, {"limit": "*"}], True),
        ("ECOSYSTEM", [{"introduced": "0"}, {"fixed": "2.0"}], False),
        ("ECOSYSTEM", [{"introduced": "0"}, {"last_affected": "2.0"}], False),
        ("ECOSYSTEM", [{"introduced": "1.0"}], False),
        ("GIT", [{"introduced": "0"}], False),
        ("", [], True),
    ],
)
def test_what_has_no_version_is_harmful_only_where_every_version_is(
    kind: str, events: list[JsonValue], *, everywhere: bool
) -> None:
    # Given a record of harm with one range, or with nothing at all
    named: JsonValue = {
        "ecosystem": "PyPI",
        "name": "lamp",
        "ranges": [{"type": kind, "events": events}] if kind else [],
    }

    # When
    report = look([dependency("lamp"), advisory("MAL-2026-1", affected=[named])])

    # Then
    assert report.metrics["malicious"] == everywhere


@pytest.mark.parametrize(
    "specific",
    [
        {"malicious-packages-origins": [{"source": "somebody"}]},
        {"severity": "LOW", "cwe_ids": ["CWE-79", "CWE-506"]},
    ],
)
def test_a_record_tells_of_harm_by_other_fields_as_well(specific: JsonValue) -> None:
    # When
    report = look([dependency("lamp", "1.0"), advisory("GHSA-1", database_specific=specific)])

    # Then
    assert only(report, MALICIOUS).severity is Severity.CRITICAL


def test_an_alias_tells_of_harm_as_well_and_a_word_in_a_summary_does_not() -> None:
    # When
    alias = look([dependency("lamp", "1.0"), advisory("GHSA-1", aliases=["MAL-2026-1"])])
    word = look([dependency("lamp", "1.0"), advisory("GHSA-1", summary="MAL-2026-1 malicious CWE-506")])

    # Then
    assert only(alias, MALICIOUS).data["ids"] == ["GHSA-1", "MAL-2026-1"]
    assert only(word, VULNERABLE).data["malicious"] is False


@pytest.mark.parametrize(
    ("releases", "action"),
    [
        (["1.0", "1.1", "1.2"], "; lamp 1.2 is not known to be harmful"),
        (["0.9", "1.0", "1.1"], "; lamp 1.0 is not known to be harmful"),
        (["1.1"], ""),
        ([], ""),
    ],
)
def test_where_a_clean_release_is_known_it_is_named_last(releases: list[str], action: str) -> None:
    # When
    report = look([dependency("lamp", "1.1"), advisory("MAL-2026-1", listed=["1.1"]), *map(release, releases)])

    # Then
    assert only(report, MALICIOUS).next_action == (
        f"Remove lamp 1.1: it was made to do harm; rotate every credential that it could reach{action}"
    )


def test_what_was_made_to_do_harm_stands_before_a_critical_flaw() -> None:
    # Given
    worst: dict[str, JsonValue] = {"severity": "CRITICAL"}
    evidence = [dependency("lamp", "1.0"), advisory("CVE-2026-1", database_specific=worst), advisory("MAL-2026-1")]

    # When
    report = look(evidence)

    # Then
    assert [finding.kind for finding in report.findings] == [MALICIOUS, VULNERABLE]
    assert [advice.action.partition(" ")[0] for advice in report.recommendations] == ["Remove", "No"]


def test_a_release_that_was_taken_back_is_found_with_its_reason_and_where_to_go() -> None:
    # Given
    used = dependency("Lamp", "1.0")
    taken = release("1.0.0", yanked=True, yanked_reason="Burns\n down", at=datetime(2026, 1, 1, tzinfo=UTC))
    next_one = release("1.2")

    # When
    report = look([used, taken, next_one, release("1.1", yanked=True), release("1.3rc1", prerelease=True)])

    # Then
    finding = only(report, YANKED)
    assert finding.claim == "PyPI/lamp@1.0.0"
    assert finding.severity is Severity.MEDIUM
    assert finding.title == "Lamp 1.0.0 was taken back: Burns down"
    assert finding.detail == "Its maintainers yanked this release; Burns down"
    assert finding.next_action == "Upgrade Lamp from 1.0 to 1.2 (minor, 1 release on)"
    assert finding.evidence == tuple(sorted((used.id, taken.id, next_one.id)))
    assert finding.data["upgrade"] == {"from": "1.0.0", "to": "1.2", "distance": "minor", "releases": 1}
    assert finding.data["reason"] == "Burns down"
    assert finding.data["released"] == "2026-01-01T00:00:00+00:00"
    assert [row.source for row in finding.coverage] == ["osv", "manifest", "index"]
    assert report.metrics["yanked"] == 1


def test_what_was_taken_back_is_left_for_an_earlier_release_where_there_is_no_later_one() -> None:
    # Given the later releases have a flaw, and so has one of the earlier ones
    flaw = advisory("CVE-2026-1", listed=["0.9", "1.1"])

    # When
    report = look([dependency("lamp", "1.0"), flaw, *map(release, ["0.8", "0.9", "1.1"]), release("1.0", yanked=True)])

    # Then
    finding = only(report, YANKED)
    assert finding.next_action == "Go back from lamp 1.0 to 0.8: there is no later release to go to"
    assert finding.data["go_back_to"] == "0.8"
    assert finding.data["upgrade"] is None
    assert finding.detail.endswith("no reason is given")


def test_what_was_taken_back_is_not_left_for_what_may_have_the_same_flaw() -> None:
    # Given a flaw whose fix nobody can read, so that nothing can be said of the later release
    ranges: JsonValue = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "the next one"}]}]
    named: JsonValue = {"ecosystem": "PyPI", "name": "lamp", "versions": ["1.0"], "ranges": ranges}

    # When
    report = look(
        [dependency("lamp", "1.0"), advisory("CVE-1", affected=[named]), release("1.0", yanked=True), release("1.1")]
    )

    # Then
    assert only(report, YANKED).next_action == "Replace lamp 1.0: there is no release of it to go to"
    assert only(report, VULNERABLE).data["no_fix"] == ["1.0"]


def test_a_package_of_which_everything_was_taken_back_is_to_be_replaced() -> None:
    # When
    report = look([dependency("lamp", "1.0"), release("1.0", yanked=True), release("1.1", yanked=True)])

    # Then
    assert only(report, YANKED).next_action == "Replace lamp 1.0: there is no release of it to go to"
    assert report.summary == (
        "1 dependency unchecked: nothing could be compared with an advisory; 1 release taken back."
    )


def test_a_deprecated_release_is_low_and_left_for_one_that_is_not_deprecated() -> None:
    # Given
    evidence = [
        dependency("lamp", "1.0.0", ecosystem="npm"),
        release("1.0.0", ecosystem="npm", deprecated="use 2"),
        release("1.1.0", ecosystem="npm", deprecated="use 2"),
        release("2.0.0", ecosystem="npm"),
    ]

    # When
    report, alone = look(evidence), look(evidence[:2])

    # Then
    finding = only(report, DEPRECATED)
    assert finding.severity is Severity.LOW
    assert finding.title == "lamp 1.0.0 is deprecated: use 2"
    assert finding.next_action == "Upgrade lamp from 1.0.0 to 2.0.0 (major, 1 release on)"
    assert only(alone, DEPRECATED).next_action == "Replace lamp 1.0.0: there is no release of it to go to"
    assert report.metrics["deprecated"] == 1


def test_a_release_that_was_taken_back_and_is_deprecated_is_one_finding() -> None:
    # When
    report = look([dependency("lamp", "1.0"), release("1.0", yanked=True, deprecated="old")])

    # Then
    assert [finding.kind for finding in report.findings] == [YANKED]


def test_a_release_in_use_that_is_as_it_should_be_is_no_finding() -> None:
    # When
    report = look([dependency("lamp", "1.0"), dependency("wick"), release("1.0"), release("1.1", yanked=True)])

    # Then
    assert [finding.kind for finding in report.findings] == ["security.unpinned_dependency"]


def test_an_upgrade_goes_to_a_release_that_exists_and_says_how_many_releases_on_it_is() -> None:
    # Given a fix that was taken back, a pre-release after it, and two releases between
    evidence = [
        dependency("lamp", "1.0"),
        advisory("CVE-2026-1", fixed="1.4"),
        *map(release, ["1.0", "1.2", "1.3", "1.5"]),
        release("1.4", yanked=True),
        release("1.4.1rc1", prerelease=True),
    ]

    # When
    finding = only(look(evidence), VULNERABLE)

    # Then
    assert finding.next_action == "Upgrade lamp from 1.0 to 1.5 (minor, 3 releases on)"
    assert finding.data["fixed_in"] == [{"from": "1.0", "to": "1.5", "distance": "minor", "releases": 3}]
    assert evidence[5].id in finding.evidence
    assert finding.data["no_fix"] == []


def test_without_a_way_out_it_says_since_when_and_what_became_of_the_fix() -> None:
    # Given
    flaw = advisory("CVE-2026-1", fixed="1.4")

    # When
    finding = only(look([dependency("lamp", "1.0"), flaw, release("1.0"), release("1.4", yanked=True)]), VULNERABLE)
    undated = only(look([dependency("lamp", "1.0"), advisory("CVE-2026-1", published="")]), VULNERABLE)

    # Then
    assert finding.next_action.startswith("No version is known to fix lamp 1.0")
    assert finding.data["no_fix"] == ["1.0"]
    assert finding.data["blocked"] == [{"version": "1.4", "why": "taken back"}]
    assert "no version is known to fix 1.0; it is public since 2026-02-01 (28 days)" in finding.detail
    assert "1.4 is named as a fix, but is taken back" in finding.detail
    assert "no version is known to fix 1.0" in undated.detail
    assert "public" not in undated.detail


def test_the_age_of_each_flaw_is_told_and_counted_by_severity() -> None:
    # Given
    high: dict[str, JsonValue] = {"severity": "HIGH"}
    evidence = [
        dependency("lamp", "1.0"),
        advisory("CVE-2026-1", published="2026-02-26T00:00:00Z", database_specific=high),
        advisory("CVE-2026-2", published="2024-01-01T00:00:00Z"),
        advisory("CVE-2026-3", published=""),
    ]

    # When
    report = look(evidence)

    # Then
    told = {finding.claim[:10]: (finding.data["published"], finding.data["age_days"]) for finding in report.findings}
    assert told == {
        "CVE-2026-1": ("2026-02-26T00:00:00+00:00", 3),
        "CVE-2026-2": ("2024-01-01T00:00:00+00:00", 790),
        "CVE-2026-3": (None, None),
    }
    ages = report.metrics["by_age"]
    assert isinstance(ages, dict)
    assert list(ages) == ["<7", "<30", "<90", "<365", "older", "unknown"]
    assert ages["<7"] == {"critical": 0, "high": 1, "medium": 0, "low": 0, "info": 0}
    assert [ages[age]["medium"] for age in ages] == [0, 0, 0, 0, 1, 1]  # type: ignore[call-overload,index]


def asked(state: CoverageState) -> Coverage:
    return Coverage(source="osv", subject=PACKAGE.id, state=state, as_of=NOW)


def newest(version: str = "2.0") -> Evidence:
    return dependency("lamp", version, target=PACKAGE, file="package index")


def test_a_package_that_is_watched_itself_is_compared_in_its_newest_version() -> None:
    # Given what the service knows of the package, and what the index lists, both of the target itself
    known = [
        advisory("CVE-2026-1", fixed="1.4", target=PACKAGE.id),
        advisory("CVE-2026-2", target=PACKAGE.id),
    ]
    listed = [release(version, target=PACKAGE.id) for version in ("1.4", "2.0")]

    # When
    report = look(
        [newest(), *known, *listed], sources=[PACKAGE.id], target=PACKAGE, said=[asked(CoverageState.COMPLETE)]
    )

    # Then only the flaw that is open is found
    assert [finding.claim for finding in report.findings] == ["CVE-2026-2/PyPI/lamp"]
    assert report.findings[0].target == PACKAGE.id
    assert [(row.subject, row.state) for row in rows(report, "osv")] == [(PACKAGE.id, CoverageState.COMPLETE)]
    assert [(row.subject, row.items) for row in rows(report, "index")] == [(PACKAGE.id, 2)]
    assert report.confidence == 1.0


def test_a_service_names_no_flaws_of_later_versions_and_that_is_said_of_the_way_out() -> None:
    # Given the same flaw from the service, which was asked about the version in use, and from a whole database
    used = dependency("lamp", "1.0")
    asked_for = advisory("CVE-2026-1", fixed="1.4", target=TARGET.id)

    # When
    [service] = look([used, asked_for], sources=[TARGET.id]).findings
    [database] = look([used, asked_for, advisory("CVE-2026-9", "wick")], sources=[TARGET.id, FOLDER]).findings
    [stuck] = look([used, advisory("CVE-2026-1", target=TARGET.id)], sources=[TARGET.id]).findings

    # Then
    unasked = "flaws of later versions were not asked for: look again once it is upgraded"
    assert [unasked in finding.detail for finding in (service, database, stuck)] == [True, False, False]
    assert [finding.data["later_flaws_known"] for finding in (service, database)] == [False, True]


def test_a_service_that_knows_nothing_of_what_is_used_has_answered() -> None:
    # When
    report = look([newest()], sources=[PACKAGE.id], target=PACKAGE, said=[asked(CoverageState.ZERO)])

    # Then
    assert report.summary == "No known flaw; 1 of 1 dependency compared."
    assert report.confidence == 1.0


@pytest.mark.parametrize("state", [CoverageState.FAILED, CoverageState.NOT_COLLECTED])
def test_a_service_that_could_not_be_asked_has_not(state: CoverageState) -> None:
    # When
    report = look([newest()], sources=[PACKAGE.id], target=PACKAGE, said=[asked(state)])

    # Then
    assert report.summary == "1 dependency unchecked: nothing could be compared with an advisory."
    assert report.confidence == 0
    assert [row.state for row in rows(report, "osv")] == [state]


def test_what_the_target_itself_holds_is_read_though_no_source_is_named() -> None:
    # When
    report = look([newest(), advisory("CVE-2026-1", target=PACKAGE.id)], sources=[], target=PACKAGE)

    # Then
    assert [finding.claim for finding in report.findings] == ["CVE-2026-1/PyPI/lamp"]
    assert [row.subject for row in rows(report, "osv")] == [PACKAGE.id]


def test_a_package_whose_newest_version_nobody_knows_is_unchecked_and_not_told_to_be_pinned() -> None:
    # When
    lack = Coverage(source="index", subject=PACKAGE.id, state=CoverageState.NOT_COLLECTED, detail="no index")
    report = look([newest(""), advisory("CVE-2026-1", target=PACKAGE.id)], target=PACKAGE, said=[lack])

    # Then
    assert report.findings == ()
    assert "unchecked" in report.summary
    assert [(row.state, row.detail) for row in rows(report, "index")] == [(CoverageState.NOT_COLLECTED, "no index")]


def test_what_a_repository_on_github_publishes_is_counted_as_its_own_source() -> None:
    # Given
    repository = "github:shop/lamp"

    # When
    report = look(
        [dependency("lamp", "1.0"), advisory("GHSA-1", target=repository, source="github")], sources=[repository]
    )

    # Then
    assert [(row.source, row.subject) for row in report.coverage][:1] == [("github:advisories", repository)]
    assert len(report.findings) == 1


def test_where_nobody_lists_releases_none_are_asked_for() -> None:
    # Given
    shelf = Shelf([dependency("lamp", "1.0"), advisory("CVE-2026-1", fixed="1.4")])

    # When
    report = look(shelf, sources=[FOLDER, KEV])

    # Then
    assert "version" not in shelf.read_kinds
    assert rows(report, "index") == []
    assert TARGET.id in {finding.target for finding in report.findings}
