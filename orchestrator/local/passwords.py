"""The passwords of the embedded servers: generated once, kept in the home with mode 0600, never shown."""

import json
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from orchestrator.errors import ServiceError
from orchestrator.local.files import read_small, write_private
from orchestrator.local.home import Home
from orchestrator.local.trouble import disk_trouble

RANDOM_BYTES = 24


def fresh() -> SecretStr:
    """Return a new password of letters, digits, ``-`` and ``_``, which need no quoting anywhere."""
    return SecretStr(secrets.token_urlsafe(RANDOM_BYTES))


class Passwords(BaseModel):
    """One password for each role of the database, and one for the broker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    superuser: SecretStr = Field(default_factory=fresh)
    owner: SecretStr = Field(default_factory=fresh)
    app: SecretStr = Field(default_factory=fresh)
    broker: SecretStr = Field(default_factory=fresh)


def read_passwords(home: Home) -> Passwords | None:
    """Return the stored passwords; None where there are none yet. Raises ``ServiceError`` where they make no sense."""
    with disk_trouble(home.passwords_file, doing="read"):
        text = read_small(home.passwords_file)
    if text is None:
        return None
    try:
        return Passwords.model_validate_json(text)
    except ValidationError:
        # Not chained: pydantic's message quotes the text.
        raise ServiceError(f"{home.passwords_file} is damaged: bring it back from a backup") from None


def ensure_passwords(home: Home, *, cluster: Path) -> Passwords:
    """Return the stored passwords, made at the first call; the owner alone calls this.

    Raises ``ServiceError`` where ``cluster``, the database's folder, was made with passwords that are gone.
    """
    known = read_passwords(home)
    if known is not None:
        return known
    if cluster.exists():
        raise ServiceError(
            f"{home.passwords_file} is gone, and the database in {cluster} cannot be opened without it: "
            f"bring it back, or remove {cluster} to begin with an empty database"
        )
    made = Passwords()
    plain = {name: getattr(made, name).get_secret_value() for name in Passwords.model_fields}
    with disk_trouble(home.passwords_file, doing="write"):
        write_private(home.passwords_file, json.dumps(plain))
    return made
