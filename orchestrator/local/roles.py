"""The embedded database and its roles.

``super`` only sets up. ``lookout_owner`` owns the database and its tables, and runs the migrations. ``lookout_app`` is
what everything else works as: neither superuser nor owner, so that row-level security holds for it.
"""

from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from orchestrator.errors import ServiceError
from orchestrator.local.cluster import SUPERUSER
from orchestrator.local.passwords import Passwords
from orchestrator.local.sockets import POSTGRES_PORT

DATABASE = "lookout"
OWNER = "lookout_owner"
APP = "lookout_app"
SEAL = "lookout roles, version 1"
"""The database's comment, written last: where it stands, all of this was done."""
CONNECT_SECONDS = 10

GRANTS = (
    "REVOKE ALL ON DATABASE lookout FROM PUBLIC",
    "GRANT CONNECT ON DATABASE lookout TO lookout_app",
    "GRANT USAGE ON SCHEMA public TO lookout_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE lookout_owner GRANT USAGE ON SCHEMAS TO lookout_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE lookout_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lookout_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE lookout_owner GRANT USAGE, SELECT ON SEQUENCES TO lookout_app",
    f"COMMENT ON DATABASE lookout IS '{SEAL}'",
)


def ensure_roles(sockets: Path, *, passwords: Passwords) -> None:
    """Create what is missing of the database and its roles; safe to interrupt and to repeat.

    Raises ``ServiceError`` where the server refuses the superuser's password or a statement.
    """
    try:
        with connect(sockets, database="postgres", password=passwords.superuser) as connection:
            if sealed(connection):
                return
            create_role(connection, OWNER, password=passwords.owner)
            create_role(connection, APP, password=passwords.app)
            create_database(connection)
        with connect(sockets, database=DATABASE, password=passwords.superuser) as connection, connection.transaction():
            for statement in GRANTS:
                connection.execute(statement)
    except psycopg.Error as error:
        raise ServiceError(f"cannot set up the embedded database at {sockets}: {error}") from error


def connect(sockets: Path, *, database: str, password: SecretStr) -> psycopg.Connection:
    """Return a connection of the superuser, in autocommit mode."""
    return psycopg.connect(
        host=str(sockets),
        port=POSTGRES_PORT,
        dbname=database,
        user=SUPERUSER,
        password=password.get_secret_value(),
        connect_timeout=CONNECT_SECONDS,
        autocommit=True,
    )


def sealed(connection: psycopg.Connection) -> bool:
    """Whether the database and its roles were set up to the end."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    row = connection.execute(query, [DATABASE]).fetchone()
    return row is not None and row[0] == SEAL


def create_role(connection: psycopg.Connection, name: str, *, password: SecretStr) -> None:
    """Create a role that may only log in. Only the password's verifier travels, so it can never stand in a log."""
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None:
        return
    plain = password.get_secret_value().encode()
    verifier = connection.pgconn.encrypt_password(plain, name.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier)))


def create_database(connection: psycopg.Connection) -> None:
    """Create the database where it is missing."""
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
        )
