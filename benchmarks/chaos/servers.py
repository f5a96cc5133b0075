"""Postgres and a broker without persistence in a private home, which can be made to die and are brought back."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import text

from benchmarks.chaos.shears import Side
from orchestrator.local.addresses import ServiceAddresses, compose
from orchestrator.local.child import Command
from orchestrator.local.home import Home
from orchestrator.local.install import reachable_programs
from orchestrator.local.owner import acquire
from orchestrator.local.passwords import Passwords, ensure_passwords
from orchestrator.local.place import Place, close_place, open_place
from orchestrator.local.postgres import PostgresServer
from orchestrator.local.programs import find_programs
from orchestrator.local.valkey import ValkeyServer
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import migrate

EFFECTS = """
    CREATE TABLE effects (at timestamptz DEFAULT clock_timestamp(), run text, step text, what text);
    CREATE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO effects (run, step, what) VALUES (NEW.run_id, NEW.step, NEW.finding_id); RETURN NEW; END $$;
    CREATE TRIGGER note_effect AFTER INSERT OR UPDATE ON run_findings
    FOR EACH ROW EXECUTE FUNCTION note_effect();
"""
"""The log of effects: written by the write of the effect itself, an insert or an update, and without any key.

Nothing of the ledger's own account of steps is asked for it: an effect that is written twice stands there twice.
"""


class ForgetfulValkey(ValkeyServer):
    """The embedded broker without its file: whatever ends it makes it forget everything."""

    def _command(self) -> Command:
        command = super()._command()
        return replace(command, argv=(*command.argv, "--appendonly", "no"))


@dataclass
class Outage:
    """A time in which a server did not answer, in Unix time; ``until`` is infinite while it lasts."""

    side: Side
    since: float
    until: float = float("inf")
    due: float = 0.0
    """When it is brought back."""


@dataclass
class Servers:
    """Both servers of one home. Call it from the main thread (see leash.py)."""

    place: Place
    passwords: Passwords
    running: dict[Side, PostgresServer | ValkeyServer]
    outages: list[Outage] = field(default_factory=list)
    clock: Callable[[], float] = time.time

    def addresses(self, sockets: Path | None = None) -> ServiceAddresses:
        """Return where the servers are reached: through the sockets of a folder, else directly."""
        place = self.place if sockets is None else replace(self.place, sockets=sockets)
        return compose(place, passwords=self.passwords)

    def crash(self, side: Side, *, seconds: float) -> bool:
        """End a server at once and leave it away for so long; False where it was away already."""
        server = self.running[side]
        if self.away(side) or server.pid is None or server.exit_code() is not None:
            return False
        now = self.clock()
        # SIGQUIT is Postgres's immediate stop: no transaction is finished, and nothing is written down.
        os.kill(server.pid, signal.SIGQUIT if side is Side.POSTGRES else signal.SIGKILL)
        self.outages.append(Outage(side, since=now, due=now + seconds))
        return True

    def away(self, side: Side) -> bool:
        """Whether a server was made to die and is not back."""
        return any(one.side is side and one.until == float("inf") for one in self.outages)

    def tend(self) -> None:
        """Bring back what is due; returns when it answers."""
        for outage in self.outages:
            if outage.until == float("inf") and self.clock() >= outage.due:
                server = self.running[outage.side]
                if server.exit_code() is not None:
                    server.start()
                    outage.until = self.clock()


@contextmanager
def standing(home: Home) -> Iterator[Servers]:
    """Yield both servers, with the current schema and the log of effects."""
    with ExitStack() as stack:
        ownership = stack.enter_context(acquire(home))
        place = open_place(home)
        stack.callback(close_place, home)
        passwords = ensure_passwords(home, cluster=place.postgres)
        programs = find_programs()
        if place.account is not None:
            programs = reachable_programs(programs, home=home, base=place.data.parent)
        held, logs, config = (ownership.descriptor,), home.logs, home.path / "valkey.conf"
        running: dict[Side, PostgresServer | ValkeyServer] = {
            Side.POSTGRES: PostgresServer(place, programs.postgres, passwords, log=logs / "postgres.log", held=held),
            Side.BROKER: ForgetfulValkey(
                place, programs.valkey, passwords, config=config, log=logs / "valkey.log", held=held
            ),
        }
        for server in running.values():
            stack.callback(server.stop)
            server.start()
        servers = Servers(place, passwords, running)
        _prepare(servers.addresses())
        yield servers


def _prepare(addresses: ServiceAddresses) -> None:
    """Make the tables and the log."""
    owner = make_engine(addresses.owner_database_url, pool_size=1)
    try:
        migrate(owner, statement_seconds=60, lock_seconds=5)
        with owner.begin() as conn:
            conn.execute(text(EFFECTS))
    finally:
        owner.dispose()
