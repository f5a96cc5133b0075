"""What the OSV service is asked about a target: each package in use, once in each version."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from agents.contract import Evidence


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """A package, as OSV names it; without a version, all that is known of the package is asked for."""

    ecosystem: str
    name: str
    version: str = ""

    def __str__(self) -> str:
        """Return it for people: ``PyPI/flask@3.0.0``."""
        return f"{self.ecosystem}/{self.name}" + (f"@{self.version}" if self.version else "")

    def asked(self, *, token: str = "") -> dict[str, JsonValue]:
        """Return it in the service's form; ``token`` names the further page that is wanted."""
        about: dict[str, JsonValue] = {"package": {"name": self.name, "ecosystem": self.ecosystem}}
        further = {name: said for name, said in (("version", self.version), ("page_token", token)) if said}
        return {**about, **further}


@dataclass(frozen=True, slots=True)
class Questions:
    """What can be asked about some dependencies."""

    all: tuple[Question, ...] = ()
    nameless: int = 0
    """Dependencies that name no package, or no ecosystem that it is of."""


def questions_about(dependencies: Iterable[Evidence]) -> Questions:
    """Return the questions about ``dependency`` evidence, each once, in order; a version counts where it is pinned."""
    read = [_question(one) for one in dependencies]
    asked = sorted({one for one in read if one is not None})
    return Questions(tuple(asked), nameless=read.count(None))


def _question(dependency: Evidence) -> Question | None:
    """Return the question about one dependency."""
    ecosystem, name, version = (_text(dependency, part) for part in ("ecosystem", "name", "version"))
    if not (ecosystem and name):
        return None
    return Question(ecosystem, name, version if dependency.data.get("pinned", True) else "")


def _text(dependency: Evidence, part: str) -> str:
    value = dependency.data.get(part)
    return value.strip() if isinstance(value, str) else ""
