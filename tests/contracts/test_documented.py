"""What the code can do is documented: settings, watchlists, payloads, states, exit codes; what is shown works."""

import ast
import importlib.util
import json
import re
import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.documents import ROOT, Document

import celeryconfig
from agents.analysis.health.signals import WINDOW_DAYS
from agents.catalog import catalog
from agents.contract import AgentSpec, CoverageState, Target, TargetKind
from agents.sources.git.span import MAX_COMMITS
from agents.sources.git.tags import MAX_TAGS
from orchestrator.cli.exits import Exit
from orchestrator.domain.lanes import lane
from orchestrator.domain.runs import RunState, StepState
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.doors import read_payload
from orchestrator.errors import WatchlistError
from orchestrator.ledger.canvas import TRIGGER_TASK
from orchestrator.planning import options, watchlist
from orchestrator.planning.entries import ENTRY_KEYS
from orchestrator.planning.outlines import outline
from orchestrator.planning.planner import make_plan
from orchestrator.queues import task_queues


def document(name: str) -> Document:
    """Return one of the documents in docs/."""
    return Document(ROOT / "docs" / name)


def script(path: Path) -> ModuleType:
    """Return a script of the repository as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_settings_are_documented_with_their_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    # Given the tables that are printed from the settings themselves
    runpy.run_path(str(ROOT / "deploy" / "settings_table.py"), run_name="__main__")
    # When the document is read, then they stand in it as they are: else print them anew
    assert capsys.readouterr().out.strip() in document("settings.md").text


def test_every_key_of_a_watchlist_is_documented() -> None:
    inline = set(document("watchlist.md").inline)
    assert {*watchlist._KEYS, *ENTRY_KEYS, "fail_on", "optional", "since", "max_commits", "max_tags"} <= inline  # noqa: SLF001  its names are the format
    assert {f"{MAX_COMMITS}", f"{MAX_TAGS}", f"{WINDOW_DAYS}"} <= inline


@pytest.mark.parametrize("name", ["watchlist.md", "getting-started.md", "../README.md"])
def test_the_watchlists_that_are_shown_can_be_read(name: str, tmp_path: Path) -> None:
    (shown,) = document(name).blocks("yaml")
    assert watchlist.parse_watchlist(shown, path=tmp_path / "watchlist.yaml").targets


def test_what_a_bad_watchlist_is_told_is_shown_as_it_is() -> None:
    # Given the output that the document shows
    (shown,) = document("watchlist.md").blocks("console")
    told = [line.removeprefix("lookout: ") for line in shown.splitlines() if line.startswith("lookout: ")]
    # When a file with those faults is read
    text = (
        "name: shop\ntargets:\n  - git: ../x\n    teir: critical\n  - sbom: y\n    look: [helth]\n    max_age: soon\n"
    )
    with pytest.raises(WatchlistError) as caught:
        watchlist.parse_watchlist(text, path=Path("shop.yaml"))
    # Then it is told the same
    assert list(caught.value.problems) == told


def test_every_field_and_option_of_a_payload_is_documented() -> None:
    inline = set(document("enqueue.md").inline)
    assert {*Trigger.model_fields, *options._READERS, *map(str, TriggerKind)} <= inline  # noqa: SLF001  its names are the format


def test_every_state_is_explained() -> None:
    inline = set(document("concepts.md").inline)
    assert {*map(str, RunState), *map(str, StepState), *map(str, CoverageState), *catalog()} <= inline


@pytest.mark.parametrize("spec", catalog().values(), ids=lambda spec: spec.name)
def test_every_agent_is_listed_with_what_it_can_do(spec: AgentSpec) -> None:
    rows = document("concepts.md").text.splitlines()
    (row,) = [line for line in rows if line.startswith(f"| `{spec.name}` |")]
    assert set(re.findall(r"`([a-z]+:?[a-z]*)`", row.split("|")[2])) == spec.capabilities
    assert f"({spec.pool})" in row


def test_every_exit_code_is_explained() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", document("operations.md").text, re.MULTILINE)}
    assert codes == set(Exit)


def test_every_setting_of_celery_has_its_reason() -> None:
    given = {name for name in vars(celeryconfig) if not name.startswith("_")}
    assert given <= set(document("operations.md").inline)


def test_the_agent_that_is_shown_works_and_gets_its_queue_and_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given the agent and the test that the document shows
    agent, test = document("agents.md").blocks("python")
    module = ModuleType("agents.specialists.pinning")
    exec(compile(agent, "docs/agents.md", "exec"), vars(module))  # noqa: S102  our own document
    monkeypatch.setitem(sys.modules, module.__name__, module)
    spec: AgentSpec = module.PinningAgent.spec
    # When its test runs
    told: dict[str, object] = {}
    exec(compile(test, "docs/agents.md", "exec"), told)  # noqa: S102  the same
    (check,) = [value for name, value in told.items() if name.startswith("test_")]
    assert callable(check)
    check()
    # Then it is whole; and entered in the catalogue it has its queues, and plans that ask for it have it
    specs = {**catalog(), spec.name: spec}
    assert {lane(spec, priority) for priority in Priority} <= {queue.name for queue in task_queues(specs)}
    target = Target(kind=TargetKind.SBOM, location="/srv/shop.lock")
    plan = make_plan(Trigger(kind=TriggerKind.MONITOR, targets=(target,), options={"look": ["pinning"]}), specs=specs)
    assert "pinning.analyse:pinning/shop.lock" in outline(plan.shape)


def test_the_example_of_a_caller_needs_celery_alone_and_says_what_the_door_understands() -> None:
    # Given the example
    path = ROOT / "examples" / "enqueue.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    roots = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    roots |= {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    # When its parts are looked at, then a service with celery[redis] has them, and its message is one that we accept
    assert roots - set(sys.stdlib_module_names) == {"celery"}
    example = script(path)
    assert example.TASK == TRIGGER_TASK
    sent = example.payload("monitor", targets=[example.target("sbom:/srv/shop.lock")], subject="", key="k")
    assert read_payload(json.loads(json.dumps(sent))).targets[0].id == "sbom:/srv/shop.lock"


def test_the_payload_that_is_shown_is_accepted() -> None:
    (shown,) = document("enqueue.md").blocks("python")
    (call,) = [
        node
        for node in ast.walk(ast.parse(shown))
        if isinstance(node, ast.Call) and "send_task" in ast.unparse(node.func)
    ]
    given = {word.arg: word.value for word in call.keywords}
    assert read_payload(ast.literal_eval(given["kwargs"])).kind is TriggerKind.ADVISORY
