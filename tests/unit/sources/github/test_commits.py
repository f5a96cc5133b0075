"""Commits are read once, and afresh where what is known no longer holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from support.forge import BEGIN, NOW, Forge, Watcher, commit_item, said
from support.services import Service, service

from agents.contract import CoverageState

DAY = timedelta(days=1)


@pytest.fixture
def forge() -> Forge:
    """Return a forge with a commit a day, the newest first."""
    return Forge(commits=[commit_item(f"c{day:03}", BEGIN + day * DAY) for day in range(40, 0, -1)])


@pytest.fixture
def there(forge: Forge) -> Iterator[Service]:
    """Yield the forge's service."""
    with service(forge) as running:
        yield running


def states(watcher: Watcher) -> str:
    """Return the state of the commits' coverage."""
    return watcher.coverage["github"].state.value


def asked(there: Service) -> list[str]:
    """Return how commits were asked for since the last call."""
    found = [one.path.partition("commits?")[2] for one in there.heard if "commits?" in one.path]
    there.heard.clear()
    return found


def test_the_first_look_reads_all_and_the_next_the_last_week(forge: Forge, there: Service) -> None:
    watcher = Watcher(there.url)
    watcher.look()
    assert len(watcher.keys("commit")) == 40
    assert watcher.coverage["github"].state is CoverageState.COMPLETE
    assert asked(there) == ["per_page=100"]
    # When there is one more, and a branch was merged with an older one
    forge.commits = [commit_item("new", BEGIN + 41 * DAY), commit_item("old", BEGIN + 36 * DAY), *forge.commits]
    watcher.look()
    # Then both are found, and only a week was asked for
    assert len(watcher.keys("commit")) == 42
    assert len(watcher.told) == 1 + 2 + 8  # the repository, both, and what is of the 33rd day and later
    assert asked(there) == ["since=2026-08-26T12%3A00%3A00Z&per_page=100"]
    # And the third look goes on from the new one
    watcher.look()
    assert asked(there) == ["since=2026-08-27T12%3A00%3A00Z&per_page=100"]


def test_history_that_was_rewritten_replaces_what_was(forge: Forge, there: Service) -> None:
    watcher = Watcher(there.url)
    watcher.look()
    # Given that the newest five commits were thrown away, and another put in their place
    forge.commits = [commit_item("other", BEGIN + 40 * DAY), *forge.commits[5:]]
    watcher.look()
    assert "other" in watcher.keys("commit")
    assert len(watcher.keys("commit")) == 36
    # And the look after that goes on from there
    asked(there)
    watcher.look()
    assert len(asked(there)) == 1
    assert len(watcher.keys("commit")) == 36


def test_another_default_branch_is_read_afresh(forge: Forge, there: Service) -> None:
    watcher = Watcher(there.url)
    watcher.look()
    # Given a branch that has all that was known, and old commits that were never seen
    forge.whole["default_branch"] = "next"
    forge.commits = [*forge.commits, commit_item("ancient", BEGIN - 30 * DAY)]
    watcher.look()
    assert "ancient" in watcher.keys("commit")


def test_more_commits_than_may_be_read_leave_no_hole(forge: Forge, there: Service) -> None:
    # Given a look without a token that read a hundred
    forge.commits = [commit_item(f"a{hour}", BEGIN + timedelta(hours=hour)) for hour in range(150, 0, -1)]
    watcher = Watcher(there.url, token="")
    watcher.look()
    assert len(watcher.keys("commit")) == 100
    oldest = BEGIN + timedelta(hours=51 + 4)
    detail = f"the newest commits since {oldest:%Y-%m-%d}; set GITHUB_TOKEN to read more"
    assert (states(watcher), watcher.coverage["github"].detail) == ("partial", detail)
    # When a hundred and fifty more come
    forge.commits = [
        *(commit_item(f"b{hour}", BEGIN + 10 * DAY + timedelta(hours=hour)) for hour in range(150, 0, -1)),
        *forge.commits,
    ]
    asked(there)
    watcher.look()
    # Then the newest hundred are all that is known, for what lies between was not read; and one request was enough
    assert set(watcher.keys("commit")) == {f"b{hour}" for hour in range(51, 151)}
    assert len(asked(there)) == 1
    # And with a token all are read, since more may be
    watcher.token = "secret"
    watcher.look()
    assert len(watcher.keys("commit")) == 300
    assert states(watcher) == "complete"


def test_a_token_that_is_taken_away_makes_nothing_forgotten(forge: Forge, there: Service) -> None:
    # Given 140 days of commits that were read with a token
    forge.commits = [commit_item(f"d{day:03}", NOW - day * DAY) for day in range(1, 141)]
    watcher = Watcher(there.url)
    watcher.look()
    # When the next look has none
    watcher.token = ""
    watcher.look()
    # Then what is known stays, and is the whole
    assert len(watcher.keys("commit")) == 140
    assert watcher.coverage["github"].state is CoverageState.COMPLETE


def test_one_wrong_clock_does_not_say_how_far_the_history_was_read(forge: Forge, there: Service) -> None:
    # Given a commit of 1970 at the end of what may be read
    forge.commits = [commit_item(f"d{day}", NOW - day * DAY) for day in range(1, 140)]
    forge.commits[99] = commit_item("odd", datetime(1970, 1, 2, tzinfo=UTC))
    watcher = Watcher(there.url, token="")
    watcher.look()
    # Then it is not said that all since 1970 was seen
    assert f"since {NOW - 96 * DAY:%Y-%m-%d}" in watcher.coverage["github"].detail


def test_commits_from_the_future_are_no_place_to_go_on_from(forge: Forge, there: Service) -> None:
    # Given a newest commit whose clock was wrong by a thousand years
    odd = commit_item("odd", datetime(3026, 1, 1, tzinfo=UTC), authored=BEGIN)
    forge.commits = [odd, *forge.commits]
    watcher = Watcher(there.url)
    watcher.look()
    asked(there)
    watcher.look()
    assert asked(there) == ["since=2026-08-26T12%3A00%3A00Z&per_page=100"]
    assert len(watcher.keys("commit")) == 41


def test_commits_without_any_time_are_read_whole_each_time(forge: Forge, there: Service) -> None:
    forge.instead["commits"] = said([{"sha": "a"}, {"sha": "b"}])
    watcher = Watcher(there.url)
    watcher.look()
    watcher.look()
    assert watcher.keys("commit") == ["a", "b"]
    assert asked(there) == ["per_page=100"] * 2


def test_a_repository_without_commits_is_read_from_its_beginning_once_it_has_some(forge: Forge, there: Service) -> None:
    # Given commits that are known, and then a repository that is empty
    watcher = Watcher(there.url)
    watcher.look()
    forge.instead["commits"] = said({"message": "Git Repository is empty."}, 409)
    watcher.look()
    assert watcher.keys("commit") == []
    assert watcher.coverage["github"].state is CoverageState.ZERO
    # When the same history is pushed again, then all of it is read, not the last week
    del forge.instead["commits"]
    watcher.look()
    assert len(watcher.keys("commit")) == 40


def test_a_commit_that_cannot_be_read_is_put_aside(forge: Forge, there: Service) -> None:
    forge.commits.append({"commit": {"committer": {"date": "2026-01-01"}}, "html_url": "https://example.org/c"})
    watcher = Watcher(there.url)
    watcher.look()
    assert [(one.key, one.source) for one in watcher.strays] == [("https://example.org/c", "github")]
    assert watcher.coverage["github"].state is CoverageState.PARTIAL
    assert watcher.coverage["github"].detail == "1 commit could not be read and were put aside"
