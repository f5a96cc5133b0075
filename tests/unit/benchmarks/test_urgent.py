"""The benchmark of urgent work: what is queued, what counts as met, and what is said where RabbitMQ is missing."""

import copy
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from agents.catalog import catalog
from agents.contract import Pool
from benchmarks import rabbitmq
from benchmarks.__main__ import main
from benchmarks.urgent import measure
from benchmarks.urgent.door import PlannedIntake
from benchmarks.urgent.drive import fared, fared_by_group
from benchmarks.urgent.measure import Wishes, figures_of, goals_of, in_ms, raw_url
from benchmarks.urgent.plans import BURST, bursts, shares, touches
from orchestrator.domain.triggers import Priority, Trigger
from orchestrator.errors import AdmissionError, ServiceError
from orchestrator.intake import Intake
from orchestrator.ledger.limits import Limits

WISHES = Wishes(backlog=100, criticals=3, plans=2)
PLAN = {"seconds": 0.4, "began": 0.01, "flaws": 3, "agents": measure.PLAN_AGENTS, "files": measure.PLAN_FILES}
AGENTS = {spec.pool: name for name, spec in catalog().items()}
"""An agent of each group of workers."""


def lowest(**times: tuple[float, ...]) -> dict[str, dict[str, float]]:
    """Return how the lowest class fared within 10 s in which its steps began at these times, by group."""
    began = [(AGENTS[Pool(group)], at) for group, marks in times.items() for at in marks]
    return fared_by_group(began, specs=catalog(), since=0.0, until=10.0)


TOLD: dict[str, Any] = {
    "waits": [0.004, 0.005, 0.04],
    "parts": {"returned": [0.002, 0.003, 0.004]},
    "plans": [PLAN, {**PLAN, "seconds": 0.6, "flaws": 0}],
    "backlog": {"start": {"a.low": 60, "b.low": 60, "a": 0}, "end": {"a.low": 9, "b.low": 9, "a": 0}},
    "lowest_class": {"groups": lowest(threads=(1, 2, 3, 4, 5, 6, 7, 8, 9), processes=(2, 4, 8))},
}
RAW = {"waits": [0.003, 0.003, 0.009]}


def missed(told: dict[str, Any]) -> list[str]:
    """Return the goals that are missed by what was told."""
    met = goals_of(figures_of(told, RAW), told["plans"], wishes=WISHES)
    return [goal for goal, held in met.items() if not held]


def test_every_agents_lane_carries_a_part_of_the_backlog() -> None:
    # Given the catalogue, when a thousand steps are laid out
    parts = shares(catalog(), 1_000)
    # Then every agent has some, and they are as many as was asked for
    assert set(parts) == set(catalog())
    assert sum(parts.values()) == 1_000
    # And the bursts hold just those, in the class that was asked for
    made = list(bursts(catalog(), total=1_000, priority=Priority.LOW))
    assert {one.plan.priority for one in made} == {Priority.LOW}
    assert sum(len(one.plan.steps) for one in made) == 1_000
    assert max(len(one.plan.steps) for one in made) <= BURST
    assert len({one.key for one in made}) == len(made)


def test_critical_ones_are_single_steps_on_each_agents_lane_in_turn() -> None:
    # When as many are made as there are agents, and one more
    made = list(islice(touches(catalog()), len(catalog()) + 1))
    # Then each agent has one, and the first has the last
    assert {(one.plan.priority, len(one.plan.steps)) for one in made} == {(Priority.CRITICAL, 1)}
    agents = [step.agent for one in made for step in one.plan.steps]
    assert agents == [*catalog(), agents[0]]
    assert len({one.key for one in made}) == len(made)


def test_figures_are_in_milliseconds_and_goals_are_met() -> None:
    figures = figures_of(TOLD, RAW)
    assert figures["wait_ms"] == {"p50": 5.0, "p99": 40.0, "max": 40.0}
    assert figures["raw_celery_wait_ms"]["p99"] == 9.0
    assert figures["security_plan_seconds"] == {"p50": 0.5, "p99": 0.6, "max": 0.6}
    assert figures["security_plan_wait_ms"] == {"p50": 10.0, "p99": 10.0, "max": 10.0}
    assert missed(TOLD) == []


