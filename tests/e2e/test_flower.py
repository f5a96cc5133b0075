"""Flower beside the stack, as a browser and a script meet it: a run goes by, and nothing is given away."""

import base64
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.commands import Started, git, repository
from support.composing import composed
from support.stages import wait_for

from agents.catalog import catalog
from orchestrator.local.home import Home
from orchestrator.queues import task_queues

Lookout = Callable[..., Started]

PASSWORD = "planted-pa55word,x"
EVIDENCE = "planted-evidence"
LANES = {queue.name for queue in task_queues(catalog())}


@dataclass(frozen=True)
class Flower:
    """Flower as one user reaches it."""

    port: int
    headers: Mapping[str, str]

    def ask(self, path: str, *, method: str = "GET") -> tuple[int, str]:
        """Return the status and the text of an answer; 0 where nobody answers."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers=dict(self.headers),
            method=method,
            data=b"" if method == "POST" else None,
        )
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310  loopback
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError as error:
            return 0, str(error)

    def answer(self, path: str) -> Any:  # noqa: ANN401  JSON
        """Return what its API answers."""
        status, text = self.ask(path)
        assert status == 200, text
        return json.loads(text)


@pytest.fixture
def flower(monkeypatch: pytest.MonkeyPatch) -> Flower:
    """Return a free place for Flower, with a password that the settings name."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("LOOKOUT_FLOWER_PORT", str(port))
    monkeypatch.setenv("LOOKOUT_FLOWER_BASIC_AUTH", f"eve:{PASSWORD}")
    token = base64.b64encode(f"eve:{PASSWORD}".encode()).decode()
    return Flower(port, {"Authorization": f"Basic {token}"})


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """Return a watchlist of a repository that says something worth remembering."""
    folder = repository(tmp_path / "small")
    (folder / "CHANGELOG.md").write_text(f"# 2.0\n\n- breaking: {EVIDENCE}\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", f"Release 2.0: {EVIDENCE}")
    git(folder, "tag", "v2.0", "--message", EVIDENCE)
    path = tmp_path / "w.yaml"
    path.write_text("name: mine\ntargets:\n  - git: small\n")
    return path


def steps_of(lookout: Lookout, words: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a run's steps as the command line tells them."""
    shown = lookout(*words)
    assert shown.process.wait(60) == 0, shown.written()
    steps: list[dict[str, Any]] = json.loads(shown.written())["steps"]
    return steps


def test_a_run_goes_by_in_flower_and_gives_nothing_away(
    lookout: Lookout, home: Home, flower: Flower, watched: Path
) -> None:
    # Given the stack with Flower, closed by a password
    up = lookout("up", "--flower")
    up.wait_for("flower running as pid")
    wait_for(lambda: flower.ask("/healthcheck")[0] == 200, seconds=60)
    # Then every queue is seen, lane by lane, with how much waits in it, whichever workers are there by now
    lengths = {queue["name"]: queue["messages"] for queue in flower.answer("/api/queues/length")["active_queues"]}
    assert set(lengths) == LANES
    # And the health check of its container finds it well
    assert health(flower.port) == 0
    # When a run goes by
    wait_for(lambda: len(flower.answer("/api/workers?refresh=1")) == 3, seconds=60)
    run = lookout("run", watched.name, "--wait")
    assert run.process.wait(120) == 0, run.written()
    steps = steps_of(lookout, ("runs", "show", "latest", "--json"))
    # Then each of its steps is a task that names its agent and its target, and has succeeded
    for step in steps:

        def gone_by(step: Mapping[str, Any] = step) -> bool:
            tasks = flower.answer(f"/api/tasks?taskname=lookout.step.{step['agent']}").values()
            return [task["state"] for task in tasks if f"'{step['name']}'" in task["args"]] == ["SUCCESS"]

        wait_for(gone_by, seconds=30)
    assert any("small-" in step["name"] for step in steps)
    # And each queue has a worker
    workers = flower.answer("/api/workers?refresh=1")
    assert {queue["name"] for worker in workers.values() for queue in worker["active_queues"]} == LANES
    assert {name.partition("@")[0] for name in workers} == {"waiting", "computing", "urgent"}
    # And in nothing that it answers is a password, or what was collected
    answers = everything(flower, workers=list(workers))
    secrets = {PASSWORD, EVIDENCE, *json.loads((home.path / "passwords.json").read_text()).values()}
    assert len(secrets) > 3
    assert [(path, secret) for path, text in answers.items() for secret in secrets if secret in text] == []
    # And nobody acts through it, or looks without the password
    assert flower.ask("/api/task/send-task/lookout.sweep", method="POST")[0] == 403
    assert {path: Flower(flower.port, {}).ask(path)[0] for path in answers if path != "/metrics"} == {
        path: 401 for path in answers if path != "/metrics"
    }
    # And when the stack stops, nothing of it is left
    assert up.interrupt() == 130
    assert up.left_behind() == []
    assert health(flower.port) == 1
    assert [path.name for path in home.logs.iterdir() if path.suffix != ".log"] == []
    logs = "".join(path.read_text() for path in home.logs.iterdir())
    assert [secret for secret in secrets if secret in logs] == []


def health(port: int) -> int:
    """Run the health check of Flower's container; return its exit code."""
    _, program, *words = composed()["services"]["flower"]["healthcheck"]["test"]
    assert (program, len(words)) == ("python", 2)
    checked = [word.replace(":5555/", f":{port}/") for word in words]
    return subprocess.run([sys.executable, *checked], capture_output=True, check=False, timeout=60).returncode


def everything(flower: Flower, *, workers: list[str]) -> dict[str, str]:
    """Return what every page and every part of its API shows."""
    tasks = flower.answer("/api/tasks")
    columns = "&".join(f"columns[{number}][data]=name" for number in range(8))
    table = f"/tasks/datatable?draw=1&start=0&length=100&search[value]=&order[0][column]=0&order[0][dir]=asc&{columns}"
    paths = ["/", "/tasks", "/broker", "/metrics", "/api/workers", "/api/tasks", "/api/task/types", table]
    paths += [f"/worker/{worker}" for worker in workers]
    paths += [f"/{kind}/{task}" for kind in ("task", "api/task/info", "api/task/result") for task in tasks]
    answers = {path: flower.ask(path) for path in paths}
    assert {path: status for path, (status, _) in answers.items() if status != 200} == {}
    # The table shows a step's target before the id of its run.
    assert re.search(r"[a-z]+:[a-z]+/small-[0-9a-f]{6} of run [0-9a-f-]{36}", answers[table][1])
    return {path: text for path, (_, text) in answers.items()}


def test_half_a_password_is_refused_before_anything_starts(
    lookout: Lookout, home: Home, flower: Flower, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a password without a name, when the stack is to start with Flower, then it says what is missing
    monkeypatch.setenv("LOOKOUT_FLOWER_BASIC_AUTH", "hunter2")
    up = lookout("up", "--flower")
    assert up.process.wait(60) == 2, up.written()
    assert "write it as USER:PASSWORD" in up.written()
    assert "hunter2" not in up.written()
    assert not home.logs.exists()
