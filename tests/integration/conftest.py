"""Real Postgres, real Valkey, real workers as processes, in a private home that leaves nothing behind."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from support.stages import Stage, empty, wait_for

from orchestrator.errors import ServiceError
from orchestrator.local.addresses import ServiceAddresses
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import temporary_home
from orchestrator.settings import get_settings
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import migrate
from orchestrator.store.process import _direct_of, _engine_of, hang_up

_EFFECTS = """
    CREATE TABLE IF NOT EXISTS effects (run_id uuid, finding_id text, step text);
    CREATE OR REPLACE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO effects VALUES (NEW.run_id, NEW.finding_id, NEW.step); RETURN NEW; END $$;
    CREATE OR REPLACE TRIGGER note_effect AFTER INSERT OR UPDATE ON run_findings
    FOR EACH ROW EXECUTE FUNCTION note_effect();
    GRANT SELECT, INSERT, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO lookout_app;
"""
"""A log of every write of an effect, without any unique key: a doubled one shows."""


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    """Embedded servers with the current schema; skipped where they cannot start, failed in CI."""
    with temporary_home(tmp_path_factory.mktemp("home")) as home:
        embedded = EmbeddedServices(home)
        try:
            addresses = embedded.start()
        except ServiceError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no embedded services here: {error}")
        owner = make_engine(addresses.owner_database_url)
        migrate(owner, statement_seconds=60, lock_seconds=5)
        with owner.begin() as conn:
            conn.execute(text(_EFFECTS))
        owner.dispose()
        yield embedded
        embedded.stop()


@pytest.fixture
def addresses(services: EmbeddedServices) -> ServiceAddresses:
    return services.start()


@pytest.fixture
def stage(
    services: EmbeddedServices, addresses: ServiceAddresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Empty the ledger and the broker, and point this process and its workers at them."""
    environment = {
        "LOOKOUT_HOME": str(services.home.path),
        "DATABASE_URL": addresses.database_url,
        "CELERY_BROKER_URL": addresses.broker_url,
        "LOOKOUT_LEASE_SECONDS": "3",
        "LOOKOUT_HEARTBEAT_SECONDS": "0.5",
        "LOOKOUT_SWEEP_STUCK_SECONDS": "2",
        "LOOKOUT_RETRY_BACKOFF_SECONDS": "0.1",
        "LOOKOUT_VISIBILITY_TIMEOUT_SECONDS": "3600",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    if "orchestrator.wiring" in sys.modules:  # imported by whoever needs it, once the broker's address is known
        sys.modules["orchestrator.wiring"]._gate_of.cache_clear()  # noqa: SLF001  an earlier test's engine is no use
    engine = make_engine(addresses.database_url)
    wait_for(lambda: empty(engine, addresses), seconds=20)
    stage = Stage(engine=engine, addresses=addresses, services=services, folder=tmp_path)
    yield stage
    for worker in stage.workers:
        worker.end()
    engine.dispose()
    hang_up()
    _engine_of.cache_clear()
    _direct_of.cache_clear()
    get_settings.cache_clear()
