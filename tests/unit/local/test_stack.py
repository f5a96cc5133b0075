"""The processes of a whole stack."""

from pathlib import Path

from agents.catalog import catalog
from orchestrator.local.stack import StackShape, processes
from orchestrator.queues import task_queues


def shape(tmp_path: Path, *, port: int | None = None, heartbeat_file: Path | None = None) -> StackShape:
    return StackShape(
        waiting=3,
        computing=2,
        urgent=1,
        soft_shutdown_seconds=5,
        folder=tmp_path,
        logs=tmp_path,
        env={"A": "b"},
        heartbeat_file=heartbeat_file,
        flower_port=port,
    )


def test_every_queue_has_a_worker(tmp_path: Path) -> None:
    # Given / When
    specs = processes(shape(tmp_path), specs=catalog())
    # Then
    words = [word for spec in specs for word in spec.argv if word.startswith("--queues=")]
    served = {queue for word in words for queue in word.removeprefix("--queues=").split(",")}
    assert served == {queue.name for queue in task_queues(catalog())}
    assert [spec.name for spec in specs] == ["waiting", "computing", "urgent", "beat"]


def test_all_stand_in_a_folder_of_ours_and_get_time_to_stop(tmp_path: Path) -> None:
    # Given / When
    specs = processes(shape(tmp_path), specs=catalog())
    # Then
    assert {spec.cwd for spec in specs} == {tmp_path}
    assert all(spec.stop_seconds > 5 for spec in specs)
    assert all(spec.env == {"A": "b"} for spec in specs)


def test_flower_is_on_the_loopback_interface_with_our_configuration(tmp_path: Path) -> None:
    # Given / When
    specs = {spec.name: spec for spec in processes(shape(tmp_path, port=5_999), specs=catalog())}
    # Then
    words = specs["flower"].argv
    assert {"--address=127.0.0.1", "--port=5999"} <= set(words)
    (configuration,) = (Path(word.removeprefix("--conf=")) for word in words if word.startswith("--conf="))
    assert configuration.name == "flowerconfig.py"
    assert configuration.is_file()


def test_each_worker_and_beat_leave_signs_of_life_in_files_of_their_own(tmp_path: Path) -> None:
    # Given / When
    specs = processes(shape(tmp_path, heartbeat_file=tmp_path / "alive"), specs=catalog())
    # Then
    assert {spec.name: spec.env for spec in specs} == {
        name: {"A": "b", "LOOKOUT_HEARTBEAT_FILE": str(tmp_path / f"alive-{name}")}
        for name in ("waiting", "computing", "urgent", "beat")
    }
