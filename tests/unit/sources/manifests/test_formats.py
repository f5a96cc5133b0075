"""The parser of a manifest is found by its name, and where a person insists, by how it begins."""

import pytest

from agents.sources.manifests.dependency import Dependency, UnreadableError
from agents.sources.manifests.formats import parser_by_name, parser_of


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "dev-requirements.txt",
        "requirements-dev.lock",
        "requirements/base.in",
        "a/b/pyproject.toml",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pylock.toml",
        "pylock.dev.toml",
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "bom.json",
        "thing-sbom.xml",
        "bom-1.5.json",
        "thing.cdx.json",
    ],
)
def test_manifests_are_known_by_name(path: str) -> None:
    assert parser_by_name(path) is not None


@pytest.mark.parametrize("path", ["README.txt", "notes/a.txt", "Cargo.lock", "bombastic.json", "xpackage.json", "lock"])
def test_other_files_are_not(path: str) -> None:
    assert parser_by_name(path) is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('{"bomFormat": "CycloneDX", "components": [{"name": "a"}]}', "a"),
        (
            '<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component><name>a</name></component></components></bom>',
            "a",
        ),
        ('{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}', "a"),
        ('{"_meta": {}, "default": {"a": {"version": "==1"}}}', "a"),
        ('[[packages]]\nname = "a"\n', "a"),
        ('[[package]]\nname = "a"\n', "a"),
        ('[project]\ndependencies = ["a"]\n', "a"),
        ('# yarn lockfile v1\na@^1:\n  version "1.0.0"\n', "a"),
        ("a==1\n", "a"),
    ],
)
def test_a_file_of_any_name_is_known_by_its_beginning(source: str, name: str) -> None:
    (one,) = parser_of("whatever", source=source)(source, "whatever").dependencies
    assert isinstance(one, Dependency)
    assert one.name == name


@pytest.mark.parametrize("source", ["[" * 200_000, "[]", "not at all"])
def test_json_of_an_unknown_kind_is_never_read_as_requirements(source: str) -> None:
    with pytest.raises(UnreadableError, match=r"JSON|nested too deeply"):
        parser_of("deps.json", source=source)(source, "deps.json")
