"""The home folder: where Lookout's data, sockets, passwords and logs live. It reads no environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import ServiceError
from orchestrator.local.trouble import disk_trouble

SYSTEM_FOLDER = Path("/var/lib/lookout")
PRIVATE = 0o700


@dataclass(frozen=True)
class Home:
    """One home folder, named by an absolute path; it need not exist yet.

    ``reachable`` and ``copies`` matter to root alone, whose servers run as another user who may not be able to enter
    the home: the folders of which the first usable one keeps the servers' data, and the one that keeps the single copy
    of the Postgres programs.
    """

    path: Path
    reachable: tuple[Path, ...] = (SYSTEM_FOLDER,)
    copies: Path = SYSTEM_FOLDER

    @property
    def lock_file(self) -> Path:
        """The file whose flock makes its holder the owner."""
        return self.path / "owner.lock"

    @property
    def owner_file(self) -> Path:
        """What the owner says about itself."""
        return self.path / "owner.json"

    @property
    def passwords_file(self) -> Path:
        """The generated passwords, mode 0600."""
        return self.path / "passwords.json"

    @property
    def place_record(self) -> Path:
        """Names the folder outside the home that keeps the servers' data, where root needed one."""
        return self.path / "place"

    @property
    def sockets_record(self) -> Path:
        """Names the folder outside the home that keeps the sockets, where the home's own path is too long."""
        return self.path / "sockets"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.path / "logs"

    @property
    def data(self) -> Path:
        """The servers' data, where they run as the home's own user."""
        return self.path / "data"

    @property
    def run(self) -> Path:
        """The sockets, where the path is short enough."""
        return self.path / "run"

    def prepare(self) -> None:
        """Create the folder for its user alone; a folder that exists keeps its mode. Raises ``ServiceError``."""
        with disk_trouble(self.path, doing="create"):
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            keeper = self.path.stat().st_uid
        if keeper != os.geteuid():
            raise ServiceError(
                f"{self.path} belongs to user {keeper}, and this is user {os.geteuid()}: "
                "start as that user, or set LOOKOUT_HOME to a folder of your own"
            )
        with disk_trouble(self.logs, doing="create"):
            self.logs.mkdir(mode=PRIVATE, exist_ok=True)


def home_at(chosen: str | Path) -> Home:
    """Return the home that a setting means; ``~`` is the user's folder, a relative path is below the current one."""
    return Home(Path(chosen).expanduser().absolute())
