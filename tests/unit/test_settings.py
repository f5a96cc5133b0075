"""Settings as a whole: which source wins, what is refused and in which words, what people are shown."""

import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from orchestrator.errors import LookoutError, SettingsError
from orchestrator.settings import Settings, get_settings, load_settings, provenance
from orchestrator.settings.rules import RULES, broken

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder with an empty home."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


def refusal(**given: object) -> str:
    """Return the words in which settings are refused."""
    with pytest.raises(SettingsError) as refused:
        load_settings(**given)
    return str(refused.value)


def test_without_any_source_the_defaults_hold_and_no_service_is_named(tmp_path: Path) -> None:
    # Given an empty folder, an empty home and no variable
    # When the settings are loaded
    settings = load_settings()
    # Then they are the defaults, the data goes below the home, and the embedded services are meant
    assert (settings.lease_seconds, settings.max_failures, settings.log_format) == (15, 4, "console")
    assert settings.home == tmp_path / "home" / ".local" / "share" / "lookout"
    assert [settings.database_url, settings.owner_database_url, settings.broker_url] == [None, None, None]
    assert settings.config is None
    assert settings.origins == {}


def test_the_caller_wins_over_the_environment_and_that_over_the_file(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given three settings in the file, two of them also in the environment, one of those also from the caller
    (nowhere / "lookout.toml").write_text("max_failures = 1\nmax_losses = 1\nmax_targets = 1\n")
    monkeypatch.setenv("LOOKOUT_MAX_LOSSES", "2")
    monkeypatch.setenv("LOOKOUT_MAX_TARGETS", "2")
    # When they are loaded
    settings = load_settings(max_targets=3)
    # Then each comes from its strongest source, and says so
    assert (settings.max_failures, settings.max_losses, settings.max_targets) == (1, 2, 3)
    assert settings.origins["max_failures"] == f"file {nowhere}/lookout.toml:1"
    assert settings.origins["max_losses"] == "env LOOKOUT_MAX_LOSSES"
    assert settings.origins["max_targets"] == "the caller"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "POSTGRES"])
def test_every_spelling_of_a_postgres_address_names_our_driver(scheme: str) -> None:
    # Given an address in one of the spellings that people use
    # When it is loaded
    settings = load_settings(database_url=f"{scheme}://app:word@db/lookout")
    # Then it names the driver, and serves the migrations too as nothing else was given for them
    expected = SecretStr("postgresql+psycopg://app:word@db/lookout")
    assert settings.database_url == settings.owner_database_url == expected


def test_migrations_may_have_a_role_of_their_own() -> None:
    # Given two addresses, one of them secret already
    app, owner = "postgresql+psycopg://app:a@db/x", SecretStr("postgres://owner:o@db/x")
    # When they are loaded
    settings = load_settings(database_url=app, owner_database_url=owner)
    # Then each role keeps its own
    assert settings.owner_database_url == SecretStr("postgresql+psycopg://owner:o@db/x")
    assert settings.database_url == SecretStr(app)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lease_seconds": "soon"}, "the caller: lease_seconds is 'soon', but it should be a valid number"),
        ({"lease_seconds": -1}, "lease_seconds is -1, but it should be greater than 0"),
        ({"lease_seconds": float("nan")}, "lease_seconds is nan, but it should be a finite number"),
        ({"max_failures": 1.5}, "max_failures is 1.5, but it should be a valid integer"),
        ({"max_failures": 0}, "leave it out for the default, 4"),
        ({"log_level": "loud"}, "log_level is 'LOUD', but it should be 'DEBUG', 'INFO'"),
        ({"lease_second": 3}, "the caller: unknown setting lease_second (did you mean lease_seconds?)"),
        ({"database_url": "mysql://u:hidden@h/d"}, "database_url is ***, but it starts with mysql://"),
        ({"database_url": "hidden"}, "database_url is ***, but it is no address: write it as postgresql://"),
        ({"broker_url": "u:hidden@h://x"}, "broker_url is ***, but it is no address: write it as redis://"),
        ({"broker_url": "sqs://hidden"}, "broker_url is ***, but it starts with sqs://, which is not supported"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_its_name_and_a_remedy(given: dict[str, object], said: str) -> None:
    # Given a setting that is wrong
    # When it is loaded
    words = refusal(**given)
    # Then one line says what and why, and no secret is quoted
    assert said in words
    assert "hidden" not in words
    assert "\n" not in words


def test_every_wrong_setting_is_named_at_once() -> None:
    # Given two wrong settings, the first of which also feeds the default of a third
    # When they are loaded
    with pytest.raises(LookoutError) as refused:
        load_settings(database_url="nothing", max_losses="many")
    # Then both are named, and the third is not
    assert isinstance(refused.value, SettingsError)
    assert [problem.split()[2] for problem in refused.value.problems] == ["database_url", "max_losses"]


def test_a_refusal_carries_no_cause_that_would_print_the_secret() -> None:
    # Given an address that is wrong and secret
    # When it is refused
    with pytest.raises(SettingsError) as refused:
        load_settings(broker_url="ftp://:hidden@h")
    # Then a traceback has no cause to print
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.shorter} in {rule.longer}")
def test_settings_that_do_not_fit_together_are_refused(rule: object) -> None:
    # Given a rule between two settings, and values that break it by a little
    assert rule in RULES
    found = next(known for known in RULES if known is rule)
    values = {name: 10.0 for known in RULES for name in (known.shorter, known.longer)}
    values = {name: 10_000.0 if name != found.shorter else 10_000.0 / found.times for name in values}
    # When they fit exactly, then nothing is said; one more, and the sentence names both and the remedy
    assert not [said for said in broken(values) if said.startswith(f"{found.longer} is") and found.shorter in said]
    values[found.shorter] += 1
    said = next(said for said in broken(values) if found.shorter in said and said.startswith(found.longer))
    assert f"raise {found.longer}, or lower {found.shorter}" in said


