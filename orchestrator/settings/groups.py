"""Every limit and switch, by what it belongs to. A field's docstring is what ``lookout settings`` says about it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from orchestrator.settings.addresses import broker_address, database_address
from orchestrator.settings.places import data_home
from orchestrator.settings.services import checked_hosts, service_address
from orchestrator.settings.webhook_secrets import checked_secrets

FullPath = Annotated[Path, BeforeValidator(lambda value: Path(value).expanduser().absolute())]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Address = Annotated[str, BeforeValidator(service_address)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Port = Annotated[int, Field(ge=1, le=65_535)]


class _Group(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Places(_Group):
    """Where things are."""

    config: FullPath | None = None
    """The settings file; without it ./lookout.toml, else the one in the user's configuration folder."""
    home: FullPath = Field(default_factory=data_home)
    """Folder of the embedded services' data; never shared by two machines."""
    database_url: Annotated[SecretStr, BeforeValidator(database_address)] | None = None
    """Postgres as the application's role sees it; without it the embedded one is used."""
    owner_database_url: Annotated[SecretStr, BeforeValidator(database_address)] | None = Field(
        default_factory=lambda earlier: earlier["database_url"]
    )
    """The same database for the role that owns the tables: migrations alone use it. By default the one above."""
    broker_url: Annotated[SecretStr, BeforeValidator(broker_address)] | None = None
    """Redis, Valkey or RabbitMQ; without it the embedded Valkey is used."""


class Logs(_Group):
    """What is written to the log, and how."""

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(lambda value: str(value).upper())
    ] = "INFO"
    """The least severe level that is written."""
    log_format: Literal["console", "json"] = "console"
    """Lines for people, or one JSON object a line."""
    no_color: bool = False
    """Whether output for people stays without colours."""


class Ledger(_Group):
    """How long things may take, and how often they are tried."""

    lease_seconds: Seconds = 15
    """How long a worker owns a step without a heartbeat; then another may take it over."""
    heartbeat_seconds: Seconds = 5
    """How often a worker extends the leases of its steps."""
    sweep_seconds: Seconds = 5
    """How often deadlines, lost leases and stuck runs are looked for."""
    sweep_stuck_seconds: Seconds = 10
    """How long a run may stand still before it is published again; doubles with each time."""
    lot_seconds: Annotated[float, Field(ge=0, le=1)] = 0.02
    """How long the quick steps that one message stands for may take together; 0 gives each a message of its own."""
    go_on: bool = False
    """Whether a worker does what follows a quick step itself, if one message would stand for it, and sends none."""
    max_failures: Count = 4
    """How often a step may fail by its own fault before it is a dead letter."""
    max_losses: Count = 10
    """How often a step may lose its worker before it is a dead letter."""
    retry_backoff_seconds: Seconds = 2
    """The wait before a failed step's second attempt; doubles with each further one."""
    retry_backoff_max_seconds: Seconds = 300
    """The longest wait between two attempts."""
    run_deadline_seconds: Seconds = 3_600
    """When a run that was given no deadline has timed out."""
    key_retention_days: Count = 400
    """How long a trigger's key is known, so that a duplicate is recognised."""
    result_copy_seconds: Seconds = 3_600
    """How long the broker keeps the copy of a run's result for callers that have only Celery."""
    max_targets: Count = 10_000
    """The most targets that one watchlist may name."""


