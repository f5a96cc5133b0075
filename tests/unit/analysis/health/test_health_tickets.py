"""Issues and pull requests, the repository and its advisories, read from evidence."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.analysis.health.case import Case
from agents.analysis.health.diagnosis import diagnose
from agents.analysis.health.findings import all_findings
from agents.analysis.health.forge import FORGE_KINDS, read_forge
from agents.analysis.health.history import History
from agents.analysis.health.metrics import figures
from agents.analysis.health.seen import Seen
from agents.analysis.health.sights import sights_of
from agents.analysis.health.sureness import how_sure
from agents.analysis.health.tickets import as_of, read_tickets
from agents.contract import Coverage, CoverageState, Evidence, Severity, Target, TargetKind

Make = Callable[..., Evidence]


def test_an_issue_has_its_times_its_words_and_its_people(issue: Make, now: datetime) -> None:
    # Given an issue of an outsider, closed after two days
    item = issue(7, opened=10, closed=8, labels=["bug", 3], comments=4, reactions=2, association="CONTRIBUTOR")
    (read,) = read_tickets([item], now=now)
    # Then all of it is there, and what is no text is no label
    assert (read.number, read.opened, read.closed) == (7, now - timedelta(days=10), now - timedelta(days=8))
    assert (read.labels, read.attention, read.insider, read.bot, read.open) == (("bug",), 6, False, False, False)
    assert (read.url, read.evidence) == ("https://github.com/lamp/wick/issues/7", item.id)


@pytest.mark.parametrize(
    ("told", "bot"),
    [({"bot": True}, True), ({"login": "renovate[bot]"}, True), ({"login": "talbot"}, False), ({"login": None}, False)],
)
def test_a_bot_is_told_by_its_type_or_its_name(
    told: dict[str, JsonValue], *, bot: bool, issue: Make, now: datetime
) -> None:
    (read,) = read_tickets([issue(1, opened=1, **told)], now=now)
    assert read.bot is bot


def test_a_pull_request_is_merged_or_only_closed(issue: Make, now: datetime) -> None:
    # Given one that was merged, one that was refused, and one that waits
    kinds = [issue(1, opened=9, merged=3, kind="pull"), issue(2, opened=8, closed=3, kind="pull")]
    merged, refused, open_ = read_tickets([*kinds, issue(3, opened=7, draft=True, kind="pull")], now=now)
    # Then each says so
    assert [one.merged for one in (merged, refused, open_)] == [True, False, False]
    assert [one.open for one in (merged, refused, open_)] == [False, False, True]
    assert open_.draft


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({"closed_at": ""}, 4),
        ({"closed_at": "yesterday", "updated_at": ""}, 10),
        ({"closed_at": 5, "updated_at": None}, 10),
    ],
)
def test_a_closed_issue_without_a_time_was_closed_when_it_last_moved(
    told: dict[str, JsonValue], days: float, issue: Make, now: datetime
) -> None:
    fields: dict[str, JsonValue] = {"opened": 10, "updated": 4, "closed": 4, **told}
    (read,) = read_tickets([issue(1, **fields)], now=now)
    assert read.closed == now - timedelta(days=days)


def test_what_has_no_number_or_no_time_is_left_out(issue: Make, now: datetime) -> None:
    # Given issues without a number, with one that is none, and without any time
    timeless = issue(4, opened=3, opened_at="").model_copy(update={"at": None})
    strange = [issue(1, opened=3, number=None), issue(2, opened=3, number=True), timeless]
    labelled = issue(5, opened=3, labels="security", comments="many", reactions=-3)
    # Then they are left out, and wrong fields of others are empty
    (read,) = read_tickets([*strange, labelled], now=now)
    assert (read.number, read.labels, read.attention) == (5, (), 0)


def test_an_earlier_moment_shows_tickets_as_they_stood(issue: Make, now: datetime) -> None:
    # Given an issue of last week, and a pull request merged three days ago
    tickets = read_tickets([issue(1, opened=7), issue(2, opened=30, merged=3, kind="pull")], now=now)
    # Then ten days ago there was only the second, and it was open
    (then,) = as_of(tickets, now - timedelta(days=10))
    assert (then.number, then.open, then.merged) == (2, True, False)
    # And nothing of the future is told
    assert read_tickets([issue(3, opened=-2)], now=now) == ()


def test_an_advisory_says_how_bad_it_is_and_whether_there_is_a_fix(advisory: Make, now: datetime) -> None:
    # Given one with a fix, one without, and one that names no package
    nameless = advisory("GHSA-3", days=1)
    nameless = nameless.model_copy(update={"data": {**nameless.data, "affected": []}})
    forge = read_forge([advisory("GHSA-1", days=3), advisory("GHSA-2", days=2, fixed=None), nameless], now=now)
    # Then they stand in order of time
    assert [(one.id, one.severity, one.fixed) for one in forge.advisories] == [
        ("GHSA-1", Severity.HIGH, True),
        ("GHSA-2", Severity.HIGH, False),
        ("GHSA-3", Severity.HIGH, None),
    ]


def test_only_what_a_repository_says_of_itself_counts(advisory: Make, now: datetime) -> None:
    # Given advisories of another source, withdrawn, without an id, of the future, and undated
    other = advisory("GHSA-1", days=3).model_copy(update={"source": "osv"})
    withdrawn = advisory("GHSA-2", days=3)
    withdrawn = withdrawn.model_copy(update={"data": {**withdrawn.data, "withdrawn": "2026-01-01"}})
    nameless = advisory("", days=3)
    forge = read_forge(
        [other, withdrawn, nameless, advisory("GHSA-4", days=-1), advisory("GHSA-5", days=None)], now=now
    )
    # Then only the last is its own
    assert [(one.id, one.published) for one in forge.advisories] == [("GHSA-5", None)]


def test_a_repository_says_its_state(state: Make, now: datetime) -> None:
    # Given an archived fork with strange fields
    forge = read_forge([state(archived=True, fork=True, license=None, stars=12, forks="many")], now=now)
    told = forge.repository
    # Then its state is read, and what is no figure is none
    assert told is not None
    assert (told.full_name, told.archived, told.fork, told.closed) == ("lamp/wick", True, True, True)
    assert (told.licence, told.stars, told.forks) == ("", 12, None)


def test_at_an_earlier_moment_only_what_was_there_is_told(
    issue: Make, advisory: Make, state: Make, now: datetime
) -> None:
    # Given a forge of today
    items = [issue(1, opened=3), issue(2, opened=30), advisory("GHSA-1", days=3), advisory("GHSA-2", days=40), state()]
    then = read_forge(items, now=now).at(now - timedelta(days=10))
    # Then ten days ago the younger things were not there, and the repository's state is not known
    assert [one.number for one in then.issues] == [2]
    assert [one.id for one in then.advisories] == ["GHSA-2"]
    assert then.repository is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.text(max_size=8) | st.just("9999-12-31T23:59:59-14:00"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)
FIELDS = (
    *("number", "state", "labels", "comments", "reactions", "login", "bot", "opened_at", "updated_at", "closed_at"),
    *("merged_at", "draft", "full_name", "license", "archived", "published", "affected", "id", "severity", "withdrawn"),
)


@given(
    st.lists(st.tuples(st.sampled_from(FORGE_KINDS), st.dictionaries(st.sampled_from(FIELDS), anything)), max_size=5)
)
def test_whatever_the_evidence_holds_it_is_read_and_measured(told: list[tuple[str, dict[str, JsonValue]]]) -> None:
    # Given evidence with any fields
    now = datetime(2026, 11, 20, tzinfo=UTC)
    items = [
        Evidence(target="github:a/b", source="github", kind=kind, key=str(number), at=now, data=data)
        for number, (kind, data) in enumerate(told)
    ]
    target = Target(kind=TargetKind.GITHUB, location="a/b")
    rows = [Coverage(source="github:issues", subject=target.id, state=CoverageState.COMPLETE)]
    # When it is read, measured and told
    forge = read_forge(items, now=now)
    seen = Seen(tuple(rows), CoverageState.COMPLETE, whole=True, until=now, fresh=1, depth=1, reasons=())
    found = diagnose(History(now, whole=True), forge=forge, sights=sights_of(target, seen, forge))
    # Then nothing breaks, and the figures are JSON
    assert json.loads(json.dumps(figures(found))) == figures(found)
    assert all(
        finding.target == target.id for finding in all_findings(Case(target, found, seen, ()), how_sure(found, seen))
    )
