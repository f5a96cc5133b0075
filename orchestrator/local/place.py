"""Where the servers of one home work, and as whom. As an ordinary user: in the home. As root: see reach.py."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import ServiceError
from orchestrator.local.account import Account, server_account
from orchestrator.local.home import PRIVATE, Home
from orchestrator.local.reach import PASSABLE, open_base, recorded_base, remove_base
from orchestrator.local.sockets import (
    POSTGRES_SOCKET,
    VALKEY_SOCKET,
    close_socket_folder,
    find_socket_folder,
    hand_over,
    open_socket_folder,
)
from orchestrator.local.trouble import disk_trouble


@dataclass(frozen=True)
class Place:
    """The folders of the servers. ``account`` is whom they run as; None means as ourselves."""

    data: Path
    sockets: Path
    account: Account | None = None

    @property
    def postgres(self) -> Path:
        """The database cluster."""
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        """The append-only file's folder."""
        return self.data / "valkey"

    @property
    def postgres_socket(self) -> Path:
        """The database's socket."""
        return self.sockets / POSTGRES_SOCKET

    @property
    def valkey_socket(self) -> Path:
        """The broker's socket."""
        return self.sockets / VALKEY_SOCKET


def open_place(home: Home, *, account_of: Callable[[int], Account | None] = server_account) -> Place:
    """Return the place of a home, with its folders made; the owner alone calls this."""
    account = account_of(os.geteuid())
    root = home.path if account is None else open_base(home)
    data = root / "data"
    with disk_trouble(data, doing="create"):
        # Its parent is closed in a home; where an account must pass through, root keeps the folder itself.
        data.mkdir(mode=PRIVATE, exist_ok=True)
        if account is not None:
            data.chmod(PASSABLE)
    return Place(data, open_socket_folder(home, root / "run", account=account), account)


def find_place(home: Home, *, account_of: Callable[[int], Account | None] = server_account) -> Place:
    """Return the place of a home for a client, which creates nothing. Raises ``ServiceError`` where there is none."""
    root = recorded_base(home) or home.path
    if not (root / "data").exists():
        raise ServiceError(f"{home.path} holds no servers' data yet: start them with `lookout up`")
    account = account_of(os.geteuid())
    return Place(root / "data", find_socket_folder(home, root / "run", account=account), account)


def own_folder(folder: Path, *, account: Account | None) -> None:
    """Make a folder that the servers' account alone can enter."""
    with disk_trouble(folder, doing="create"):
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        hand_over(folder, account)


def close_place(home: Home) -> None:
    """Remove what must not outlive the servers: sockets outside the home."""
    close_socket_folder(home)


def remove_home(home: Home) -> None:
    """Remove a home and all that it keeps outside itself, data included. Its servers must have ended."""
    close_socket_folder(home)
    remove_base(home)
    with disk_trouble(home.path, doing="remove"):
        if home.path.exists():
            shutil.rmtree(home.path)
