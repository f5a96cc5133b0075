"""The demo: one command, no keys, no network, no servers; whatever the folder's history is like."""

import json
import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.commands import PROGRAM, git, repository, surroundings

ORDINARY = "nobody"


@pytest.fixture
def surrounding(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody whose everything lies below one folder; servers that it names are not used."""
    (tmp_path / "tmp").mkdir(mode=0o700)
    return surroundings(
        {
            "HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "TMPDIR": str(tmp_path / "tmp"),
            "DATABASE_URL": "postgresql://app:hunter2@127.0.0.1:1/x",
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        }
    )


def demo(folder: Path, surrounding: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in a folder; nothing but its report may be left."""
    command = [*PROGRAM, "demo", *words]
    ended = subprocess.run(command, cwd=folder, env=surrounding, capture_output=True, text=True, check=False)
    assert list(Path(surrounding["TMPDIR"]).glob("lookout-*")) == []
    return ended


def reported(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return the report of an outcome."""
    path = next(path for path in outcome["reports"] if path.endswith(".json"))
    report: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return report


def test_the_demo_looks_at_what_is_at_hand_and_at_an_incident(tmp_path: Path, surrounding: dict[str, str]) -> None:
    # Given
    clone = repository(tmp_path / "a clone")
    (clone / "orchestrator").mkdir()
    (clone / "orchestrator" / "__init__.py").write_text("raise SystemExit('a stranger was imported')\n")
    (clone / "below").mkdir()
    # When
    ended = demo(clone / "below", surrounding, "--json")
    # Then
    outcome = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert outcome["state"] == "succeeded"
    assert outcome["kind"] == "monitor"
    assert set(outcome["steps"].values()) == {"succeeded"}
    assert sorted(Path(path).name for path in outcome["reports"]) == ["report.html", "report.json", "report.md"]
    # And the incident was played through the real sources, and is labelled as a replay wherever it shows
    incident = outcome["incident"]
    assert (incident["state"], incident["findings"]["critical"]) == ("succeeded", 1)
    assert "Replay of recorded data" in incident["summary"]
    assert "security.malicious_package" in {finding["kind"] for finding in reported(incident)["findings"]}
    for path in incident["reports"]:
        assert "ferrywheel worm" in Path(path).read_text(encoding="utf-8")
    assert all(Path(path).is_relative_to(tmp_path / "data" / "lookout" / "reports") for path in outcome["reports"])
    assert "not_collected" in json.dumps(reported(outcome))  # advisories are none of what is at hand
    assert "demo: starting Postgres" in ended.stderr


def test_without_a_history_the_demo_says_so_and_goes_on(tmp_path: Path, surrounding: dict[str, str]) -> None:
    # Given
    tarball = tmp_path / "tarball"
    tarball.mkdir()
    (tarball / "requirements.txt").write_text("flask==3.0.0\n")
    # When
    ended = demo(tarball, surrounding, "--no-open", "--only", "repository", "--output", "out")
    # Then
    assert ended.returncode in {0, 3}, ended.stderr
    rows = ended.stdout.splitlines()
    assert rows[0].startswith("run ")
    assert f"report: {tarball / 'out' / 'report.html'}" in rows
    assert "not_collected" in (tarball / "out" / "report.json").read_text()
    assert "\x1b" not in ended.stdout + ended.stderr
    assert "✓ succeeded" in ended.stderr


def test_whatever_a_history_is_like_a_run_reports_what_it_saw(tmp_path: Path, surrounding: dict[str, str]) -> None:
    # Given
    whole = repository(tmp_path / "whole")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{whole}", "shallow")
    repository(tmp_path / "empty", commits=0)
    others = repository(tmp_path / "others")
    if os.geteuid() == 0:
        owner = pwd.getpwnam(ORDINARY)
        for path in (others, *others.rglob("*")):
            os.lchown(path, owner.pw_uid, owner.pw_gid)
    names = ("whole", "shallow", "empty", "others", "gone")
    entries = "".join(f"  - git: {name}\n    options: {{optional: true}}\n" for name in names)
    (tmp_path / "w.yaml").write_text(f"targets:\n{entries}")
    private = {**surrounding, "DATABASE_URL": "", "CELERY_BROKER_URL": ""}
    # When
    command = [*PROGRAM, "run", "w.yaml", "--json"]
    ended = subprocess.run(command, cwd=tmp_path, env=private, capture_output=True, text=True, check=False)
    # Then
    outcome = json.loads(ended.stdout)
    assert ended.returncode in {0, 3}, ended.stderr
    report = json.dumps(reported(outcome))
    assert "shallow" in report
    assert "not_collected" in report
    states = {name: state for name, state in outcome["steps"].items() if name.startswith("collect:git/")}
    assert len(states) == len(names)
    assert set(states.values()) <= {"succeeded", "partial"}
