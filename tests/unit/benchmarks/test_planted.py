"""What is made up: the same for the same seed, true to its story, and real to git."""

import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.planted import histories, manifests, scenes, stories
from benchmarks.planted.expected import HEALTH, VULNERABLE
from benchmarks.planted.packages import Flaw, Package, make_world
from benchmarks.planted.stories import STORIES, Story
from orchestrator.planning.watchlist import load_watchlist

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("name", STORIES)
def test_a_history_is_as_long_as_old_and_as_quiet_as_its_story_says(name: str) -> None:
    # Given
    story = STORIES[name]

    # When
    told = histories.moments(story, now=NOW)

    # Then
    times = [moment.at for moment in told]
    released = [moment.at for moment in told if moment.release]
    gap = times[1] - times[0]
    assert len(told) == story.commits
    assert times == sorted(set(times))
    assert times[0] == NOW - story.days * DAY
    assert timedelta(0) <= NOW - story.quiet * DAY - times[-1] < timedelta(seconds=1)
    assert story.unreleased * DAY <= NOW - released[-1] <= story.unreleased * DAY + gap
    assert {moment.author for moment in told} - {-1} == set(range(story.people))


def test_who_left_made_nothing_since() -> None:
    # Given
    story = STORIES["left"]

    # When
    last = max(moment.at for moment in histories.moments(story, now=NOW) if moment.author == -1)

    # Then
    assert last < NOW - story.lead_left * DAY


def test_the_same_seed_tells_the_same_story_and_another_one_does_not() -> None:
    # Given
    story = Story(commits=30, days=200)
    told = histories.moments(story, now=NOW)

    # When
    first, same, other = (list(histories.commits(story, told, files={}, seed=seed)) for seed in ("a", "a", "b"))

    # Then
    assert first == same
    assert first != other


def test_announcements_stand_in_the_notes_of_the_latest_versions_alone() -> None:
    # Given
    story = Story(commits=60, days=300, breaking=1, deprecating=2)
    told = histories.moments(story, now=NOW)

    # When
    logs = [
        commit.files[histories.CHANGE_LOG]
        for commit in histories.commits(story, told, files={}, seed="x")
        if commit.tag
    ]

    # Then
    sections = logs[-1].split("\n## ")[1:]
    assert len(sections) == len(histories.versions(told)) == len(logs)
    assert ["Breaking" in section for section in sections] == [number < 1 for number in range(len(sections))]
    assert ["Deprecated" in section for section in sections] == [number < 2 for number in range(len(sections))]
    expected = [one.about for one in stories.told_by(story, target="x", versions=histories.versions(told))]
    assert [about for about in expected if about] == [
        section.split()[0] for section in (sections[0], sections[1], sections[0])
    ]


def test_the_way_out_is_the_first_mend_that_has_no_other_flaw() -> None:
    # Given a flaw that is mended where another one is still there, and one that was taken back
    flaws = (
        Flaw("A", "", begin=0, end=2, severity="low"),
        Flaw("B", "", begin=1, end=4, severity="high"),
        Flaw("C", "", begin=0, end=9, severity="high", withdrawn=True),
    )
    package = Package("PyPI", "amber", tuple(f"1.{n}" for n in range(10)), flaws)

    # When
    found = list(manifests.told_by([manifests.Use(package, 1)], target="lamp"))

    # Then
    assert [(one.kind, one.about, one.fixed_in) for one in found] == [
        (VULNERABLE, "amber/A", "1.4"),
        (VULNERABLE, "amber/B", "1.4"),
    ]
    assert package.way_out(4) == ""


def test_what_is_chosen_at_no_risk_has_no_flaw() -> None:
    # Given
    world = make_world(50, flaws=100, seed=3)

    # When
    uses = manifests.choose(world, most=40, risk=0.0, loose=False, chance=random.Random(1))  # noqa: S311  made-up data

    # Then
    assert uses
    assert not list(manifests.told_by(uses, target="lamp"))


def test_a_scene_is_made_of_repositories_that_git_can_read(tmp_path: Path) -> None:
    # When
    scene = scenes.many(tmp_path, repositories=2, flaws=20, seed=1, now=NOW)

    # Then its watchlist names them, and git counts the commits that it was told of
    targets = load_watchlist(scene.watchlist).targets
    clones = [target.location for target in targets if target.kind == "git"]
    counts = [_git(clone, "rev-list", "--count", "HEAD") for clone in clones]
    assert len(clones) == scene.targets == 2
    assert sum(map(int, counts)) == scene.commits
    assert "requirements.txt" in _git(clones[0], "ls-tree", "--name-only", "HEAD").split()
    assert len(_git(clones[0], "tag").split()) > 20
    assert len(list((tmp_path / scenes.ADVISORIES).iterdir())) == scene.advisories >= 20
    assert scene.expected is not None
    assert sum(one.kind == HEALTH for one in scene.expected) == 2


def _git(clone: str, *words: str) -> str:
    return subprocess.run(["git", f"--git-dir={clone}", *words], check=True, capture_output=True, text=True).stdout
