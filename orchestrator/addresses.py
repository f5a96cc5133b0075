"""Where the database and the broker are: what the settings name, else the embedded servers of the home folder."""

from dataclasses import dataclass, field

from orchestrator.local.addresses import addresses as embedded_addresses
from orchestrator.local.home import home_at
from orchestrator.settings import Settings


@dataclass(frozen=True)
class Addresses:
    """Three addresses with their passwords, which are never shown, and which of the servers are our own."""

    database_url: str = field(repr=False)
    owner_database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    embedded_database: bool
    embedded_broker: bool


def find_addresses(settings: Settings) -> Addresses:
    """Return the addresses that hold now. Raises ``ServiceError`` where neither a setting nor a home says one."""
    database, broker = settings.database_url, settings.broker_url
    embedded = embedded_addresses(home_at(settings.home)) if database is None or broker is None else None
    owner = settings.owner_database_url
    return Addresses(
        database_url=database.get_secret_value() if database else embedded.database_url if embedded else "",
        owner_database_url=owner.get_secret_value() if owner else embedded.owner_database_url if embedded else "",
        broker_url=broker.get_secret_value() if broker else embedded.broker_url if embedded else "",
        embedded_database=database is None,
        embedded_broker=broker is None,
    )
