"""Who is hit: somebody at work, seen to be so, or nobody. With real processes that only sleep."""

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import cast

import psutil
import pytest
from support.stages import wait_for

from benchmarks.chaos.company import Company, Member
from benchmarks.chaos.deeds import Cut, Deed, Disturbance, Role
from benchmarks.chaos.disturbing import Disturber
from benchmarks.chaos.journal import RELAYED, Journal
from benchmarks.chaos.meddling import Meddler
from benchmarks.chaos.scissors import Scissors
from benchmarks.chaos.servers import Servers
from benchmarks.chaos.shears import Side
from benchmarks.chaos.signalling import signal_all
from benchmarks.chaos.watch import Books, Held, Progress
from orchestrator.errors import ServiceError
from orchestrator.local.process import ProcessSpec, StackProcess

SLEEP = shutil.which("sleep") or "/bin/sleep"


@dataclass
class Looks:
    """What is seen at one look after the other; the last one for ever."""

    seen: list[list[Held]] = field(default_factory=lambda: [[]])
    leads: int = 0

    def held(self) -> list[Held]:
        return list(self.seen.pop(0) if len(self.seen) > 1 else self.seen[0])

    def leader(self) -> int:
        return self.leads

    def progress(self) -> Progress:
        return Progress()

    def books(self) -> Books:
        return Books(runs=[], steps=[], effects={}, attempts={}, dead={})


@dataclass
class Outside:
    """Servers, broker and proxy, of which only what they were asked is kept."""

    asked: list[str] = field(default_factory=list)
    away: bool = False

    def crash(self, side: Side, *, seconds: float) -> bool:
        self.asked.append(f"{side} for {seconds}")
        return not self.away

    def flush(self) -> bool:
        self.asked.append("flush")
        return not self.away

    def want(self, cut: Cut) -> None:
        self.asked.append(str(cut))


