"""What the made-up incident answers has the shapes that the services themselves have published."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator, validators

from orchestrator.recordings.asking import Asked
from orchestrator.recordings.exchange import key_of
from orchestrator.recordings.incident.play import Incident

HERE = "http://127.0.0.1:1"
PLACE = "/repos/quillmoor-example/ferrywheel"


@pytest.fixture(scope="module")
def told() -> Callable[..., Any]:
    """Return what asks the incident."""
    incident = Incident(datetime(2026, 11, 20, 9, 30, tzinfo=UTC))

    def answer(path: str) -> Any:  # noqa: ANN401  JSON is anything
        reply = incident.answer(Asked(key_of("GET", path)), url=HERE)
        assert reply.status == 200, path
        return json.loads(reply.body)

    return answer


def _nullable(schema: Any) -> Any:  # noqa: ANN401  a schema is anything
    """Return an OpenAPI 3.0 schema as plain JSON Schema: there, ``nullable`` says that null will do too."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _nullable(value) for name, value in schema.items() if name not in {"nullable", "example"}}
    return {"anyOf": [plain, {"enum": [None]}]} if schema.get("nullable") is True else plain


@pytest.fixture(scope="module")
def openapi(recordings: Path) -> dict[str, Any]:
    """Return GitHub's description of its interface."""
    text = (recordings / "github_api" / "openapi" / "github_rest_subset.openapi.json").read_text(encoding="utf-8")
    document: dict[str, Any] = _nullable(json.loads(text))
    return document


def faults(document: Any, schema: dict[str, Any], root: dict[str, Any]) -> list[str]:  # noqa: ANN401  JSON is anything
    """Return what of a document does not fit a schema of OpenAPI."""
    checked = validators.validator_for({}, default=Draft4Validator)({**schema, "components": root["components"]})
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in checked.iter_errors(document)
    ]


def asked() -> Iterator[tuple[str, str]]:
    """Yield what is asked for, and the path that describes it."""
    for part in (
        "", "/commits", "/issues", "/pulls", "/releases", "/tags", "/contributors", "/security-advisories",
        "/releases/latest", "/languages",
    ):  # fmt: skip
        yield f"{PLACE}{part}", f"/repos/{{owner}}/{{repo}}{part}"
    yield "/advisories", "/advisories"
    yield "/advisories/GHSA-xxxx-xxxx-xx24", "/advisories/{ghsa_id}"


@pytest.mark.parametrize(("path", "described"), list(asked()))
def test_the_code_host_answers_as_it_is_described(
    path: str, described: str, told: Callable[..., Any], openapi: dict[str, Any]
) -> None:
    query = "?state=all&per_page=100" if path.endswith(("issues", "pulls", "commits")) else ""
    good = openapi["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert faults(told(path + query), good, openapi) == []


def test_issues_have_comments_as_they_are_described(told: Callable[..., Any], openapi: dict[str, Any]) -> None:
    numbers = [each["number"] for each in told(f"{PLACE}/issues?state=all&per_page=100") if each["comments"]]
    schema = openapi["components"]["schemas"]
    for number in numbers:
        comments = told(f"{PLACE}/issues/{number}/comments")
        assert comments
        assert faults(comments, {"type": "array", "items": schema["issue-comment"]}, openapi) == []


def test_records_of_flaws_are_of_the_form_osv(told: Callable[..., Any], recordings: Path) -> None:
    schema = json.loads((recordings / "security" / "osv_schema.json").read_text(encoding="utf-8"))
    for name in ("GHSA-xxxx-xxxx-xx22", "GHSA-xxxx-xxxx-xx24", "MAL-2099-99001", "MAL-2099-99002"):
        Draft202012Validator(schema).validate(told(f"/v1/vulns/{name}"))


def test_the_list_of_what_is_exploited_is_of_its_form(told: Callable[..., Any], recordings: Path) -> None:
    schema = json.loads((recordings / "security" / "cisa_kev_schema.json").read_text(encoding="utf-8"))
    listed = told("/known_exploited_vulnerabilities.json")
    validators.validator_for(schema)(schema).validate(listed)
    assert len(listed["vulnerabilities"]) == 2