class Sources(_Group):
    """Outside services that are read, and what is allowed there."""

    github_api_url: Address = "https://api.github.com"
    """GitHub's REST interface; a GitHub Enterprise server's ends in `/api/v3`."""
    github_token: SecretStr | None = None
    """A token for it, and for nothing else: 5,000 requests an hour instead of 60. It needs no permission."""
    osv_api_url: Address = "https://api.osv.dev"
    """The OSV service, which is asked about dependencies where a watchlist says `advisories: osv`."""
    kev_url: Address = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
    """The list of known exploited flaws, which is read where a watchlist says `advisories: kev`."""
    pypi_url: Address | None = None
    """The index of Python packages, up to its `/simple/`; without it `package: pypi/...` tells flaws alone."""
    npm_url: Address | None = None
    """The registry of npm packages; without it `package: npm/...` tells flaws alone."""
    source_private_hosts: Annotated[str, AfterValidator(checked_hosts)] = ""
    """Feeds on these hosts are read although they are not public, and without TLS: HOST or HOST:PORT with blanks."""
    source_seconds: Seconds = 30
    """How long one request to a service may take as a whole."""
    sighting_days: Annotated[int, Field(ge=0, le=30)] = 7
    """A release or an advisory that is new to us and this young starts a run of its own; 0: none does."""
    source_megabytes: Annotated[int, Field(ge=1, le=1_000)] = 20
    """The largest answer that is read, unpacked."""


class Admission(_Group):
    """How much may be under way before triggers are turned away."""

    max_live_runs: Count = 10_000
    """Live runs at which one of high priority is turned away; normal ones are at 85 %, scheduled ones wait at 70 %."""
    max_pending_steps: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    """Steps that have not begun, with the same shares."""
    critical_reserve: Annotated[float, Field(ge=0, le=10)] = 0.25
    """What critical runs may add to both, as a share; beyond it nothing is taken in."""


class Breakers(_Group):
    """When an agent whose source is away is left alone for a while."""

    breaker_failures: Count = 8
    """So many different steps of an agent must fail on its source ..."""
    breaker_of: Count = 10
    """... of so many, or its breaker stays closed; less than `breaker_failures` means the same number."""
    breaker_window_seconds: Seconds = 120
    """Within what time they must fail."""
    breaker_open_seconds: Seconds = 30
    """How long none of the agent's steps begins then; doubles each time that the one that tries next fails."""
    breaker_longest_seconds: Seconds = 600
    """The longest that none begins."""


class Oversight(_Group):
    """From which confidence on what is decided by whom; below the lowest a person is asked."""

    band_autonomous: Annotated[float, Field(ge=0, le=100)] = 90
    """From so many percent on a run acts alone."""
    band_logged: Annotated[float, Field(ge=0, le=100)] = 80
    """From so many percent on it acts and says so in the log."""
    band_checkpoint: Annotated[float, Field(ge=0, le=100)] = 70
    """From so many percent on it acts where a second look does not refuse."""
    escalate_seconds: Seconds = 3_600
    """How long a person may be waited for until that is escalated; a quarter where the run or finding is critical."""
    escalate_slower_percent: Annotated[float, Field(gt=0, le=10_000)] = 10
    """By how many percent an agent's steps may take longer than usual until that is put to a person."""


class Response(_Group):
    """What findings may set off, and whom a webhook may call."""

    actions_per_day: Count = 500
    """The most actions that may come into being within 24 hours."""
    follow_ups_per_day: Count = 50
    """The most follow-up runs among them."""
    action_approval_seconds: Annotated[float, Field(gt=0, le=2_592_000)] = 86_400
    """How long a person may take to decide about an action; then it is not done."""
    action_max_failures: Count = 35
    """How often an action may fail before it is given up: with the waits as they are, after about a day."""
    action_backoff_max_seconds: Seconds = 3_600
    """The longest wait before a failed action is tried again; the first is `retry_backoff_seconds`, and they double."""
    action_lease_seconds: Seconds = 120
    """How long a worker owns an action; then another does it again under the same id."""
    webhook_seconds: Seconds = 10
    """How long the call of a webhook may take as a whole."""
    webhook_hosts: str = ""
    """Only these hosts may be called, as HOST or HOST:PORT with blanks between; by default any public one."""
    webhook_private_hosts: str = ""
    """These hosts may be called although they are not public, and without TLS; by default none."""
    webhook_secrets: Annotated[SecretStr, AfterValidator(checked_secrets)] | None = None
    """What calls are signed with: NAME=whsec_BASE64 with blanks between; a name given twice signs with both."""


