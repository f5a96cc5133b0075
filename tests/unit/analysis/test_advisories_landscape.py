"""An ecosystem's landscape: figures over flaws, not over records, and None where something cannot be told."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from support.flaws import FOLDER, KEV, NOW, Shelf, advisory, dependency, exploited, look, release, rows

from agents.analysis.advisories.ages import age_days, age_of
from agents.analysis.advisories.landscape import Flaw, landscape, per_month
from agents.analysis.advisories.surveyed import flaws_of
from agents.contract import AgentReport, Coverage, CoverageState, Evidence

DAY = timedelta(days=1)
WHOLE_LIST = Coverage(source="kev", subject=KEV, state=CoverageState.COMPLETE)


def survey(evidence: list[Evidence], said: list[Coverage] | None = None) -> AgentReport:
    return look(evidence, said=said or [], capability="analyse:landscape")


def drawn(report: AgentReport, ecosystem: str) -> dict[str, JsonValue]:
    told = report.metrics["landscape"]
    assert isinstance(told, dict)
    figures = told[ecosystem]
    assert isinstance(figures, dict)
    return figures


def test_the_landscape_counts_flaws_over_all_advisories_of_the_ecosystems_in_use() -> None:
    # Given a target that uses one package of PyPI, and advisories about others and about another ecosystem
    evidence = [
        dependency("lamp", "1.0"),
        advisory("CVE-2026-1", "wick", fixed="1.4"),
        advisory("GHSA-1", "wick", aliases=["CVE-2026-1"]),
        advisory("PYSEC-2", "torch", published="2025-11-30T00:00:00Z", fixed="2"),
        advisory("MAL-3", "glue", published="2020-01-01T00:00:00Z"),
        advisory("PYSEC-4", "oil", published=""),
        advisory("PYSEC-5", "oil", withdrawn="2026-01-01T00:00:00Z"),
        advisory("GHSA-6", "candle", ecosystem="npm"),
        exploited("CVE-2026-1"),
    ]

    # When
    report = survey(evidence, [WHOLE_LIST])

    # Then
    assert report.metrics["landscape_of"] == "all advisories at hand"
    assert list(report.metrics["landscape"]) == ["pypi"]  # type: ignore[arg-type]
    figures = drawn(report, "pypi")
    months = figures.pop("per_month")
    assert figures == {
        "flaws": 4,
        "last_year": 2,
        "undated": 1,
        "with_cve": 1,
        "exploited": 1,
        "exploited_share": 0.25,
        "malicious": 1,
        "malicious_share": 0.25,
        "fix_known": 2,
        "median_days_to_fix": None,
        "fixes_dated": 0,
    }
    assert isinstance(months, dict)
    assert list(months)[0::11] == ["2025-04", "2026-03"]
    assert {month: count for month, count in months.items() if count} == {"2025-11": 1, "2026-02": 1}
    assert report.findings == ()
    assert report.summary == (
        "pypi: 4 flaws, 2 published within a year, 25.0% exploited, 25.0% made to do harm, "
        "how fast they are mended is not known."
    )
    assert [row.subject for row in rows(report, "osv")] == [FOLDER]
    assert report.confidence == 1.0


def test_without_a_list_how_many_are_exploited_is_not_known() -> None:
    # When
    report = survey([dependency("lamp", "1.0"), advisory("CVE-2026-1", "wick")])

    # Then
    assert drawn(report, "pypi")["exploited"] is None
    assert drawn(report, "pypi")["exploited_share"] is None
    assert "how many are exploited is not known" in report.summary
    assert "it is not known whether any of the flaws is exploited" in report.reasons


def test_without_advisories_or_dependencies_there_is_nothing_to_draw() -> None:
    # When
    report = survey([advisory("CVE-2026-1")])

    # Then
    assert report.metrics["landscape"] == {}
    assert report.summary.startswith("Nothing is known of the ecosystems")
    assert report.confidence == 0


def test_a_look_at_exposure_draws_the_packages_in_use_and_how_fast_they_were_mended() -> None:
    # Given two flaws of a package whose releases are known, mended 10 days after and before they were published
    published = datetime(2026, 2, 1, tzinfo=UTC)
    evidence = [
        dependency("lamp", "2.0"),
        advisory("CVE-2026-1", fixed="1.4"),
        advisory("CVE-2026-2", fixed="1.5"),
        advisory("CVE-2026-3", "wick", fixed="1.5"),
        release("1.4.0", at=published + 10 * DAY),
        release("1.5", at=published - 10 * DAY),
        release("2.0"),
        exploited("CVE-2026-2"),
    ]

    # When
    report = look(evidence)

    # Then
    figures = drawn(report, "pypi")
    assert report.metrics["landscape_of"] == "packages in use"
    assert (figures["flaws"], figures["median_days_to_fix"], figures["fixes_dated"]) == (2, 5.0, 2)
    assert figures["exploited"] == 1


def test_a_look_at_exposure_never_reads_the_other_packages_of_an_ecosystem() -> None:
    # Given
    shelf = Shelf([dependency("lamp", "1.0"), *(advisory(f"CVE-2026-{number}", "wick") for number in range(50))])

    # When
    report = look(shelf)

    # Then
    assert report.metrics["landscape"] == {}
    assert report.metrics["advisories"] == 50


def test_what_is_said_to_come_is_not_of_the_last_year() -> None:
    # Given flaws of a day ago, of a year ago, and of a day that is still to come
    moments = (NOW - DAY, NOW - 365 * DAY, NOW + DAY)
    flaws = [Flaw("pypi", (f"CVE-{number}",), published=moment) for number, moment in enumerate(moments)]

    # When / Then
    assert landscape(flaws, exploits={}, listed=True, now=NOW)["pypi"]["last_year"] == 1


def test_withdrawn_records_and_other_ecosystems_are_left_out_of_what_is_read() -> None:
    # Given a record about packages of two ecosystems, and a withdrawn one
    both = advisory("GHSA-1", aliases=["CVE-1"], affected=[_named("PyPI"), _named("npm")])
    withdrawn = advisory("CVE-1", withdrawn="2026-01-01T00:00:00Z")

    # When
    flaws = list(flaws_of([both, withdrawn], ecosystems={"npm"}))

    # Then
    assert [(flaw.ecosystem, flaw.ids) for flaw in flaws] == [("npm", ("CVE-1", "GHSA-1"))]


def _named(ecosystem: str) -> JsonValue:
    return {"ecosystem": ecosystem, "name": "lamp", "versions": ["1.0"]}


def test_a_flaw_of_two_packages_is_one_and_the_earlier_times_stand() -> None:
    # Given
    one = Flaw("pypi", ("CVE-1",), published=NOW - 9 * DAY, mended=NOW - DAY, fixed=True)
    other = Flaw("pypi", ("CVE-1",), published=NOW - 5 * DAY, malicious=True)

    # When
    figures = landscape([one, other], exploits={}, listed=True, now=NOW)["pypi"]

    # Then
    assert (figures["flaws"], figures["malicious"], figures["fix_known"]) == (1, 1, 1)
    assert figures["median_days_to_fix"] == 8.0
    assert landscape([other, one], exploits={}, listed=True, now=NOW)["pypi"] == figures


def test_how_fast_flaws_are_mended_is_told_of_the_packages_whose_releases_are_known() -> None:
    # Given a flaw of a package in use, mended 12 days after it was published, and one of another package
    late = release("1.4", at=datetime(2026, 2, 13, tzinfo=UTC))
    flaws = [advisory("CVE-2026-1", fixed="1.4"), advisory("CVE-2026-2", "wick", fixed="1.4")]

    # When
    report = survey([dependency("lamp", "1.0"), late, *flaws], [WHOLE_LIST])

    # Then
    assert drawn(report, "pypi")["median_days_to_fix"] == 12.0
    assert drawn(report, "pypi")["fixes_dated"] == 1
    assert report.summary.endswith("mended after 12 days (median).")


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))))  # noqa: DTZ001  hypothesis adds the zone
def test_each_month_counts_what_lies_in_it(moments: list[datetime]) -> None:
    # When
    counts = per_month(moments, now=NOW)

    # Then
    assert len(counts) == 12
    assert counts == {name: sum(f"{moment:%Y-%m}" == name for moment in moments) for name in counts}


@given(st.integers(-1000, 5000))
def test_an_age_is_in_whole_days_and_belongs_to_one_of_the_ages(days: int) -> None:
    # When
    told = age_days(NOW - days * DAY, now=NOW)

    # Then
    assert told == max(days, 0)
    expected = next(
        (name for most, name in ((7, "<7"), (30, "<30"), (90, "<90"), (365, "<365")) if told < most), "older"
    )
    assert age_of(told) == expected
