"""Where the embedded servers are reached, passwords included."""

from dataclasses import dataclass, field

from orchestrator.errors import ServiceError
from orchestrator.local.home import Home
from orchestrator.local.passwords import Passwords, read_passwords
from orchestrator.local.place import Place, find_place
from orchestrator.local.roles import APP, DATABASE, OWNER
from orchestrator.local.sockets import POSTGRES_PORT


@dataclass(frozen=True)
class ServiceAddresses:
    """The three addresses; they hold passwords, so they are never shown.

    ``database_url`` (SQLAlchemy) is the app's role, ``owner_database_url`` the one that migrates, ``broker_url``
    Celery's.
    """

    database_url: str = field(repr=False)
    owner_database_url: str = field(repr=False)
    broker_url: str = field(repr=False)


def addresses(home: Home) -> ServiceAddresses:
    """Return the addresses for a client of a home, owned by whomever. Whether anybody serves there, the owner knows.

    Raises ``ServiceError`` where nothing was ever set up there, or where this user may not read it.
    """
    passwords = read_passwords(home)
    if passwords is None:
        raise ServiceError(f"{home.path} has no embedded servers yet: start them with `lookout up`")
    return compose(find_place(home), passwords=passwords)


def compose(place: Place, *, passwords: Passwords) -> ServiceAddresses:
    """Return the addresses of a place. Its path and the passwords are plain, so nothing needs quoting.

    The port is named because libpq would take another one from the caller's PGPORT.
    """
    where = f"@/{DATABASE}?host={place.sockets}&port={POSTGRES_PORT}"
    return ServiceAddresses(
        database_url=f"postgresql+psycopg://{APP}:{passwords.app.get_secret_value()}{where}",
        owner_database_url=f"postgresql+psycopg://{OWNER}:{passwords.owner.get_secret_value()}{where}",
        broker_url=(f"redis+socket://:{passwords.broker.get_secret_value()}@{place.valkey_socket}?virtual_host=0"),
    )
