"""Automated response on the real database: runs that have ended, rules, and a receiver that is a real HTTP server."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from agents.contract import AgentReport, Finding, Severity, Target, TargetKind
from orchestrator.domain.responses import Rule
from orchestrator.store.documents import to_json
from orchestrator.store.effects import save_effects
from support.stages import Stage

TARGET = Target(kind=TargetKind.SBOM, location="/srv/lock.txt", tier="tools", max_age_seconds=86_400)


@dataclass
class Receiver:
    """A receiver of webhooks: what came, and what it answers."""

    port: int
    calls: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """The next statuses; 204 where there are none."""
    headers: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None
    """Done after a call came and before it is answered."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.calls]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve on the loopback interface until the block ends."""
    got = Receiver(port=0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            got.meanwhile()
            self.send_response(got.answers.pop(0) if got.answers else 204)
            for name, value in {**got.headers, "content-length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield got
    server.shutdown()
    thread.join()
    server.server_close()


def finding(claim: str = "c", *, severity: Severity = Severity.HIGH, evidence: tuple[str, ...] = ("e",)) -> Finding:
    return Finding(
        kind="security.flaw",
        target=TARGET.id,
        claim=claim,
        severity=severity,
        confidence=0.9,
        title="a flaw, see http://169.254.169.254/ and {rule.name}",
        evidence=evidence,
    )


_RUN = text("""
    INSERT INTO runs (id, trigger_key, kind, subject, state, priority, trigger, plan, deadline_at, finished_at, result)
    VALUES (:run, :key, 'monitor', 's', :state, 2, CAST(:trigger AS jsonb), CAST(:plan AS jsonb),
            now() + interval '1 hour', now(), CAST(:result AS jsonb))
""")
_STEP = text("""
    INSERT INTO steps (run_id, name, position, agent, queue, spec, counts, state, max_failures, max_losses,
                       hard_seconds, result)
    VALUES (:run, 'report', 0, 'reporting', 'reporting', '{}', 'end', 'succeeded', 1, 1, 1, CAST(:result AS jsonb))
""")


@dataclass(frozen=True)
class Ended:
    """Makes runs that have ended."""

    stage: Stage

    def run(
        self,
        *rules: Rule,
        found: tuple[Finding, ...],
        sure: float = 0.95,
        state: str = "succeeded",
        trigger: Mapping[str, object] | None = None,
    ) -> UUID:
        """Write a run that ended with findings, so sure; with the synthesis that the second look reads."""
        run_id = uuid4()
        options = {"respond": [rule.model_dump(mode="json") for rule in rules]} if rules else {}
        signal = {"kind": "monitor", "targets": [], "options": options, **(trigger or {})}
        synthesis = {
            "verdict": "act_soon", "status": "s", "confidence": sure, "reasons": [], "severities": {}, "actions": [],
            "agreements": [], "coverage": [], "shares": [],
        }  # fmt: skip
        row = {
            "run": run_id,
            "key": str(run_id),
            "state": state,
            "trigger": to_json(signal),
            "plan": to_json({"targets": [TARGET.model_dump(mode="json")]}),
            "result": to_json({"confidence": sure}),
        }
        report = AgentReport(agent="security", target=TARGET.id, findings=found)
        with self.stage.engine.begin() as conn:
            conn.execute(_RUN, row)
            conn.execute(_STEP, {"run": run_id, "result": to_json({"metrics": {"synthesis": synthesis}})})
            save_effects(conn, {"report": report}, tenant="default", run_id=run_id)
        return run_id


def rows(stage: Stage, statement: str) -> list[Any]:
    """Return what a query says."""
    with stage.engine.connect() as conn:
        return list(conn.execute(text(statement)))


def told(body: bytes) -> Any:  # noqa: ANN401  JSON
    """Return what a call said."""
    return json.loads(body)
