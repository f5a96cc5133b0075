"""The facts behind findings are found where the run still holds them, and what is not found keeps its name."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from agents.contract import AgentReport, Evidence, Finding, Target, TargetKind, Untrusted, Work
from agents.report import citing
from agents.report.assemble import assemble

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FOLDER = Target(kind=TargetKind.ADVISORIES, location="/osv")
FLASK = Target(kind=TargetKind.GIT, location="/clones/flask")
MakeFinding = Callable[..., Finding]
MakeWork = Callable[..., Work]


class Shelf:
    """A reader over a list, which notes what it was asked for and how many rows were taken."""

    def __init__(self, *rows: Evidence) -> None:
        self.rows = rows
        self.asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.taken = 0

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        self.asked.append((tuple(targets), tuple(about)))
        for row in self.rows:
            fits = row.target in targets and (not kinds or row.kind in kinds)
            if fits and (not about or set(row.about) & set(about)):
                self.taken += 1
                yield row


def commit(key: str, target: Target = FLASK) -> Evidence:
    return Evidence(target=target.id, source="git", kind="commit", key=key, at=NOW, title=Untrusted(f"commit {key}"))


ADVISORY = Evidence(
    target=FOLDER.id,
    source="osv",
    kind="advisory",
    key="GHSA-1",
    at=NOW,
    title=Untrusted("Leak \x1b[31mon redirect"),
    url="https://github.com/advisories/GHSA-1",
    about=("flaw:GHSA-1",),
)


def test_a_fact_in_the_store_is_told_with_its_provenance(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    leak = make_finding(evidence=(ADVISORY.id,), data={"ids": ["GHSA-1"]})
    shelf = Shelf(commit("a"), ADVISORY)
    # When
    work = make_work(AgentReport(agent="security", findings=(leak,)), targets=(FOLDER,), evidence=shelf)
    (note,) = assemble(work).findings[0].evidence
    # Then
    assert (note.id, note.key, note.source, note.kind, note.natural) == (
        ADVISORY.id,
        ADVISORY.id,
        "osv",
        "advisory",
        "GHSA-1",
    )
    assert (note.target, note.at, note.title) == (FOLDER.id, NOW, "Leak on redirect")
    assert note.url == "https://github.com/advisories/GHSA-1"
    # And only what is about the flaw was read, in one question
    assert shelf.asked == [((FOLDER.id,), ("flaw:GHSA-1", "GHSA-1"))]
    assert shelf.taken == 1


def test_what_is_on_other_shelves_is_found_by_what_it_is_about(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given an entry in a list of exploited flaws, and a version of the package that is upgraded to
    package = Target(kind=TargetKind.PACKAGE, location="pypi/lamp")
    listed = Evidence(target=FOLDER.id, source="kev", kind="exploited", key="CVE-1", about=("CVE-1",))
    version = Evidence(target=package.id, source="packages", kind="package_version", key="2.0", about=("PyPI/lamp",))
    data = {"ids": ["GHSA-1", "CVE-1", 7], "ecosystem": "PyPI", "name": "lamp"}
    leak = make_finding(evidence=(listed.id, version.id), data=data)
    # When
    shelf = Shelf(listed, version)
    work = make_work(AgentReport(agent="security", findings=(leak,)), targets=(FOLDER, package), evidence=shelf)
    # Then
    assert [note.source for note in assemble(work).findings[0].evidence] == ["kev", "packages"]
    assert [about for _, about in shelf.asked] == [("flaw:GHSA-1", "GHSA-1", "flaw:CVE-1", "CVE-1"), ("PyPI/lamp",)]


def test_a_targets_own_evidence_is_read_no_further_than_needed(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    alone = make_finding(target=FLASK.id, evidence=("b", "d"))
    shelf = Shelf(*(commit(key) for key in "abcdef"))
    # When
    notes = assemble(make_work(AgentReport(agent="github", findings=(alone,)), evidence=shelf)).findings[0].evidence
    # Then
    assert [(note.key, note.id, note.title) for note in notes] == [
        ("b", commit("b").id, "commit b"),
        ("d", commit("d").id, "commit d"),
    ]
    assert shelf.taken == 4


def test_a_target_whose_evidence_is_at_hand_is_not_read(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    known, lost = make_finding(target=FLASK.id, evidence=("a",)), make_finding(evidence=("b",))
    shelf = Shelf()
    report = AgentReport(agent="github", findings=(known, lost), evidence=(commit("a"),))
    # When
    assemble(make_work(report, targets=(FLASK,), evidence=shelf))
    # Then
    assert shelf.asked == [((lost.target,), ())]


def test_the_same_key_in_two_targets_is_each_targets_own(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    fork = Target(kind=TargetKind.GIT, location="/clones/fork")
    findings = tuple(make_finding(target=target.id, evidence=("a",)) for target in (FLASK, fork))
    shelf = Shelf(commit("a"), commit("a", fork))
    # When
    bundle = assemble(make_work(AgentReport(agent="github", findings=findings), evidence=shelf))
    # Then
    assert {finding.evidence[0].id for finding in bundle.findings} == {commit("a").id, commit("a", fork).id}
    assert all(finding.evidence[0].target == finding.target for finding in bundle.findings)


def test_what_is_not_found_keeps_its_name_under_an_id_of_its_own(
    make_work: MakeWork, make_finding: MakeFinding
) -> None:
    # Given
    known = ADVISORY.id
    lost = make_finding(evidence=(known, "cafe1234", "cafe1234"))
    # When
    first, second = assemble(make_work(AgentReport(agent="a", findings=(lost,)), evidence=Shelf())).findings[0].evidence
    # Then
    assert (first.id, first.key, first.source) == (known, known, "")
    assert second.key == "cafe1234"
    assert second.id.startswith("ref-")


def test_reading_ends_at_a_bound(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given a finding whose evidence is nowhere, and a target with more rows than a report reads
    lost = make_finding(target=FLASK.id, evidence=("nowhere",))
    shelf = Shelf(*(commit(str(at)) for at in range(citing.ROWS)))
    # When
    assemble(make_work(AgentReport(agent="a", findings=(lost,)), evidence=shelf))
    # Then
    assert shelf.taken <= citing.ROWS // 2 + 1


def test_a_page_that_is_no_plain_link_is_left_out(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    bad = ADVISORY.model_copy(update={"url": "javascript:alert(1)"})
    report = AgentReport(agent="a", findings=(make_finding(evidence=(bad.id,)),), evidence=(bad,))
    # When
    (note,) = assemble(make_work(report)).findings[0].evidence
    # Then
    assert note.url == ""
    assert note.source == "osv"


def test_a_flood_of_evidence_is_bounded_and_what_is_left_out_is_counted(
    make_work: MakeWork, make_finding: MakeFinding
) -> None:
    # Given
    each = citing.OF_FINDING + 10
    findings = tuple(
        make_finding(claim=str(at), evidence=tuple(f"{at}-{n}" for n in range(each)))
        for at in range(citing.OF_REPORT // citing.OF_FINDING + 5)
    )
    # When
    bundle = assemble(make_work(AgentReport(agent="a", findings=findings)))
    # Then
    told = [len(finding.evidence) for finding in bundle.findings]
    assert sum(told) == citing.OF_REPORT
    assert max(told) == citing.OF_FINDING
    assert all(len(finding.evidence) + finding.evidence_left == each for finding in bundle.findings)