@pytest.mark.parametrize(
    ("path", "value", "goal"),
    [
        (("waits",), [0.004, 0.005, 0.06], "99 of 100"),
        (("plans", 0, "began"), 0.06, "the first step of 99 of 100"),
        (("plans", 0, "seconds"), 2.1, "every security plan"),
        (("plans", 0, "files"), ["report.md"], "every plan is a real one"),
        (("plans", 0, "agents"), ["security"], "every plan is a real one"),
        (("plans", 0, "flaws"), 0, "every plan is a real one"),
        (("backlog", "start", "a.low"), 30, "100 scheduled steps"),
        (("backlog", "end", "b.low"), 0, "every queue carried"),
        (("lowest_class", "groups"), lowest(threads=(2, 4, 6, 8)), "the lowest class"),
        (("lowest_class", "groups"), lowest(threads=(2, 4, 6, 8), processes=(1, 2, 3)), "the lowest class"),
        (("lowest_class", "groups"), lowest(), "the lowest class"),
        (("lowest_class", "groups"), {}, "the lowest class"),
    ],
)
def test_each_goal_can_be_missed(path: tuple[Any, ...], value: object, goal: str) -> None:
    # Given what was told, with one figure spoiled
    told = copy.deepcopy(TOLD)
    place: Any = told
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    # When goals are judged, then just that one is missed
    assert [words.startswith(goal) for words in missed(told)] == [True]


def test_the_longest_wait_counts_from_the_first_moment_to_the_last() -> None:
    assert fared([3.0, 4.0], since=0.0, until=10.0) == {"steps_per_second": 0.2, "longest_wait_seconds": 6.0}
    assert fared([], since=0.0, until=10.0) == {"steps_per_second": 0.0, "longest_wait_seconds": 10.0}


def test_a_group_in_which_no_low_step_began_is_told_of() -> None:
    # Given low steps on threads alone, when they are counted, then the processes' group stands there with none
    assert lowest(threads=(4,)) == {
        "threads": {"steps_per_second": 0.1, "longest_wait_seconds": 6.0},
        "processes": {"steps_per_second": 0.0, "longest_wait_seconds": 10.0},
    }


class FullGate:
    """Has room for critical runs alone."""

    def has_room(self, priority: Priority) -> bool:
        return priority is Priority.CRITICAL

    def refusal(self, priority: Priority) -> AdmissionError:
        return AdmissionError(f"no room for {priority.name}", retry_after_seconds=1.0)


class UnknownKeys(PlannedIntake):
    """Knows no key."""

    def _is_known(self, key: str) -> bool:
        return not key


def test_every_trigger_passes_the_real_intakes_gate_at_its_own_priority() -> None:
    # Given an intake like a real one, whose gate has room for critical runs alone
    real = Intake(
        engine=cast("Any", None),
        relay=cast("Any", None),
        specs=catalog(),
        limits=Limits(),
        gate=cast("Any", FullGate()),
    )
    intake = UnknownKeys.like(real)
    assert intake.gate is real.gate
    # When steps of the backlog and critical ones come, then the first are turned away and the others are not
    with pytest.raises(AdmissionError, match="LOW"):
        intake.admit(first_trigger(Priority.LOW))
    intake.admit(first_trigger(Priority.CRITICAL))


def first_trigger(priority: Priority) -> Trigger:
    """Return the first trigger of a priority that the benchmark makes by hand."""
    made = touches(catalog()) if priority is Priority.CRITICAL else bursts(catalog(), total=10, priority=priority)
    return next(iter(made)).trigger


def test_waits_are_told_by_their_middle_and_their_ends() -> None:
    assert in_ms([0.001, 0.003]) == {"p50": 2.0, "p99": 3.0, "max": 3.0}


def test_raw_celery_has_a_keyspace_of_its_own() -> None:
    assert raw_url("redis+socket://:p@/x?virtual_host=0").endswith("virtual_host=1")
    assert raw_url("amqp://u:p@h//") == "amqp://u:p@h//"


def test_a_missing_rabbitmq_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a machine without the program
    monkeypatch.setattr(rabbitmq, "program", lambda: None)
    # When the benchmark is asked for it, then nothing is started, and the remedy is named
    answer = CliRunner().invoke(main, ["urgent", "--broker", "rabbitmq"])
    assert answer.exit_code == 2
    assert rabbitmq.INSTALL in answer.output
    with pytest.raises(ServiceError, match=rabbitmq.INSTALL):
        rabbitmq.RabbitServer.in_folder(tmp_path)


def test_the_start_script_is_found_behind_the_systems_wrapper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a wrapper on PATH that is a link, as Debian has it
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "lib" / "rabbitmq-script-wrapper"
    wrapper.parent.mkdir()
    for path in (wrapper, wrapper.parent / rabbitmq.PROGRAM):
        path.touch(mode=0o755)
    (tmp_path / "bin" / rabbitmq.PROGRAM).symlink_to(wrapper)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    # When it is looked for, then the script beside the wrapper is found
    assert rabbitmq.program() == wrapper.parent / rabbitmq.PROGRAM
    # And without a wrapper it is what the link points to
    (tmp_path / "bin" / rabbitmq.PROGRAM).unlink()
    (tmp_path / "bin" / rabbitmq.PROGRAM).symlink_to(wrapper.parent / rabbitmq.PROGRAM)
    assert rabbitmq.program() == wrapper.parent / rabbitmq.PROGRAM
