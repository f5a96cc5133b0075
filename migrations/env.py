"""Runs migrations on the connection that ``orchestrator.store.migrating`` hands over, one migrator at a time."""

from alembic import context
from sqlalchemy import Connection

from orchestrator.store.tables import metadata


def run(connection: Connection) -> None:
    """Migrate on an open connection, all steps in one transaction."""
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is None:
    raise SystemExit("start migrations with `lookout migrate`, which sets their time limits and their lock")
run(handed)
