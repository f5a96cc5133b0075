"""What GitHub would answer about repositories that are made up: in pages, marked, and the same for the same seed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.planted import histories
from benchmarks.planted.expected import CRITICAL_ISSUES, NO_LICENCE, Expected
from benchmarks.planted.forge import answers, exchanges, tickets
from benchmarks.planted.forge.answers import Told
from benchmarks.planted.forge.scene import many_on_github
from benchmarks.planted.forge.tales import TALES, Tale, told_by
from benchmarks.planted.stories import Story
from orchestrator.recordings.asking import Asked, conditional
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import Exchange, key_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def told(name: str = "lamp", tale: Tale | None = None) -> Told:
    """Return a repository with a history of its own."""
    tale = tale or TALES["steady"]
    return Told(name, tale, histories.moments(tale.story, now=NOW), NOW)


def book(one: Told) -> Book:
    """Return the book of what is answered about a repository."""
    return Book.of(Exchange.model_validate_json(line) for line in exchanges.lines(one))


def test_a_list_longer_than_a_page_goes_on_where_its_link_says() -> None:
    # Given
    one = told(tale=Tale(Story(commits=240, days=900)))
    known = book(one)
    place = f"/repos/{one.full_name}/commits?per_page=100"

    # When
    pages = []
    while place:
        reply = known.answer(Asked(key_of("GET", place)), url="http://localhost:1")
        pages.append(json.loads(reply.body))
        place = reply.header("link").removeprefix("<http://localhost:1").partition(">")[0]

    # Then
    assert [len(page) for page in pages] == [100, 100, 40]
    shas = [commit["sha"] for page in pages for commit in page]
    assert len(set(shas)) == 240
    parents = [[parent["sha"] for parent in commit["parents"]] for page in pages for commit in page]
    assert parents == [[sha] for sha in shas[1:]] + [[]]


def test_who_asks_for_what_came_since_the_last_thing_known_gets_that_alone() -> None:
    # Given
    one = told()
    last = answers.commits(one)[0]["commit"]["committer"]["date"]
    since = answers.said(datetime.fromisoformat(last) - exchanges.COMMITS_AGAIN)

    # When
    asked = Asked(key_of("GET", f"/repos/{one.full_name}/commits?since={since}&per_page=100"))
    found = json.loads(book(one).answer(asked, url="").body)

    # Then
    dates = [commit["commit"]["committer"]["date"] for commit in found]
    assert max(dates) == last
    assert since <= min(dates)
    assert len(found) < one.tale.story.commits


def test_every_answer_is_marked_and_not_sent_to_who_has_it() -> None:
    # Given
    known = book(told())

    # When
    again = []
    for key in known.exchanges:
        mark = known.answer(Asked(key), url="").header("etag")
        asked = Asked(key, etag=mark)
        again.append(conditional(known.answer(asked, url=""), asked))

    # Then
    assert len(again) == 7
    assert all((reply.status, reply.body) == (304, b"") for reply in again)


def test_what_was_changed_last_is_listed_first_and_nothing_is_to_come() -> None:
    # When
    listed = tickets.tickets(told(tale=TALES["flooded"]))

    # Then
    changed = [one["updated_at"] for one in listed]
    assert changed == sorted(changed, reverse=True)
    assert answers.said(NOW - YEAR) < min(one["created_at"] for one in listed)
    opened = sorted(listed, key=lambda one: one["number"])
    assert [one["created_at"] for one in opened] == sorted(one["created_at"] for one in opened)
    assert len(listed) == tickets.ISSUES + tickets.PULLS + TALES["flooded"].wave


@pytest.mark.parametrize("name", TALES)
def test_a_tale_is_told_before_now(name: str) -> None:
    # When
    one = told(tale=TALES[name])
    listed = [*answers.releases(one), *answers.advisories(one), *tickets.tickets(one), answers.repository(one)]

    # Then
    times = [value for item in listed for key, value in item.items() if key.endswith("_at") and value]
    assert max(times) <= answers.said(NOW)
    assert {"full_name", "tag_name", "number"} <= {key for item in listed for key in item}


def test_what_a_tale_adds_is_expected_of_its_repository_alone() -> None:
    # Given
    tale = Tale(Story(), licence="", alarms=1)

    # When
    found = set(told_by(tale, target="lamp", versions=["1.0.0"]))

    # Then
    plain = set(told_by(Tale(Story()), target="lamp", versions=["1.0.0"]))
    assert found - plain == {
        Expected(NO_LICENCE, "lamp", severity="low"),
        Expected(CRITICAL_ISSUES, "lamp", severity="medium"),
    }


def test_the_same_seed_makes_the_same_exchanges_and_another_one_does_not(tmp_path: Path) -> None:
    # When
    made = [many_on_github(tmp_path / name, repositories=3, seed=seed, now=NOW) for name, seed in SEEDS.items()]

    # Then
    first, same, other = (recorded(tmp_path / name / "recordings") for name in SEEDS)
    assert first == same
    assert first != other
    assert [scene.targets for scene in made] == [3, 3, 3]
    assert made[0].expected == made[1].expected
    assert made[0].commits == sum(len(one) for one in commits_of(first.values()))


SEEDS: Mapping[str, int] = {"first": 1, "same": 1, "other": 2}


def recorded(folder: Path) -> dict[str, str]:
    """Return what was recorded, by file."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def commits_of(files: Any) -> list[set[str]]:  # noqa: ANN401  texts
    """Return the ids of each repository's commits."""
    found = []
    for text in files:
        lines = [json.loads(line) for line in text.splitlines()]
        bodies = [json.loads(line["response"]["body"]) for line in lines if "/commits?" in line["request"]["url"]]
        found.append({commit["sha"] for body in bodies for commit in body})
    return found
