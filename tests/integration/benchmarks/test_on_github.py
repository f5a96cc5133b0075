"""Repositories that are made up on GitHub, as a real replay plays them and as the real agents read and judge them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.forge import Watcher

from agents.contract import AgentReport, Evidence, Finding, Target, TargetKind, Work
from agents.sources.http.page import Kept
from agents.specialists.github import GitHubAgent
from benchmarks.checking import compare
from benchmarks.planted.forge.answers import OWNER
from benchmarks.planted.forge.scene import OPTIONS, many_on_github
from benchmarks.planted.forge.tales import TALES
from benchmarks.planted.scenes import Scene
from benchmarks.replays import Asked, Replay, ReplayError, replaying
from orchestrator.local.home import Home
from orchestrator.planning.watchlist import load_watchlist

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return a scene of one repository for each tale."""
    return many_on_github(tmp_path / "scene", repositories=len(TALES), seed=1, now=NOW)


@pytest.fixture
def start(tmp_path: Path, scene: Scene) -> Callable[[], Any]:
    """Return what starts a replay of the scene."""
    assert scene.recordings is not None
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "lookout.toml").touch()
    recordings = scene.recordings
    return lambda: replaying(recordings, home=Home(tmp_path / "home"))


@dataclass
class Pages:
    """Pages that were kept, in a dict."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def find(self, key: str) -> Kept | None:
        return self.kept.get(key)

    def keep(self, key: str, page: Kept) -> None:
        self.kept[key] = page


@dataclass
class Known:
    """Evidence of one target, read as the store reads it."""

    watcher: Watcher

    def read(self, *, targets: Sequence[str] = (), kinds: Sequence[str] = ()) -> Iterator[Evidence]:
        wanted = (one for one in self.watcher.known.values() if one.target in targets and one.kind in kinds)
        return iter(sorted(wanted, key=lambda one: (one.kind, one.at or NOW, one.key)))


def judged(watcher: Watcher, name: str) -> list[Mapping[str, Any]]:
    """Return the findings about what a watcher knows, as a report has them."""
    target = Target(kind=TargetKind.GITHUB, location=watcher.location, options=watcher.options)
    told = AgentReport(agent="data_manager", target=target.id, coverage=tuple(watcher.coverage.values()))
    work = Work(
        run_id="r",
        step=f"github: {name}",
        trigger_kind="manual",
        capability="analyse:health",
        target=target,
        now=NOW,
        reports=(told,),
        evidence=Known(watcher),
    )
    return [as_reported(finding, name) for finding in GitHubAgent().run(work).findings]


def as_reported(finding: Finding, name: str) -> Mapping[str, Any]:
    data = {"kind": finding.kind, "severity": finding.severity.value, "data": dict(finding.data)}
    return {**data, "target_label": name}


def test_what_each_tale_plants_is_found_and_nothing_else(scene: Scene, start: Callable[[], Any]) -> None:
    # Given those who watch what the watchlist names
    targets = [target for target in load_watchlist(scene.watchlist).targets if target.kind is TargetKind.GITHUB]
    assert [target.location for target in targets] == [f"{OWNER}/{target.label}" for target in targets]
    assert all(target.options == OPTIONS for target in targets)

    # When they look three times
    with start() as replay:
        url = replay.settings["LOOKOUT_GITHUB_API_URL"]
        watchers = {
            target.label: Watcher(url, token="", location=target.location, options=OPTIONS, now=NOW, shelf=Pages())
            for target in targets
        }
        looks: list[Asked] = []
        findings: list[list[Mapping[str, Any]]] = []
        for _ in range(3):
            for watcher in watchers.values():
                watcher.look()
            looks.append(replay.asked())
            if len(looks) != 2:
                findings.append([one for name, watcher in watchers.items() for one in judged(watcher, name)])

    # Then the first and the last come to what was planted
    assert scene.expected is not None
    verdicts = [compare(scene.expected, {"findings": found}) for found in findings]
    assert [(one.missing, one.wrong, one.unexpected) for one in verdicts] == [((), (), ())] * 2
    assert {one.kind for one in scene.expected} == set(verdicts[0].found)
    # And lists went over a page, later looks were sent little or nothing, and all was recorded
    first, again, third = looks
    assert set(first.statuses) == {200}
    assert first.requests > again.requests == third.requests == 5 * len(TALES)
    assert again.statuses == {200: 2 * len(TALES), 304: 3 * len(TALES)}
    assert again.sent < first.sent / 10
    assert (third.statuses, third.sent) == ({304: third.requests}, 0)
    assert [one.unknown for one in looks] == [0, 0, 0]


def test_a_replay_ends_with_the_block_whatever_happens_in_it(start: Callable[[], Any]) -> None:
    # Given somebody who fails while it runs
    seen: list[Replay] = []

    def fail(replay: Replay) -> None:
        seen.append(replay)
        assert replay.processor_seconds() > 0
        raise RuntimeError("in the midst")

    # When
    with pytest.raises(RuntimeError, match="in the midst"), start() as replay:
        fail(replay)

    # Then
    assert not psutil.pid_exists(seen[0].pid)


def test_a_replay_that_does_not_start_says_why(tmp_path: Path) -> None:
    # Given a folder without recordings
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "lookout.toml").touch()

    # When / Then
    with pytest.raises(ReplayError, match="holds no recording"), replaying(empty, home=Home(tmp_path)):
        pass


def test_a_replay_that_says_nothing_in_time_is_given_up(scene: Scene, tmp_path: Path) -> None:
    # Given
    assert scene.recordings is not None
    (tmp_path / "lookout.toml").touch()

    # When / Then
    with pytest.raises(ReplayError), replaying(scene.recordings, home=Home(tmp_path), seconds=0.0):
        pass
