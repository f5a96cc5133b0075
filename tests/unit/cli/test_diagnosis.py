"""What the doctor found, as lines and as JSON."""

import json

import pytest
from support.commands import Lookout

from orchestrator.cli.diagnosis import tell
from orchestrator.doctor.check import failed, ok, warning

CHECKS = (ok("a", "fine"), warning("b", "so\x1b[1m so", remedy="see to it"), failed("c", "bad", remedy="mend it"))


def test_each_check_is_a_line_with_its_remedy_below(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    told = tell(iter(CHECKS), as_json=False)
    # Then
    written = capsys.readouterr()
    assert told == CHECKS
    assert written.out == "✓ a: fine\n! b: so so\n    → see to it\n✗ c: bad\n    → mend it\n"
    assert written.err == "1 ok, 1 warning, 1 failed\n"


def test_in_json_it_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    tell(iter(CHECKS), as_json=True)
    # Then
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["checks"][2] == {"name": "c", "verdict": "failed", "seen": "bad", "remedy": "mend it"}


def test_the_doctor_works_where_nothing_runs(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("doctor")
    # Then
    assert answer.code == 0
    assert "! database: the embedded one is not running" in answer.out
    assert "! broker: the embedded one is not running" in answer.out


def test_the_doctor_tells_wrong_settings_as_a_check(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("LOOKOUT_LEASE_SECONDS", "-1")
    # When
    answer = lookout("doctor", "--json")
    # Then
    assert answer.code == 1
    assert any("LOOKOUT_LEASE_SECONDS" in check["seen"] for check in json.loads(answer.out)["checks"])
