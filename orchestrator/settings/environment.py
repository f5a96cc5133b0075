"""The environment as a layer of settings. Nothing else in Lookout reads a variable.

Every setting has ``LOOKOUT_<NAME>``. Some also go by the name that the rest of the world gives them. A secret may
stand in a file that ``<VARIABLE>_FILE`` names, as container platforms hand them out. An empty variable is not set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from orchestrator.errors import SettingsError
from orchestrator.settings.layers import Given, Layer

PREFIX = "LOOKOUT_"

_FIRST = {"broker_url": ("CELERY_BROKER_URL",)}
# Celery itself obeys this one, whatever a configuration says: were ours to win, producers and workers could part.

_ALSO = {
    "database_url": ("DATABASE_URL",),
    "broker_url": ("REDIS_URL",),
    "github_token": ("GITHUB_TOKEN",),
    "log_level": ("LOG_LEVEL",),
    "log_format": ("LOG_FORMAT",),
    "no_color": ("NO_COLOR",),
}


@dataclass(frozen=True)
class UnknownVariable:
    """A variable with our prefix that no setting goes by, and the one that was probably meant."""

    name: str
    meant: str


def variables(setting: str) -> tuple[str, ...]:
    """Return the variables that give a setting; the first that is set wins."""
    return *_FIRST.get(setting, ()), f"{PREFIX}{setting.upper()}", *_ALSO.get(setting, ())


def environment_layer(environ: Mapping[str, str], *, plain: Iterable[str], secret: Iterable[str]) -> Layer:
    """Read the settings that the environment gives; raises ``SettingsError`` where a secret's file cannot be read."""
    layer = {name: _plain(environ, name) for name in plain} | {name: _secret(environ, name) for name in secret}
    return {name: given for name, given in layer.items() if given is not None}


def unknown_variables(
    environ: Mapping[str, str], *, plain: Iterable[str], secret: Iterable[str]
) -> list[UnknownVariable]:
    """Return the ``LOOKOUT_`` variables that mean nothing: typing errors, most likely."""
    hidden = [variable for name in secret for variable in variables(name)]
    known = [*hidden, *(f"{name}_FILE" for name in hidden), *(name for field in plain for name in variables(field))]
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [UnknownVariable(name, _closest(name, known)) for name in strange]


def _closest(name: str, known: Iterable[str]) -> str:
    # Without the prefix, by which every name of ours would be close to every other.
    bare = {other.removeprefix(PREFIX): other for other in known}
    return next((bare[other] for other in get_close_matches(name.removeprefix(PREFIX), bare, n=1)), "")


def _plain(environ: Mapping[str, str], setting: str) -> Given | None:
    found = next((name for name in variables(setting) if environ.get(name)), None)
    if found is None:
        return None
    # https://no-color.org: any value but the empty one means yes.
    return Given(True if found == "NO_COLOR" else environ[found], f"env {found}")


def _secret(environ: Mapping[str, str], setting: str) -> Given | None:
    for name in variables(setting):
        value, path = environ.get(name), environ.get(f"{name}_FILE")
        if value and path:
            raise SettingsError(f"{name} and {name}_FILE are both set: unset the one that is not meant")
        if value:
            return Given(value, f"env {name}")
        if path:
            return Given(_read(path, f"{name}_FILE"), f"env {name}_FILE")
    return None


def _read(path: str, variable: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"{variable} names {path}, which cannot be read ({reason}): correct the path") from None
    if not text:
        raise SettingsError(f"{variable} names {path}, which is empty: write the value into it, or unset {variable}")
    return text
