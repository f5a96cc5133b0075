"""The made-up incident through real runs: a second look sees what happened since the first, and how bad it is."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.commands import Started

from orchestrator.recordings.incident.play import Incident
from orchestrator.recordings.incident.watching import LOCK, lock_file, settings, watchlist
from orchestrator.recordings.server import playing

pytestmark = pytest.mark.timeout(400)

Report = Mapping[str, Any]


@pytest.fixture
def run(
    lookout: Callable[..., Started], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], Report]:
    """Return what looks once at the incident that is played at an address, and gives the report."""

    def look(url: str, name: str) -> Report:
        for setting, value in settings(url).items():
            monkeypatch.setenv(setting, value)
        (tmp_path / LOCK).write_text(lock_file())
        (tmp_path / "watchlist.yaml").write_text(yaml.safe_dump(watchlist(url), sort_keys=False))
        started = lookout("run", "watchlist.yaml", "--wait", "--output", name)
        assert started.process.wait(180) == 0, started.written()
        report: Report = json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8"))
        return report

    return look


def found(report: Report) -> dict[str, set[str]]:
    """Return the kinds of findings, each with the labels of the targets that have one."""
    kinds: dict[str, set[str]] = {}
    for finding in report["findings"]:
        kinds.setdefault(finding["kind"], set()).add(finding["target_label"])
    return kinds


def test_a_second_look_sees_the_worm_for_what_it_is(run: Callable[[str, str], Report]) -> None:
    # Given the incident on its second day: bad versions, many questions, and nobody who says what it is
    incident = Incident(datetime.now(UTC), act=1)
    with playing(incident) as player:
        # When it is looked at
        first = run(player.url, "first")
        # Then the wave of questions is seen, and no flaw is known
        assert found(first)["github.issue_wave"] == {"ferrywheel"}
        assert "security.malicious_package" not in found(first)
        # When more has happened, and it is looked at again
        unchanged, incident.act = player.tally.unchanged, 2
        second = run(player.url, "second")
        # Then what the lock file pins is known to do harm and to be exploited, and what to do about it is said
        (harm,) = (each for each in second["findings"] if each["kind"] == "security.malicious_package")
        assert (harm["target_label"], harm["severity"]) == ("what our service runs on", "critical")
        told = {each["natural"] for each in harm["evidence"]}
        assert {"CVE-2099-99001", "GHSA-xxxx-xxxx-xx24", "MAL-2099-99001"} <= told
        assert "2.4.2" in harm["next_action"]
        # And what had not changed was not sent again, nor was anything asked for that is not in the story
        assert player.tally.unchanged > unchanged
        assert player.tally.unknown == 0
