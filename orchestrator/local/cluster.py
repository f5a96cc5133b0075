"""A database cluster's folder: made whole by initdb, or not there at all."""

import shutil
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

from orchestrator.local.account import Account
from orchestrator.local.child import Command, run_to_end
from orchestrator.local.sockets import hand_over
from orchestrator.local.trouble import disk_trouble

SUPERUSER = "super"
UNFINISHED = "initdb-"
INITDB_SECONDS = 300.0
INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",  # Without it, and without LANG, text would come back as bytes.
    "--locale=C.UTF-8",
    "--no-instructions",
)


def ensure_cluster(
    cluster: Path, *, programs: Path, password: str, account: Account | None, log: Path, held: tuple[int, ...]
) -> None:
    """Make the cluster where it is missing; the owner alone calls this.

    initdb works in a folder beside it, which is renamed at the end: whatever interrupts it, the cluster is whole or
    absent. Its superuser gets ``password``. Raises ``ServiceError`` with initdb's own words where it fails.
    """
    with disk_trouble(cluster.parent, doing="clear"):
        for left in cluster.parent.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left)
    if cluster.exists():
        return
    with disk_trouble(cluster, doing="create"), ExitStack() as undo:
        fresh = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=cluster.parent))
        undo.callback(shutil.rmtree, fresh, ignore_errors=True)
        secret = fresh / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        data = fresh / "data"
        data.mkdir(mode=0o700)
        for path in (secret, data, fresh):
            hand_over(path, account)
        arguments = (f"--username={SUPERUSER}", f"--pwfile={secret}", *INITDB_OPTIONS, f"--pgdata={data}")
        argv = (str(programs / "initdb"), *arguments)
        run_to_end(Command(argv, log, signal.SIGTERM, account=account, held=held), seconds=INITDB_SECONDS, path=cluster)
        data.rename(cluster)
