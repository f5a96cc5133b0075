"""What the documents say is so: links lead somewhere, commands and options exist, names in the code are found."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from celery.bin.celery import celery as celery_command
from support.documents import PATHS, ROOT, Document

from agents.catalog import catalog
from orchestrator.cli.group import cli
from orchestrator.queues import task_queues
from orchestrator.settings.environment import variables
from orchestrator.settings.schema import FIELDS, SECRET
from orchestrator.store.tables import metadata

DOCUMENTS = [Document(path) for path in PATHS]
LARGEST_PICTURE = 300_000
OF_FLOWER = {"--address", "--conf", "--port"}
"""Flower's own options, which its command passes on unread."""
NAMED = re.compile(r"(?P<file>[\w/]+\.py)::(?P<name>[\w.]+)")
FILE = re.compile(r"(?:agents|deploy|examples|migrations|orchestrator|tasks|tests)/[\w/.]*|\w+\.py")
PLACEHOLDER = re.compile(r"[A-Z|]{2,}")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@each_document
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document: Document) -> None:
    for link in document.links:
        place, _, anchor = link.partition("#")
        target = (document.path.parent / place).resolve() if place else document.path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in Document(target).anchors, link


@each_document
def test_no_code_in_a_sentence_is_broken_over_two_lines(document: Document) -> None:
    assert [code for code in document.inline if "\n" in code] == []


@each_document
def test_every_lookout_command_exists_with_its_options(document: Document) -> None:
    for words in document.commands("lookout"):
        command, rest = resolve(cli, words)
        assert not isinstance(command, click.Group) or not rest or command.invoke_without_command, words
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        strange = {word for word in rest if word.startswith("-")} - options - {"-h", "--help"}
        assert strange == set(), words


def resolve(command: click.Command, words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that the words name, and what comes after it; fails where a group has no such command."""
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if PLACEHOLDER.fullmatch(words[0]) or words[0] == "run|trigger|...":
            break
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"{command.name} has no command {words[0]}"
        command, words = found, words[1:]
    return command, words


@each_document
def test_every_celery_command_exists_with_queues_of_the_catalogue(document: Document) -> None:
    queues = {queue.name for queue in task_queues(catalog())}
    for words in document.commands("celery", "-A", "orchestrator"):
        command, rest = resolve(celery_command, words)
        options = {name for parameter in command.params for name in parameter.opts} | OF_FLOWER
        given = [word for word in rest if word.startswith("-")]
        assert {word.partition("=")[0] for word in given} <= options, words
        if "-Q" in rest and rest[rest.index("-Q") + 1] != "...":
            assert set(rest[rest.index("-Q") + 1].split(",")) <= queues, words


@pytest.mark.parametrize("name", ["README.md", "docs/operations.md"])
def test_the_workers_that_operators_are_shown_serve_every_queue(name: str) -> None:
    calls = Document(ROOT / name).commands("celery", "-A", "orchestrator", "worker")
    served = {queue for words in calls for queue in words[words.index("-Q") + 1].split(",")}
    assert served == {queue.name for queue in task_queues(catalog())}


@each_document
def test_every_option_that_a_sentence_names_exists(document: Document) -> None:
    known = {*options_below(cli), *options_below(celery_command), *OF_FLOWER}
    named = {re.split(r"[= ]", code)[0] for code in document.inline if code.startswith("--")}
    assert named <= known


def options_below(command: click.Command) -> Iterator[str]:
    """Yield every option of a command and of all commands below it."""
    yield from (name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts))
    if isinstance(command, click.Group):
        context = click.Context(command)
        below = (command.get_command(context, name) for name in command.list_commands(context))
        yield from (name for each in below if each for name in options_below(each))


@each_document
def test_every_make_target_exists(document: Document) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in document.commands("make"):
        assert not words or words[0] in targets, words


@each_document
def test_every_variable_of_ours_is_a_setting(document: Document) -> None:
    known = {name for field in FIELDS for name in variables(field)}
    known |= {f"{name}_FILE" for field in SECRET for name in variables(field)}
    assert set(re.findall(r"\bLOOKOUT_[A-Z_]+\b", document.text)) - {"LOOKOUT_"} <= known


@each_document
def test_every_file_that_a_sentence_names_is_there(document: Document) -> None:
    for code in document.inline:
        if FILE.fullmatch(code) and "NAME" not in code and "pinning" not in code and code != "enqueue.py":
            assert list(ROOT.glob(code)) or list(ROOT.glob(f"*/**/{code}")), code


def test_every_name_of_the_walk_through_the_code_is_in_its_file() -> None:
    # Given the names that docs/architecture.md gives as file::name
    walk = NAMED.findall(Document(ROOT / "docs" / "architecture.md").text)
    # When each is looked up, then it is defined there
    assert len(walk) > 60
    lost = [f"{file}::{name}" for file, name in walk if name not in defined(ROOT / file)]
    assert lost == []


def defined(path: Path) -> set[str]:
    """Return the names that a module defines: functions, classes, constants, and what its classes define."""
    return set(names(ast.parse(path.read_text(encoding="utf-8")).body))


def names(body: list[ast.stmt], *, within: str = "") -> Iterator[str]:
    """Yield the names that statements define, with the names of the classes around them."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield within + node.name
        if isinstance(node, ast.ClassDef):
            yield from names(node.body, within=f"{within}{node.name}.")
        if isinstance(node, ast.Assign):
            yield from (within + target.id for target in node.targets if isinstance(target, ast.Name))


def test_every_table_stands_in_the_architecture() -> None:
    inline = set(Document(ROOT / "docs" / "architecture.md").inline)
    assert set(metadata.tables) <= inline


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert sizes
    assert max(sizes.values()) < LARGEST_PICTURE


def test_the_guide_for_contributors_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 150