def test_a_heartbeat_that_is_too_slow_for_the_lease_is_refused() -> None:
    # Given a lease that a single late heartbeat would lose
    # When it is loaded, then it is refused in one sentence
    assert refusal(lease_seconds=6, heartbeat_seconds=4).startswith(
        "lease_seconds is 6, but must be at least 2 times heartbeat_"
    )


def test_the_defaults_keep_the_rules() -> None:
    # Given the defaults, when they are checked, then no rule is broken
    assert not list(broken(load_settings().model_dump()))


def test_settings_never_change() -> None:
    # Given loaded settings, when one is set, then that is refused
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.lease_seconds = 1  # type: ignore[misc]


def test_a_process_reads_its_settings_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given settings that were read
    get_settings.cache_clear()
    first = get_settings()
    # When the environment changes
    monkeypatch.setenv("LOOKOUT_MAX_TARGETS", "7")
    # Then they stay, until they are forgotten
    assert get_settings() is first
    get_settings.cache_clear()
    assert get_settings().max_targets == 7
    get_settings.cache_clear()


def test_the_shown_settings_name_value_source_and_meaning_but_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given settings with secrets from several places
    monkeypatch.setenv("DATABASE_URL", "postgres://app:hidden@db/lookout")
    settings = load_settings(flower_basic_auth="eve:hidden", no_color=True, lease_seconds=30)
    # When they are shown
    rows = {row.name: row for row in provenance(settings)}
    # Then each row says what, from where and what for
    assert rows["lease_seconds"].value == "30"
    assert (rows["lease_seconds"].group, rows["lease_seconds"].source) == ("ledger", "the caller")
    assert (rows["database_url"].value, rows["database_url"].source) == (
        "postgresql+psycopg://app:***@db/lookout",
        "env DATABASE_URL",
    )
    assert (rows["flower_basic_auth"].value, rows["no_color"].value, rows["broker_url"].value) == ("***", "true", "-")
    assert (rows["schedule_jitter"].value, rows["schedule_jitter"].source) == ("0.1", "default")
    # And nothing of it gives the secret away
    assert "hidden" not in str(rows)
    assert "hidden" not in repr(settings)
    assert all(len(row.description) > 10 and "\n" not in row.description for row in rows.values())


def test_every_setting_is_shown(nowhere: Path) -> None:
    # Given a settings file in the working folder
    (nowhere / "lookout.toml").write_text("max_targets = 5\n")
    # When the settings are shown
    rows = provenance(load_settings())
    # Then there is a row for each, and the file itself is one of them
    assert {row.name for row in rows} == set(Settings.model_fields) - {"origins"}
    assert rows[0].name == "config"
    assert rows[0].value == str(nowhere / "lookout.toml")


def test_the_example_shows_every_setting_with_its_default() -> None:
    # Given the example, with its comment signs taken off
    text = (ROOT / "examples" / "lookout.toml").read_text(encoding="utf-8")
    keys = tomllib.loads("\n".join(line[2:] for line in text.splitlines() if line.startswith("# ") and " = " in line))
    # When it is compared with the settings
    settings = load_settings()
    servers = {"database_url", "owner_database_url", "broker_url"}
    secret = servers | {"flower_basic_auth", "webhook_secrets", "github_token"}
    absent = {"home", "heartbeat_file", "pypi_url", "npm_url"}
    # Then it names all of them, and shows the defaults
    assert set(keys) == set(Settings.model_fields) - {"origins", "config"}
    assert {name: value for name, value in keys.items() if name not in secret | absent} == {
        name: getattr(settings, name) for name in keys if name not in secret | absent
    }
    # And every address in it is one that would be accepted
    assert load_settings(**{name: keys[name] for name in secret}).database_url
