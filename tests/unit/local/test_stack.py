"""The processes of a whole stack."""

from pathlib import Path

from agents.catalog import catalog
from orchestrator.local.stack import StackShape, processes
from orchestrator.queues import task_queues


def shape(tmp_path: Path, *, port: int | None = None) -> StackShape:
    return StackShape(
        waiting=3,
        computing=2,
        urgent=1,
        soft_shutdown_seconds=5,
        folder=tmp_path,
        logs=tmp_path,
        env={"A": "b"},
        flower_port=port,
        flower_env={"FLOWER_BASIC_AUTH": "u:hunter2"},
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


def test_flowers_password_is_in_no_command_line(tmp_path: Path) -> None:
    # Given / When
    specs = {spec.name: spec for spec in processes(shape(tmp_path, port=5_999), specs=catalog())}
    # Then
    assert "--address=127.0.0.1" in specs["flower"].argv
    assert "--read_only=True" in specs["flower"].argv
    assert specs["flower"].env["FLOWER_BASIC_AUTH"] == "u:hunter2"
    assert "hunter2" not in " ".join(word for spec in specs.values() for word in spec.argv)
    assert "FLOWER_BASIC_AUTH" not in specs["waiting"].env
    assert "hunter2" not in repr(specs)
