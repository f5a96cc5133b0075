"""Plans written by hand for the troupe, submitted to the real ledger."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from celery import Celery

from agents.contract import AgentSpec, Pool, Target, TargetKind
from orchestrator.domain.plans import Parallel, Plan, Resources, Sequence, Shape, Step, parallel, sequence
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.submit import Accepted, Submission, submit
from orchestrator.queues import DOOR, ROUTES, task_queues
from orchestrator.store.direct import Within
from support.stages import Stage

SPECS: Mapping[str, AgentSpec] = {
    name: AgentSpec(
        name=name,
        title=name,
        capabilities=frozenset({"act", "sing"}),
        pool=Pool.PROCESSES if name == "chorus" else Pool.THREADS,
        hard_seconds=20,
        soft_seconds=15,
    )
    for name in ("actor", "understudy", "chorus")
}


def act(
    name: str,
    part: str = "succeed",
    *,
    agent: str = "actor",
    needs: tuple[str, ...] = (),
    required: bool = False,
    fallbacks: tuple[str, ...] = (),
) -> Step:
    """Return a step that plays a part; the part travels in the name, which is also its target's."""
    return Step(
        name=name,
        agent=agent,
        capability="act",
        target=f"git:{part}/{name}",
        needs=needs,
        required=required,
        fallbacks=fallbacks,
    )


def join(name: str, *, agent: str = "actor", required: bool = False) -> Step:
    """Return a step that joins those before it."""
    return Step(name=name, agent=agent, capability="act", required=required)


def in_turn(*parts: Shape) -> Shape:
    """Return the parts one after the other."""
    shape = sequence(*parts)
    assert shape is not None
    return shape


def side_by_side(*parts: Shape) -> Shape:
    """Return the parts side by side."""
    shape = parallel(*parts)
    assert shape is not None
    return shape


def plan_of(shape: Shape, *, priority: Priority = Priority.NORMAL, deadline: float = 120) -> Plan:
    """Return a plan of that shape, with a target for each step that names one."""
    ids = [step.target for step in _steps(shape) if step.target]
    targets = [
        Target(
            kind=TargetKind.GIT,
            location=target.removeprefix("git:"),
            options={"part": target.removeprefix("git:").partition("/")[0]},
        )
        for target in ids
    ]
    return Plan(
        shape=shape,
        priority=priority,
        priority_reason="the test says so",
        deadline_seconds=deadline,
        targets=tuple(targets),
        resources=Resources(slots=1, memory_mb=1, seconds=1),
    )


def _steps(shape: Shape) -> list[Step]:
    if isinstance(shape, Step):
        return [shape]
    assert isinstance(shape, Sequence | Parallel)
    return [step for part in shape.parts for step in _steps(part)]


class Play:
    """Submits plans to the ledger and sends their messages."""

    def __init__(self, stage: Stage, app: Celery) -> None:
        self.stage = stage
        self.app = app
        self.relay = Relay(stage.engine, app, specs=SPECS, copies=Copies(app, keep_seconds=60))

    def accept(self, plan: Plan, *, key: str = "") -> Accepted:
        """Accept a plan without sending anything."""
        submission = Submission(trigger=Trigger(kind=TriggerKind.MONITOR), plan=plan, key=key or str(uuid4()))
        with self.stage.engine.begin() as conn:
            return submit(Within(conn), submission, specs=SPECS, max_losses=Limits().max_losses)

    def run(self, shape: Shape, **options: object) -> UUID:
        """Accept a plan of that shape and send its first messages; return the run's id."""
        plan = plan_of(shape, **options)  # type: ignore[arg-type]
        accepted = self.accept(plan)
        self.relay.send_due(accepted.run_id)
        return accepted.run_id

    def release(self, *names: str) -> None:
        """Let steps that hold go on."""
        for name in names:
            (self.stage.folder / f"release-{name}").touch()

    def began(self, name: str) -> int:
        """Return how often a step was begun."""
        log = self.stage.folder / f"began-{name}"
        return len(log.read_text().splitlines()) if log.exists() else 0


def sender(broker_url: str) -> Celery:
    """Return an app that sends as ours does, with the troupe's queues."""
    app = Celery("sender", set_as_current=False)
    app.conf.update(
        broker_url=broker_url,
        result_backend="orchestrator.ledger.backend:LedgerBackend",
        task_queues=task_queues(SPECS),
        task_default_queue=DOOR,
        task_default_exchange=DOOR,
        task_default_routing_key=DOOR,
        task_create_missing_queues=False,
        task_routes=ROUTES,
        task_ignore_result=True,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1},
    )
    return app
