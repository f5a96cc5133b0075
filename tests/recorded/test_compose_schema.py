"""docker-compose.yml is what the Compose specification says such a file may be."""

import json
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_the_compose_file_keeps_to_the_specification(recordings: Path) -> None:
    # Given the specification's own schema
    schema = json.loads((recordings / "schemas" / "compose-spec.json").read_text(encoding="utf-8"))
    # When our file is checked against it
    validator = jsonschema.Draft7Validator(schema)
    found = validator.iter_errors(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    # Then it has nothing to say
    assert [error.message for error in found] == []