@dataclass
class Scene:
    """A company of sleepers and somebody who disturbs it."""

    folder: Path
    looks: Looks = field(default_factory=Looks)
    outside: Outside = field(default_factory=Outside)
    company: Company = field(default_factory=lambda: Company(()))
    now: float = 1_000.0

    def sleeper(self, role: Role, *, argv: tuple[str, ...] = (SLEEP, "60"), journal: Journal | None = None) -> Member:
        """Start a member that sleeps."""
        spec = ProcessSpec(f"{role}", argv, self.folder / f"{role}.log", stop_seconds=2, death_signal=signal.SIGKILL)
        member = Member(role, StackProcess(spec), journal=journal)
        self.company.members = (*self.company.members, member)
        member.start()
        return member

    def disturber(self, *planned: Disturbance) -> Disturber:
        return Disturber(
            schedule=list(planned),
            company=self.company,
            servers=cast("Servers", self.outside),
            watch=self.looks,
            meddler=cast("Meddler", self.outside),
            scissors=cast("Scissors", self.outside),
            rng=Random(1),  # noqa: S311  it draws victims, no secret  # noqa: S311  drawn by a seed
            clock=lambda: self.now,
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.company.kill()


def pid_of(member: Member) -> int:
    assert member.pid is not None
    return member.pid


def step_of(pid: int) -> Held:
    return Held("run", "step", 1, pid)


def kill(role: Role, *, at: float = 0.1) -> Disturbance:
    return Disturbance(at=at, deed=Deed.KILL, whom=role)


def test_a_worker_is_killed_once_it_holds_a_step_and_not_before(scene: Scene) -> None:
    # Given
    worker = scene.sleeper(Role.WORKER)
    pid = pid_of(worker)
    disturber = scene.disturber(kill(Role.WORKER))

    # When
    disturber.turn(0.05)
    not_due = (worker.pid, len(disturber.waiting))
    disturber.turn(0.2)
    nothing_held = (worker.pid, len(disturber.waiting), len(disturber.hits))
    scene.looks.seen = [[step_of(pid)]]
    disturber.turn(0.2)

    # Then
    assert not_due == (pid, 0)
    assert nothing_held == (pid, 1, 0)
    assert worker.process.exit_code() == -signal.SIGKILL
    assert [(hit.whom, hit.pid, hit.held) for hit in disturber.hits] == [(Role.WORKER, pid, (step_of(pid),))]
    assert disturber.waiting == []


@pytest.mark.parametrize("deed", [Deed.KILL, Deed.FREEZE])
def test_a_worker_whose_step_has_just_ended_is_let_go(scene: Scene, deed: Deed) -> None:
    # Given
    worker = scene.sleeper(Role.WORKER)
    pid = pid_of(worker)
    scene.looks.seen = [[step_of(pid)], []]
    disturber = scene.disturber(Disturbance(at=0.1, deed=deed, whom=Role.WORKER, seconds=60))

    # When
    disturber.turn(1)

    # Then
    assert worker.pid == pid
    assert not worker.frozen
    wait_for(lambda: psutil.Process(pid).status() != psutil.STATUS_STOPPED, seconds=5)
    assert disturber.hits == []
    assert len(disturber.waiting) == 1


def test_beat_is_killed_where_it_leads(scene: Scene) -> None:
    # Given
    beat = scene.sleeper(Role.BEAT)
    disturber = scene.disturber(kill(Role.BEAT))

    # When
    disturber.turn(1)
    stood_by = len(disturber.hits)
    scene.looks.leads = pid_of(beat)
    disturber.turn(1)

    # Then
    assert stood_by == 0
    assert [hit.whom for hit in disturber.hits] == [Role.BEAT]


@pytest.mark.parametrize(("seconds", "hits"), [(1.0, 1), (10.0, 0)])
def test_a_relay_is_killed_where_it_has_sent_something_just_now(scene: Scene, seconds: float, hits: int) -> None:
    # Given
    journal = Journal(scene.folder / "relay.jsonl")
    relay = scene.sleeper(Role.RELAY, journal=journal)
    journal.note(RELAYED, pid=pid_of(relay), at=scene.now - seconds)

    # When
    disturber = scene.disturber(kill(Role.RELAY))
    disturber.turn(1)

    # Then
    assert len(disturber.hits) == hits


def test_a_child_is_killed_alone_and_its_parent_lives(scene: Scene) -> None:
    # Given
    worker = scene.sleeper(Role.WORKER, argv=("/bin/sh", "-c", f"{SLEEP} 60 & wait; wait"))
    worker.prefork = True
    pid = pid_of(worker)
    wait_for(lambda: psutil.Process(pid).children(), seconds=5)
    child = psutil.Process(pid).children()[0].pid
    scene.looks.seen = [[step_of(child)]]

    # When
    disturber = scene.disturber(kill(Role.CHILD))
    disturber.turn(1)

    # Then
    assert [(hit.whom, hit.pid) for hit in disturber.hits] == [(Role.CHILD, child)]
    wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie", seconds=5)
    assert child not in scene.company.expected


def test_a_stopped_process_goes_on_when_its_time_has_come(scene: Scene) -> None:
    # Given
    worker = scene.sleeper(Role.WORKER)
    pid = pid_of(worker)
    scene.looks.seen = [[step_of(pid)]]
    freeze = Disturbance(at=0, deed=Deed.FREEZE, whom=Role.WORKER, seconds=4)
    disturber = scene.disturber(freeze, kill(Role.WORKER))

    # When
    disturber.turn(0.05)
    wait_for(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, seconds=5)
    disturber.turn(1)
    stopped = (worker.frozen, len(disturber.waiting))
    scene.now += 5
    scene.looks.seen = [[]]
    disturber.turn(1)

    # Then
    assert stopped == (True, 1), "nobody who is stopped is hit"
    assert not worker.frozen
    wait_for(lambda: psutil.Process(pid).status() != psutil.STATUS_STOPPED, seconds=5)
    assert (disturber.hits[0].held, disturber.hits[0].until) == ((step_of(pid),), 1_004)


def test_at_the_end_everybody_goes_on(scene: Scene) -> None:
    # Given
    worker = scene.sleeper(Role.WORKER)
    scene.looks.seen = [[step_of(pid_of(worker))]]
    disturber = scene.disturber(Disturbance(at=0, deed=Deed.FREEZE, whom=Role.WORKER, seconds=60))
    disturber.turn(1)

    # When
    disturber.calm()

    # Then
    assert not worker.frozen
    wait_for(lambda: psutil.Process(pid_of(worker)).status() != psutil.STATUS_STOPPED, seconds=5)


def test_outages_and_cuts_are_asked_for_and_outages_wait_for_a_server_that_is_there(scene: Scene) -> None:
    # Given
    planned = [
        Disturbance(at=0, deed=Deed.CUT, whom=Cut.COMMIT),
        Disturbance(at=0, deed=Deed.FLUSH),
        Disturbance(at=0, deed=Deed.BROKER_KILL, seconds=1),
        Disturbance(at=0, deed=Deed.POSTGRES_STOP, seconds=2),
    ]
    scene.outside.away = True
    disturber = scene.disturber(*planned)

    # When
    disturber.turn(1)
    refused = len(disturber.waiting)
    scene.outside.away = False
    disturber.turn(1)

    # Then
    assert refused == 3
    assert [hit.deed for hit in disturber.hits] == [Deed.FLUSH, Deed.BROKER_KILL, Deed.POSTGRES_STOP]
    assert scene.outside.asked[:4] == ["commit", "flush", "broker for 1", "postgres for 2"]


def test_whoever_ended_is_started_again_and_noted_unless_we_ended_it(scene: Scene) -> None:
    # Given
    ours, other = scene.sleeper(Role.WORKER), scene.sleeper(Role.BEAT)
    scene.company.expected.add(pid_of(ours))
    scene.company.clock = lambda: ours.started + 60
    for member in (ours, other):
        member.process.kill()

    # When
    scene.company.tend()

    # Then
    assert all(member.pid is not None for member in (ours, other))
    assert dict(scene.company.unexpected) == {"beat ended with code -9": 1}


def test_an_orchestrator_that_is_done_stays_so_and_one_that_failed_does_not(scene: Scene) -> None:
    # Given
    done = scene.sleeper(Role.ORCHESTRATOR, argv=("/bin/true",))
    failed = scene.sleeper(Role.ORCHESTRATOR, argv=("/bin/false",))
    wait_for(lambda: done.process.exit_code() == 0 and failed.process.exit_code() == 1, seconds=5)
    before = scene.company.finished()

    # When
    scene.company.clock = lambda: failed.started + 60
    scene.company.tend()

    # Then
    assert done.finished
    assert not before
    assert dict(scene.company.unexpected) == {"orchestrator ended with code 1": 1}


def test_whoever_cannot_run_rests_between_tries_and_is_given_up_in_the_end(scene: Scene) -> None:
    # Given
    failed = scene.sleeper(Role.RELAY, argv=("/bin/sh", "-c", "echo no such thing; exit 3"))
    wait_for(lambda: failed.process.exit_code() == 3, seconds=5)
    scene.company.clock = lambda: failed.started
    scene.company.tend()
    rested = dict(scene.company.unexpected)

    # When
    scene.company.clock = lambda: failed.started + 60
    scene.company.unexpected["relay ended with code 3"] = 20
    with pytest.raises(ServiceError, match="no such thing"):
        scene.company.tend()

    # Then
    assert rested == {}


def test_a_company_is_stopped_even_where_somebody_is(scene: Scene) -> None:
    # Given
    workers = [scene.sleeper(Role.WORKER), scene.sleeper(Role.BEAT)]
    workers[0].frozen = True
    signal_all({pid_of(workers[0])}, signal.SIGSTOP)

    # When
    scene.company.stop()

    # Then
    assert [member.process.exit_code() for member in workers] == [-signal.SIGKILL, -signal.SIGTERM]


def test_what_somebody_said_counts_from_its_last_start(scene: Scene) -> None:
    # Given
    member = scene.sleeper(Role.WORKER, argv=("/bin/echo", "ready."))
    wait_for(lambda: member.has_said("ready."), seconds=5)
    wait_for(lambda: member.process.exit_code() == 0, seconds=5)

    # When
    member.process.spec.log.write_text("ready.\n")
    member.start()

    # Then
    wait_for(lambda: member.process.spec.log.read_text() == "ready.\nready.\n", seconds=5)
    assert member.has_said("ready.")
    assert not member.has_said("ready.\nready.")
