"""Evidence becomes a history: leniently, in order of time, and never from the future."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agents.analysis.health.bots import is_bot
from agents.analysis.health.history import History, read
from agents.contract import Evidence

Make = Callable[..., History]
Fact = Callable[..., Evidence]


def test_commits_come_in_order_of_time_whatever_order_they_were_read_in(history: Make) -> None:
    # Given commits from new to old
    made = history([(1, "ann"), (5, "bob"), (3, "ann")])
    # Then the history runs from old to new
    assert [commit.author for commit in made.commits] == ["author-bob", "author-ann", "author-ann"]
    assert [commit.at for commit in made.commits] == sorted(commit.at for commit in made.commits)


def test_a_commit_dated_in_the_future_is_left_out_and_counted(history: Make) -> None:
    # Given one commit whose clock ran ahead, and a tag that did
    made = history([(1, "ann"), (-30, "bob")], tags={"v1.0": -2, "v0.9": 2})
    # Then neither is measured, and both are counted
    assert len(made.commits) == 1
    assert [tag.name for tag in made.tags] == ["v0.9"]
    assert made.ahead == 2


def test_missing_fields_take_their_empty_values(fact: Fact, now: datetime) -> None:
    # Given evidence without any data, and one without a time
    facts = [
        fact("commit", "a" * 40, days=1),
        fact("commit", "b" * 40, days=None),
        fact("tag", "v1.0", days=None, data={"commit": "a" * 40}),
        fact("tag", "v2.0", days=None),
        fact("change_note", "docs/x#y.md#1.0", days=None),
        fact("dependency", "requests", days=1),
    ]
    # When they are read
    made = read(facts, now=now, whole=True)
    # Then what is known is there: a tag takes its commit's time, a note its key's version
    assert [(commit.author, commit.subject, commit.merge) for commit in made.commits] == [("unknown", "", False)]
    assert [(tag.name, tag.at) for tag in made.tags] == [("v1.0", now - timedelta(days=1))]
    assert [(note.file, note.version, note.text) for note in made.notes] == [("docs/x#y.md", "1.0", "")]
    assert made.ahead == 2


def test_the_older_spelling_of_an_authors_fields_is_understood_too(fact: Fact, now: datetime) -> None:
    # Given data with ``author`` as the id and ``author_name`` as the name
    facts = [fact("commit", "a" * 40, days=1, data={"author": "p-1", "author_name": "Ann Example"})]
    # Then both are found
    (only,) = read(facts, now=now, whole=True).commits
    assert (only.author, only.name) == ("p-1", "Ann Example")


def test_a_person_with_two_addresses_and_one_full_name_is_one_author(fact: Fact, now: datetime) -> None:
    # Given one full name under two ids, and one single word under two ids
    people = [("p-1", "Ann Example"), ("p-2", "ann  example"), ("p-3", "sam"), ("p-4", "sam"), ("p-2", "A. Example")]
    facts = [
        fact("commit", f"{number:040x}", days=9 - number, data={"author_id": who, "author": name})
        for number, (who, name) in enumerate(people)
    ]
    # Then the full name is taken for one person, by the id first seen; a single word is not
    assert [commit.author for commit in read(facts, now=now, whole=True).commits] == ["p-1", "p-1", "p-3", "p-4", "p-1"]


def test_the_same_fact_read_twice_counts_once(fact: Fact, now: datetime) -> None:
    # Given one commit twice
    facts = [fact("commit", "a" * 40, days=1), fact("commit", "a" * 40, days=1)]
    # Then it is one
    assert len(read(facts, now=now, whole=True).commits) == 1


def test_merges_and_bots_commits_are_no_work_of_people(history: Make) -> None:
    # Given a person's commit, a merge, and a bot's commit
    made = history([(2, "ann"), (1, "dependabot[bot]")], merges=[(1.5, "ann")])
    # Then only the first is work, and all are commits
    assert [commit.author for commit in made.work] == ["author-ann"]
    assert len(made.commits) == 3


def test_a_partial_history_reaches_only_as_far_as_it_was_seen(history: Make) -> None:
    # Given forty days of a shallow clone, the same as a whole history, and an empty one
    shallow, whole, empty = history([(40, "ann")], whole=False), history([(40, "ann")]), history(whole=False)
    # Then only the whole one says everything of a year
    assert (shallow.reaches(30), shallow.reaches(365)) == (True, False)
    assert whole.reaches(365)
    assert not empty.reaches(1)
    assert (whole.older_than(40), whole.older_than(41), empty.older_than(0)) == (True, False, False)


def test_times_are_read_in_utc(now: datetime) -> None:
    # Given a commit made late in the evening, elsewhere
    at = datetime.fromisoformat("2026-11-15T23:30:00-05:00")
    fact = Evidence(target="git:/x", source="git", kind="commit", key="a" * 40, at=at)
    # Then its time is the same moment in UTC
    (only,) = read([fact], now=now, whole=True).commits
    assert only.at == at
    assert only.at.tzinfo is UTC


@pytest.mark.parametrize(
    "name",
    [
        *("dependabot[bot]", "renovate-bot", "Renovate Bot", "github-actions", "GitHub Actions", "pre-commit-ci[bot]"),
        *("snyk-bot", "bors", "weblate", "semantic-release-bot", "release-please", "bot@example.org", "Some Bot"),
    ],
)
def test_machines_are_known_by_their_names(name: str) -> None:
    assert is_bot(name=name, author="author-1")


@pytest.mark.parametrize("name", ["Ann Talbot", "Botond", "Abbott", "Bob Otter", "René Vate", "Robot Chicken", ""])
def test_people_whose_names_resemble_a_machines_are_people(name: str) -> None:
    assert not is_bot(name=name, author="author-1")
