"""A ledger whose runs were all accepted at one moment: what agents know of the time is when their run was accepted."""

from datetime import UTC, datetime

from sqlalchemy import text

from orchestrator.local.addresses import ServiceAddresses
from orchestrator.store.engine import make_engine
from orchestrator.store.tables import metadata

MOMENT = datetime(2026, 6, 1, 12, tzinfo=UTC)

_FREEZE = f"""
    CREATE OR REPLACE FUNCTION freeze_clock() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.created_at := '{MOMENT.isoformat()}'; RETURN NEW; END $$;
    CREATE OR REPLACE TRIGGER freeze_clock BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION freeze_clock();
    GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO lookout_app;
"""
"""Made by the tables' owner, once. The rest of the ledger goes on by the database's clock: leases, deadlines, waits."""

EMPTY = text(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)}")
"""Forget everything: the next run finds nothing that an earlier one collected, found or measured."""


def freeze(addresses: ServiceAddresses) -> None:
    """Stop the clock that runs are accepted by."""
    engine = make_engine(addresses.owner_database_url, pool_size=1)
    try:
        with engine.begin() as conn:
            conn.execute(text(_FREEZE))
    finally:
        engine.dispose()
