"""The embedded Postgres and Valkey of one home: started, looked after, stopped, and removed where temporary."""

from contextlib import ExitStack

from orchestrator.local.addresses import ServiceAddresses, compose
from orchestrator.local.home import Home
from orchestrator.local.install import reachable_programs
from orchestrator.local.keeper import Keeper, Row
from orchestrator.local.owner import Ownership, acquire
from orchestrator.local.passwords import Passwords, ensure_passwords
from orchestrator.local.place import Place, close_place, open_place, remove_home
from orchestrator.local.postgres import PostgresServer
from orchestrator.local.programs import find_programs
from orchestrator.local.valkey import ValkeyServer


class EmbeddedServices:
    """The two servers of a home, for its one owner. Call it from the main thread (see leash.py)."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._keepers: tuple[Keeper, ...] = ()
        self._running = ExitStack()
        self._addresses: ServiceAddresses | None = None

    @property
    def keepers(self) -> tuple[Keeper, ...]:
        """One for each server, for a supervisor to look after; empty while they are not started."""
        return self._keepers

    def start(self) -> ServiceAddresses:
        """Become the home's owner, start both servers and return their addresses; started already, only the latter.

        Whatever interrupts it, nothing is left running and nothing half-made. Raises ``OwnedElsewhereError`` where the
        home has an owner, ``ServiceError`` where a server cannot start.
        """
        if self._addresses is not None:
            return self._addresses
        with ExitStack() as undo:
            ownership = undo.enter_context(acquire(self.home))
            place = open_place(self.home)
            undo.callback(close_place, self.home)
            passwords = ensure_passwords(self.home, cluster=place.postgres)
            keepers = self._servers(place, passwords=passwords, ownership=ownership)
            for keeper in keepers:
                undo.callback(keeper.stop)
                keeper.start()
            self._running = undo.pop_all()
        self._keepers = keepers
        self._addresses = compose(place, passwords=passwords)
        return self._addresses

    def check(self) -> tuple[Row, ...]:
        """Look at both servers, start again what died (with back-off), and return how they are."""
        for keeper in self._keepers:
            keeper.look()
        return tuple(keeper.row() for keeper in self._keepers)

    def stop(self) -> None:
        """Stop both servers cleanly and let the home go; a second call does nothing."""
        self._addresses = None
        self._keepers = ()
        self._running.close()

    def destroy(self) -> None:
        """Stop, and remove the home with all its data, wherever they are. Meant for temporary homes."""
        self.stop()
        remove_home(self.home)

    def _servers(self, place: Place, *, passwords: Passwords, ownership: Ownership) -> tuple[Keeper, ...]:
        programs = find_programs()
        if place.account is not None:
            programs = reachable_programs(programs, home=self.home, base=place.data.parent)
        held = (ownership.descriptor,)
        config = self.home.path / "valkey.conf"
        logs = self.home.logs
        valkey = ValkeyServer(place, programs.valkey, passwords, config=config, log=logs / "valkey.log", held=held)
        postgres = PostgresServer(place, programs.postgres, passwords, log=logs / "postgres.log", held=held)
        return Keeper(valkey), Keeper(postgres)
