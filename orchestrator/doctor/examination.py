"""The whole examination, part by part: what one part needs of another that is down is not looked at."""

from collections.abc import Iterable, Iterator

from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from agents.catalog import catalog
from orchestrator.addresses import find_addresses
from orchestrator.doctor.agents import check_agents
from orchestrator.doctor.broker import check_broker
from orchestrator.doctor.check import Check, Verdict, failed, warning
from orchestrator.doctor.configuration import check_app, check_settings
from orchestrator.doctor.database import drift_check, facts_checks, read_facts, schema_check
from orchestrator.doctor.health import check_health
from orchestrator.doctor.installation import check_installation
from orchestrator.doctor.place import check_home
from orchestrator.doctor.serving import consumers
from orchestrator.doctor.workers import workers_check
from orchestrator.errors import ServiceError, SettingsError
from orchestrator.local.answering import broker_connection
from orchestrator.local.home import home_at
from orchestrator.local.owner import read_owner
from orchestrator.queues import task_queues
from orchestrator.settings import Settings, get_settings
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import Standing, inspect_schema
from orchestrator.troubles import Told, broker_trouble, database_trouble

_STATEMENT_SECONDS = 5.0
_CONNECT_SECONDS = 3.0


def examine() -> Iterator[Check]:
    """Yield every check in turn. Nothing is started, nothing is changed, and nothing is waited for for long."""
    yield from check_installation()
    try:
        settings = get_settings()
    except SettingsError as error:
        for problem in error.problems:
            yield failed("settings", problem, remedy="correct it where it was given; `lookout settings` lists them all")
        return
    yield from check_settings(settings)
    yield from _placed(settings)
    app = yield from check_app()
    yield from _servers(settings, app)


def healthy(checks: Iterable[Check]) -> bool:
    """Whether nothing failed."""
    return all(check.verdict is not Verdict.FAILED for check in checks)


def _placed(settings: Settings) -> Iterator[Check]:
    """Yield how the home is."""
    try:
        yield from check_home(home_at(settings.home))
    except (ServiceError, OSError) as error:
        yield failed("home", str(error), remedy="give this user access to it, or set LOOKOUT_HOME to another folder")


def _servers(settings: Settings, app: Celery | None) -> Iterator[Check]:
    """Yield how database, broker and workers are; embedded ones that nobody keeps up are simply not running."""
    up = _kept_up(settings)
    if settings.database_url is not None or up:
        yield from _database(settings)
    else:
        yield _not_running("database")
    if settings.broker_url is not None or up:
        yield from _broker(settings, app)
    else:
        yield _not_running("broker")


def _kept_up(settings: Settings) -> bool:
    """Whether somebody supervises the embedded servers."""
    try:
        return read_owner(home_at(settings.home)) is not None
    except (ServiceError, OSError):
        return False


def _not_running(name: str) -> Check:
    """Return that an embedded server is not there, and need not be."""
    return warning(name, "the embedded one is not running", remedy="`lookout up` and `lookout run` start it")


def _database(settings: Settings) -> Iterator[Check]:
    """Yield how the database is, and whether work goes on there."""
    try:
        yield from _asked(settings)
    except ServiceError as error:
        yield failed("database", str(error), remedy="see who owns the home, and look into its logs")
    except DBAPIError as error:
        yield _told("database", database_trouble(error))


def _asked(settings: Settings) -> Iterator[Check]:
    """Yield what the database answers. Raises ``DBAPIError`` where it does not."""
    addresses = find_addresses(settings)
    engine, owner = (
        make_engine(url, pool_size=1, connect_seconds=_CONNECT_SECONDS, statement_seconds=_STATEMENT_SECONDS)
        for url in (addresses.database_url, addresses.owner_database_url)
    )
    try:
        with engine.connect() as conn:
            yield from facts_checks(read_facts(conn))
            schema = inspect_schema(conn)
            yield schema_check(schema)
            if schema.standing is not Standing.CURRENT:
                return
            with owner.connect() as owning:
                yield drift_check(owning)
            yield from check_health(conn)
            yield from check_agents(conn)
    finally:
        engine.dispose()
        owner.dispose()


def _told(name: str, told: Told) -> Check:
    """Return that a server refused."""
    return failed(name, f"{told.what} ({told.said})", remedy=told.remedy)


def _broker(settings: Settings, app: Celery | None) -> Iterator[Check]:
    """Yield how the broker is and, where it answers and Celery is configured by us, how the workers are."""
    queues = [queue.name for queue in task_queues(catalog())]
    try:
        with broker_connection(find_addresses(settings).broker_url) as connection:
            yield from check_broker(connection, queues=queues)
        if app is not None:
            yield workers_check(consumers(app), queues=queues)
    except ServiceError as error:
        yield failed("broker", str(error), remedy="see who owns the home, and look into its logs")
    except (BrokerError, RedisError, OSError) as error:
        yield _told("broker", broker_trouble(error))
