"""CycloneDX bills of materials in JSON and XML, flat and nested, honest and hostile."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.manifests.cyclonedx import parse_cyclonedx
from agents.sources.manifests.dependency import Parsed, UnreadableError

BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {"component": {"type": "application", "name": "app", "bom-ref": "root"}},
    "components": [
        {"type": "library", "bom-ref": "f", "name": "Flask", "version": "3.0.0", "purl": "pkg:pypi/flask@3.0.0"},
        {
            "type": "library",
            "bom-ref": "n",
            "name": "core",
            "group": "@angular",
            "scope": "optional",
            "purl": "pkg:npm/%40angular/core@16.0.0",
            "components": [{"type": "library", "name": "inner", "version": "1.0", "purl": "pkg:npm/inner"}],
        },
        {"type": "library", "name": "unlabelled", "group": "org.example", "version": "2"},
        {"type": "operating-system", "name": "debian", "version": "12"},
        {"type": "library", "name": "wrong", "purl": "nonsense"},
        {"type": "library"},
    ],
    "dependencies": [{"ref": "root", "dependsOn": ["f"]}, {"ref": "f", "dependsOn": ["n"]}],
}
XML = """<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
  <metadata><component type="application" bom-ref="root"><name>app</name></component></metadata>
  <components>
    <component type="library" bom-ref="f">
      <name>Flask</name><version>3.0.0</version><purl>pkg:pypi/flask@3.0.0</purl>
      <components>
        <component type="library">
          <group>g</group><name>inner</name><version>1</version><scope>excluded</scope>
        </component>
      </components>
    </component>
  </components>
  <dependencies><dependency ref="root"><dependency ref="f"/></dependency></dependencies>
</bom>"""


def said(parsed: Parsed) -> list[tuple[str, str, str, str, bool | None]]:
    return [(one.ecosystem, one.name, one.version, one.scope, one.direct) for one in parsed.dependencies]


def test_components_are_dependencies_by_their_package_urls() -> None:
    # Given a bill with nested, unlabelled, wrong and irrelevant components
    parsed = parse_cyclonedx(json.dumps(BOM))

    # Then each package is there once, and what is wrong is named
    assert said(parsed) == [
        ("PyPI", "flask", "3.0.0", "runtime", True),
        ("npm", "@angular/core", "16.0.0", "optional", False),
        ("npm", "inner", "1.0", "runtime", False),
        ("", "org.example/unlabelled", "2", "runtime", False),
    ]
    assert [one.reason for one in parsed.problems] == [
        "the component's purl is no package URL",
        "a component with neither a name nor a purl",
    ]


def test_the_xml_form_says_the_same() -> None:
    assert said(parse_cyclonedx(XML)) == [
        ("PyPI", "flask", "3.0.0", "runtime", True),
        ("", "g/inner", "1", "excluded", False),
    ]
    assert said(parse_cyclonedx(XML.replace("metadata>", "other>")))[0][-1] is None


def test_a_bill_that_tells_no_relations_leaves_directness_open() -> None:
    assert said(parse_cyclonedx(json.dumps({**BOM, "dependencies": []})))[0][-1] is None


def test_a_deep_nest_is_read_without_recursion() -> None:
    # Given components nested as deep as JSON can be parsed
    component: dict[str, object] = {"name": "c0"}
    for number in range(1, 300):
        component = {"name": f"c{number}", "components": [component]}

    # Then all are read
    bom = {"bomFormat": "CycloneDX", "components": [component]}
    assert len(parse_cyclonedx(json.dumps(bom)).dependencies) == 300


def test_a_deep_nest_of_xml_is_read_to_a_depth() -> None:
    opened = "<components><component><name>x</name>" * 500
    closed = "</component></components>" * 500
    text = f'<bom xmlns="http://cyclonedx.org/schema/bom/1.4">{opened}{closed}</bom>'
    assert len(parse_cyclonedx(text).dependencies) == 1


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("{}", "has no bomFormat CycloneDX", 0),
        ('{"spdxVersion": "SPDX-2.3"}', "is an SPDX document; export", 0),
        ('{\n"a": }', "is not JSON", 2),
        ("<bom>\n<open></bom>", "is not XML", 2),
        ("<html></html>", "its root is no CycloneDX bom", 0),
        ('<!DOCTYPE x [<!ENTITY a "b">]><bom/>', "declares a document type", 0),
        ("<a>\ud800</a>", "is not XML", 0),
    ],
)
def test_what_is_something_else_is_refused(text: str, reason: str, line: int) -> None:
    with pytest.raises(UnreadableError, match=reason) as caught:
        parse_cyclonedx(text)
    assert caught.value.line == line


PART = st.none() | st.integers() | st.text() | st.lists(st.none() | st.text(), max_size=2)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["name", "purl", "version", "components", "type", "scope", "group"]), PART)
        | PART,
        max_size=4,
    )
)
def test_no_component_breaks_the_reading(components: list[object]) -> None:
    # Given components of any shape, each is a dependency, a problem, or no package
    parsed = parse_cyclonedx(json.dumps({"bomFormat": "CycloneDX", "components": components}))
    assert all(one.name for one in parsed.dependencies)
