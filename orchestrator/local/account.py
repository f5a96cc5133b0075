"""Who the servers run as: ourselves, or, where we are root, somebody whom Postgres accepts."""

import pwd
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.errors import ServiceError

STAND_IN = "nobody"
ROOT = 0


@dataclass(frozen=True)
class Account:
    """Another user of this machine. It must have a passwd entry: initdb fails for a number without a name."""

    name: str
    uid: int
    gid: int


def server_account(uid: int, *, look_up: Callable[[str], pwd.struct_passwd] = pwd.getpwnam) -> Account | None:
    """Return the account that the servers must change to, or None where they can run as the user ``uid`` itself."""
    if uid != ROOT:
        return None
    try:
        entry = look_up(STAND_IN)
    except KeyError as error:
        raise ServiceError(
            f"Postgres refuses to run as root, and there is no user {STAND_IN!r} here to run it as: "
            "start as an ordinary user, or set DATABASE_URL to a server of your own"
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
