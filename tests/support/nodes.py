"""pytest-celery's nodes as local processes: its defaults want a Docker engine, its API does not."""

import signal
from typing import Any

import psutil
from pytest_celery import CeleryTestBroker, CeleryTestContainer, CeleryTestWorker

from support.stages import Stage, Worker


class ProcessContainer(CeleryTestContainer):  # type: ignore[misc] # pytest-celery has no types
    """A worker process in the shape of a container."""

    def __init__(self, stage: Stage, *arguments: str) -> None:
        # No super().__init__: it wants a Docker object.
        self._stage = stage
        self._arguments = arguments
        self._worker: Worker | None = None

    @property
    def id(self) -> str:
        return f"process-{self.process.pid}"

    @property
    def name(self) -> str:
        return "worker process"

    @property
    def status(self) -> str:
        return "running" if self.process.poll() is None else "exited"

    @property
    def process(self) -> Any:  # noqa: ANN401  a Popen of whatever
        assert self._worker is not None
        return self._worker.process

    @property
    def celeryconfig(self) -> dict[str, Any]:
        return {"broker_url": self._stage.addresses.broker_url}

    @property
    def ready_prompt(self) -> str:
        return "ready."

    def start(self) -> None:
        self._worker = self._stage.start("worker", *self._arguments)

    def ready(self) -> bool:
        if self._worker is None:
            self.start()
        assert self._worker is not None
        self._stage.wait(self._worker.ready, seconds=60)
        return True

    def kill(self, signal: int | str = signal.SIGKILL) -> None:
        number = getattr(globals()["signal"], signal) if isinstance(signal, str) else signal
        assert self._worker is not None
        self._worker.kill(number)
        self.process.wait(10)

    def reload(self) -> None:
        """Nothing is cached."""

    def restart(self, timeout: int = 10) -> None:  # noqa: ARG002  a container's signature
        assert self._worker is not None
        self._worker.end()
        self.start()
        self.ready()

    def logs(self) -> str:
        assert self._worker is not None
        return self._worker.log.read_text()

    def teardown(self) -> None:
        if self._worker is not None:
            self._worker.end()


class BrokerContainer(ProcessContainer):
    """The embedded Valkey, which somebody else starts and stops, in the shape of a container."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)

    @property
    def id(self) -> str:
        return "embedded-valkey"

    @property
    def status(self) -> str:
        return "running"

    @property
    def celeryconfig(self) -> dict[str, Any]:
        return {"url": self._stage.addresses.broker_url, "host_url": self._stage.addresses.broker_url}

    def ready(self) -> bool:
        return True

    def logs(self) -> str:
        return ""


class ProcessBroker(CeleryTestBroker):  # type: ignore[misc] # pytest-celery has no types
    """A broker whose container is the embedded server."""


class ProcessWorker(CeleryTestWorker):  # type: ignore[misc] # pytest-celery has no types
    """A worker that is a process of this machine."""

    @property
    def worker_name(self) -> str:
        return "node"

    def hostname(self) -> str:
        return "node@test"

    def get_running_processes_info(
        self, columns: list[str] | None = None, filters: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Return what runs under the worker, read by psutil instead of inside a container."""
        main = psutil.Process(self.container.process.pid)
        rows = [found.as_dict(columns) for found in (main, *main.children(recursive=True))]
        return [row for row in rows if all(str(row.get(key)) == value for key, value in (filters or {}).items())]
