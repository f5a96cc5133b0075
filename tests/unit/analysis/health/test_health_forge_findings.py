"""What is said of a repository that is watched on a forge, how bad it is, and with which evidence."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from pydantic import JsonValue

from agents.analysis.health.case import Case
from agents.analysis.health.diagnosis import Diagnosis
from agents.analysis.health.findings import all_findings
from agents.analysis.health.history import History
from agents.analysis.health.metrics import figures
from agents.analysis.health.seen import Seen
from agents.analysis.health.sureness import how_sure
from agents.contract import Coverage, CoverageState, Evidence, Finding, Severity, Target

Make = Callable[..., History]
Item = Callable[..., Evidence]
Look = Callable[..., Diagnosis]
Row = Callable[..., Coverage]
Say = Callable[..., dict[str, list[Finding]]]
LIVELY = [(day + number / 10, f"a{number}") for day in range(1, 800, 7) for number in range(8)]


@pytest.fixture(name="say")
def _say(watched: Target, seen: Callable[..., Seen]) -> Say:
    def say(diagnosis: Diagnosis, *, tier: str = "tools", rows: Sequence[Coverage] = ()) -> dict[str, list[Finding]]:
        """Return the findings by kind."""
        target = watched.model_copy(update={"tier": tier})
        look = seen(rows)
        by_kind: dict[str, list[Finding]] = {}
        for finding in all_findings(Case(target, diagnosis, look, tuple(rows)), how_sure(diagnosis, look)):
            by_kind.setdefault(finding.kind.removeprefix("github."), []).append(finding)
        return by_kind

    return say


def flood(issue: Item, *, count: int, weeks: int = 40, **told: JsonValue) -> list[Evidence]:
    """Return an issue in each of so many weeks, and then so many in the last days."""
    usual = [issue(number, opened=3 + 7 * number, closed=2 + 7 * number) for number in range(1, weeks)]
    fresh = [
        issue(1000 + number, opened=2 + number / 100, title=f"Malware in 1.4.2 ({number})", **told)
        for number in range(count)
    ]
    return [*usual, *fresh]


def test_a_wave_of_issues_is_a_finding_with_its_issues(issue: Item, look: Look, say: Say, now: datetime) -> None:
    # Given one issue a week, and twenty in two days, one of which many comment on
    items = [*flood(issue, count=20), issue(7777, opened=1, comments=50, title="Malware in 1.4.2")]
    (wave,) = say(look(*items))["issue_wave"]
    # Then it says how many, since when, what they share, and names the loudest first
    assert wave.title == "21 new issues of wick within seven days, where 1 are usual"
    assert wave.since == now - timedelta(days=2.19)
    assert "“1.4.2”" in wave.detail
    assert "“malware”" in wave.detail
    assert wave.evidence[0] == items[-1].id
    assert len(wave.evidence) == 20
    listed = wave.data["listed"]
    assert isinstance(listed, list)
    assert isinstance(listed[0], dict)
    assert listed[0]["url"] == "https://github.com/lamp/wick/issues/7777"


def test_what_is_critical_alarms_earlier_and_louder(issue: Item, look: Look, say: Say) -> None:
    # Given a rise that stands out a little, and one that stands out much
    small, large = look(*flood(issue, count=9)), look(*flood(issue, count=60))
    # Then the small one is an alarm for a critical target only, and the large one is worse
    waves = {tier: say(small, tier=tier).get("issue_wave", []) for tier in ("critical", "tech_stack", "tools")}
    assert {tier: [wave.severity for wave in found] for tier, found in waves.items()} == {
        "critical": [Severity.HIGH],
        "tech_stack": [],
        "tools": [],
    }
    assert [wave.severity for wave in say(large)["issue_wave"]] == [Severity.HIGH]
    assert [wave.severity for wave in say(look(*flood(issue, count=20)))["issue_wave"]] == [Severity.MEDIUM]


def test_the_same_wave_keeps_its_id_while_it_grows(issue: Item, look: Look, say: Say) -> None:
    first, later = (say(look(*flood(issue, count=count)))["issue_wave"][0] for count in (20, 30))
    assert first.id == later.id


def test_a_short_past_makes_a_wave_less_sure_and_titles_may_share_nothing(
    issue: Item, look: Look, say: Say, covered: Row
) -> None:
    # Given ten weeks that were seen, and titles that differ
    items = [issue(number, opened=number / 5, title=f"w{number * 37}") for number in range(1, 31)]
    rows = [covered("github:issues", detail="Changed since 2026-09-01")]
    (wave,) = say(look(*items, rows=rows))["issue_wave"]
    assert wave.confidence == 0.75
    assert "share" not in wave.detail


def test_what_an_earlier_look_left_is_believed_less(issue: Item, look: Look, say: Say, covered: Row) -> None:
    rows = [covered("github:issues", CoverageState.FAILED)]
    items = [issue(number, opened=20, labels=["security"], updated=5) for number in range(3)]
    (critical,) = say(look(*items, rows=rows))["critical_issues"]
    assert critical.confidence == 0.42


def test_critical_issues_are_one_finding_with_a_bounded_list(issue: Item, look: Look, say: Say, now: datetime) -> None:
    # Given thirteen grave issues, the graver and louder ones first
    items = [issue(number, opened=20 + number, labels=["regression"], comments=number) for number in range(1, 14)]
    (critical,) = say(look(*items))["critical_issues"]
    # Then ten of them are listed with links and reasons
    assert critical.title == "wick has 13 open issues that somebody should look at first"
    assert (critical.severity, critical.since) == (Severity.MEDIUM, now - timedelta(days=33))
    assert critical.data["count"] == 13
    assert len(critical.evidence) == 10
    assert critical.detail.startswith("#13 Wick burns down (labelled as grave, 13 comments and 0 reactions)")


def test_without_a_label_attention_is_worth_a_low_finding(issue: Item, look: Look, say: Say) -> None:
    (critical,) = say(look(issue(1, opened=3, comments=40)))["critical_issues"]
    assert (critical.severity, critical.title.startswith("wick has 1 open issue that")) == (Severity.LOW, True)


def test_a_growing_backlog_and_stale_pull_requests_are_told(issue: Item, look: Look, say: Say) -> None:
    # Given thirty issues that nobody closes, and six pull requests of which five wait for long
    issues = [issue(number, opened=2.5 * number) for number in range(1, 31)]
    waiting = [issue(100 + number, opened=200 + number, kind="pull") for number in range(5)]
    found = say(look(*issues, *waiting, issue(200, opened=3, kind="pull")))
    # Then both are low, with figures and evidence
    assert found["backlog_growing"][0].title == "Issues of wick pile up: 30 opened, 0 closed in 90 days"
    assert found["stale_pulls"][0].title == "5 pull requests of wick have not moved for 90 days"
    assert found["stale_pulls"][0].evidence[0] == waiting[-1].id
    assert {found[kind][0].severity for kind in ("backlog_growing", "stale_pulls")} == {Severity.LOW}


@pytest.mark.parametrize(("stale", "fresh"), [(4, 0), (5, 6)])
def test_a_few_stale_pull_requests_are_no_finding(stale: int, fresh: int, issue: Item, look: Look, say: Say) -> None:
    items = [issue(number, opened=200, kind="pull") for number in range(1, stale + 1)]
    young = [issue(50 + number, opened=9, kind="pull") for number in range(fresh)]
    assert "stale_pulls" not in say(look(*items, *young))


@pytest.mark.parametrize(
    ("told", "kind", "severity"),
    [
        ({"archived": True}, "archived", Severity.HIGH),
        ({"disabled": True}, "archived", Severity.HIGH),
        ({"full_name": "lamp/candle"}, "moved", Severity.MEDIUM),
        ({"fork": True}, "fork", Severity.LOW),
        ({"license": ""}, "no_licence", Severity.LOW),
        ({"license": "NOASSERTION"}, "no_licence", Severity.INFO),
    ],
)
def test_a_repositorys_state_is_told(
    told: dict[str, JsonValue], kind: str, *, severity: Severity, state: Item, look: Look, say: Say
) -> None:
    # Given a repository in that state
    item = state(**told)
    found = say(look(item))
    # Then that is the only finding, and its evidence is the repository's own entry
    assert set(found) == {kind}
    assert (found[kind][0].severity, found[kind][0].evidence) == (severity, (item.id,))


def test_a_name_in_other_letters_is_the_same_name(state: Item, look: Look, say: Say) -> None:
    assert say(look(state(full_name="Lamp/Wick"))) == {}


def test_a_repository_that_was_not_read_has_no_state(look: Look, say: Say) -> None:
    assert say(look()) == {}


def test_a_repository_that_is_gone_is_told(look: Look, say: Say, covered: Row) -> None:
    rows = [covered("github:repository", CoverageState.FAILED, detail="gone since 2026-11-01: deleted")]
    (gone,) = say(look(rows=[*rows, covered("github:issues", CoverageState.ZERO)]))["gone"]
    assert (gone.severity, gone.confidence) == (Severity.HIGH, 0.9)


def test_an_advisory_that_nothing_mends_is_told_by_its_id(advisory: Item, look: Look, say: Say) -> None:
    # Given advisories with a fix, without one, critical without one, and an old one without
    items = [
        advisory("GHSA-1", days=9),
        advisory("GHSA-2", days=8, fixed=None, severity="MODERATE"),
        advisory("GHSA-3", days=7, fixed=None, severity="CRITICAL"),
        advisory("GHSA-4", days=800, fixed=None),
        advisory("GHSA-5", days=None, fixed=None),
    ]
    found = say(look(*items))["unfixed_advisory"]
    # Then the newest is first, and none is worse than high: habits are no emergency
    assert [(one.claim, one.severity) for one in found] == [
        ("advisory:GHSA-3", Severity.HIGH),
        ("advisory:GHSA-2", Severity.MEDIUM),
    ]


def test_a_falling_score_is_told_earlier_for_what_is_critical(history: Make, look: Look, say: Say) -> None:
    # Given a lively history that stopped fifty days ago
    stopped = [(days, who) for days, who in LIVELY if days > 50]
    found = look(history=history(stopped))
    # Then a critical target's fall is an alarm, and a tool's is not
    (falling,) = say(found, tier="critical")["health_falling"]
    assert falling.data["worst"] == "activity"
    assert falling.severity is Severity.MEDIUM
    assert "health_falling" not in say(found)


def test_a_deep_fall_is_worse(history: Make, look: Look, say: Say) -> None:
    # Given the same that stopped eighty-five days ago
    stopped = [(days, who) for days, who in LIVELY if days > 85]
    (falling,) = say(look(history=history(stopped)), tier="critical")["health_falling"]
    assert falling.severity is Severity.HIGH


def test_silence_that_was_seen_is_told_where_no_commit_was(history: Make, look: Look, say: Say) -> None:
    # Given a part of a history since four hundred days, without any commit, and one since a hundred
    (inactive,) = say(look(history=history(whole=False, since=400)))["inactive"]
    # Then it has been so at least since then
    assert inactive.title == "Nobody has committed to wick for at least 400 days"
    assert inactive.severity is Severity.HIGH
    assert "inactive" not in say(look(history=history(whole=False, since=100)))


def test_strangers_text_stays_bounded_and_out_of_titles_and_claims(
    issue: Item, state: Item, look: Look, say: Say
) -> None:
    # Given hostile titles, labels, names and logins
    hostile = "<script>" + "x" * 3000 + " mallory@example.org"
    items = [
        issue(number, opened=number / 9, title=hostile, labels=["security", hostile], login=hostile)
        for number in range(1, 40)
    ]
    found = say(look(*items, state(full_name=hostile, license=hostile)))
    # Then no finding holds them outside of bounded quotes
    for each in found.values():
        for finding in each:
            assert "script" not in finding.title + finding.claim + finding.next_action
            assert len(finding.detail) < 1_500
            assert "mallory@" not in finding.model_dump_json()


def test_the_figures_are_json_and_name_what_was_collected(
    issue: Item, state: Item, *, advisory: Item, history: Make, look: Look, covered: Row
) -> None:
    # Given a forge that told all, and one of which only commits were collected
    items = [
        *(issue(number, opened=10 * number, closed=10 * number - 4) for number in range(1, 12)),
        issue(50, opened=50, labels=["security"]),
        *(issue(100 + number, opened=10 * number, merged=10 * number - 4, kind="pull") for number in range(1, 12)),
    ]
    full = look(*items, state(stars=7), advisory("GHSA-1", days=9), history=history(LIVELY))
    rich = figures(full, tier="critical")
    bare = figures(look(history=history(LIVELY), rows=[covered("github")]))
    # Then both are JSON, and of what was not collected nothing is said, not even zero
    assert json.loads(json.dumps(rich)) == rich
    assert not any(name.startswith(("issue", "pull", "own_", "weekly_issues", "stars")) for name in bare)
    assert (rich["tier"], rich["stars"], rich["licence"]) == ("critical", 7, "MIT")
    assert (rich["issues_open"], rich["issues_opened_last_90_days"], rich["critical_issues"]) == (1, 9, 1)
    assert (rich["issue_median_days_to_close"], rich["issue_median_days_to_first_answer"]) == (4, None)
    assert (rich["pulls_merged_share"], rich["pull_median_days_to_merge"], rich["pulls_stale"]) == (1, 4, 0)
    assert (rich["own_advisories"], rich["own_advisories_by_severity"]) == (1, {"high": 1})
    past = rich["health_over_time"]
    assert isinstance(past, list)
    assert len(past) == 13
    assert isinstance(past[-1], dict)
    assert past[-1]["score"] == rich["score"]


def test_what_was_seen_in_part_is_no_full_count(issue: Item, look: Look, covered: Row) -> None:
    # Given issues since a hundred days ago, and releases of which only the newest were read
    rows = [
        covered("github:issues", detail="Changed since 2026-08-12"),
        covered("github:releases", CoverageState.PARTIAL, detail="The newest 2 since 2026-09-01"),
    ]
    found = figures(look(issue(1, opened=3), issue(2, opened=3, kind="pull"), rows=rows))
    # Then the open ones are at least so many, and what lies before was not counted
    assert (found["issues_open"], found["issues_open_at_least"], found["issues_opened_last_365_days"]) == (
        None,
        1,
        None,
    )
    assert (found["pulls_open"], found["pulls_open_at_least"]) == (None, 1)
    assert (found["releases_last_90_days"], found["releases_last_365_days"]) == (None, None)
    weeks = found["weekly_releases"]
    assert isinstance(weeks, list)
    assert isinstance(weeks[0], dict)
    assert weeks[0]["week"] == "2026-08-31"
    assert found["issues_last_7_days"] == 1