class Retention(_Group):
    """How long things are kept. What is older goes by itself, a little at every sweep."""

    run_detail_days: Count = 90
    """From a run's end until its steps, attempts, findings and files go; its row stays for `key_retention_days`."""
    evidence_days: Count = 180
    """From the last look at a target until what was collected of it goes; a later look reads it from the beginning."""
    occurrence_days: Count = 90
    """How long it is known when a schedule was due and what became of that; its last time always is."""
    call_days: Count = 90
    """How long it is known what became of another service's message."""
    quarantine_days: Count = 90
    """From when an item that cannot be read was met last until it goes."""
    dead_letter_days: Count = 180
    """How long a dead letter is kept, whatever became of it."""
    action_audit_days: Annotated[int, Field(ge=90, le=100_000)] = 400
    """How long it is known who decided what about an action, and what people answered about no run; 90 at least."""
    sent_message_days: Count = 1
    """How long it is known that a message was sent."""
    prune_seconds: Seconds = 600
    """How often what is old is looked for; where there is much of it, every sweep goes on."""


class Workers(_Group):
    """How many steps run at once, and when a worker's process is replaced."""

    visibility_timeout_seconds: Seconds = 3_600
    """When another service's trigger that a worker took and did not accept is delivered again, on Redis and Valkey."""
    waiting_concurrency: Count = 16
    """Threads of the worker whose steps wait."""
    computing_concurrency: Count = 2
    """Processes of the worker whose steps compute."""
    urgent_concurrency: Count = 2
    """Threads of the worker that is kept free for urgent steps."""
    soft_shutdown_seconds: Seconds = 30
    """How long a worker that is told to stop may finish what it has begun."""
    stop_grace_seconds: Seconds = 30
    """How long a step that is told to stop may go on; then its slot counts as lost, and its worker is replaced."""
    heartbeat_file: FullPath | None = None
    """Where a worker or beat leaves a sign of life every few seconds, for a health check; one file for each process."""
    worker_max_tasks_per_child: Count = 200
    """After how many tasks a computing process is replaced."""
    worker_max_memory_mb: Count = 512
    """At what resident size, in MB, a computing process is replaced after its task."""


class Schedules(_Group):
    """The scheduler."""

    beat_lease_seconds: Seconds = 5
    """After how long without a sign a scheduler is replaced by another."""
    beat_interval_seconds: Seconds = 1
    """How often the scheduler looks for what is due."""
    schedule_jitter: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """By what share of its interval an occurrence may move, so that not all fall due at once."""
    schedule_late_seconds: Seconds = 60
    """An occurrence that comes later than this was missed; `catch_up` says what becomes of it."""
    catch_up_limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    """How many missed occurrences of a schedule that catches up with all are fired one by one, the newest of them."""


class Database(_Group):
    """Connections to Postgres and the limits of a statement."""

    database_pool_size: Count = 5
    """Connections that a process keeps open, for transactions and for single statements each."""
    database_pool_overflow: Annotated[int, Field(ge=0, le=10_000)] = 10
    """Connections of each kind that a process may open beyond those, for a moment."""
    database_pool_wait_seconds: Seconds = 30
    """How long to wait for a free connection of the pool."""
    database_connect_seconds: Seconds = 5
    """How long one attempt to connect may take."""
    statement_timeout_seconds: Seconds = 30
    """The longest that one statement of the application may take."""
    lock_timeout_seconds: Seconds = 5
    """The longest that a statement of the application may wait for a lock."""
    idle_in_transaction_seconds: Seconds = 30
    """After how long an idle transaction is ended by the server, so that a stopped process lets go."""
    migration_statement_timeout_seconds: Seconds = 600
    """The longest that one statement of a migration may take."""
    migration_lock_timeout_seconds: Seconds = 2
    """The longest that a migration may wait for a lock, and make others wait behind it."""


class Flower(_Group):
    """The view on the workers that Flower gives."""

    flower_port: Port = 5_555
    """The port on the loopback interface."""
    flower_basic_auth: SecretStr | None = None
    """USER:PASSWORD that a browser must give."""
