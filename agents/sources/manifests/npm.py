"""npm's manifests: ``package.json``, and ``package-lock.json`` of versions 1, 2 and 3 (``npm-shrinkwrap.json`` too)."""

import re
from collections.abc import Iterator, Mapping

from agents.sources.manifests.dependency import (
    DEV,
    NPM,
    OPTIONAL,
    PEER,
    RUNTIME,
    Dependency,
    Parsed,
    Problem,
    UnreadableError,
    distinct,
    excerpt,
    table,
    text,
)
from agents.sources.manifests.syntax import json_object

MAX_NESTING = 100
_LIMIT = 500
_SECTIONS = (
    ("dependencies", RUNTIME),
    ("optionalDependencies", OPTIONAL),
    ("peerDependencies", PEER),
    ("devDependencies", DEV),
)
_EXACT = re.compile(r"=?\s*v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)")
_ALIAS = re.compile(r"npm:(?P<name>(?:@[^/@]+/)?[^/@]+)(?:@(?P<range>.*))?")
_NAME = re.compile(r"(?:@[^/@\s]+/)?[^/@\s]+")
_NOT_PUBLISHED = ("file:", "link:", "workspace:", "portal:")

Packages = Mapping[str, object]


def parse_package_json(source: str) -> Parsed:
    """Return what the package asks for; an exact range is a version. Raises ``UnreadableError``."""
    document = json_object(source)
    read = [one for section, scope in _SECTIONS for one in _section(table(document.get(section)), scope=scope)]
    return Parsed(
        dependencies=distinct(one for one in read if isinstance(one, Dependency)),
        problems=tuple(one for one in read if isinstance(one, Problem)),
    )


def parse_package_lock(source: str) -> Parsed:
    """Return every installed package once a version; raises ``UnreadableError`` where it is no lock file."""
    document = json_object(source)
    if isinstance(document.get("packages"), dict):
        return Parsed(dependencies=distinct(_flat(table(document["packages"]))))
    if isinstance(document.get("dependencies"), dict):
        return Parsed(dependencies=distinct(_nested(table(document["dependencies"]), depth=MAX_NESTING)))
    if "lockfileVersion" in document:
        return Parsed()
    raise UnreadableError("has neither packages nor dependencies: it is no package-lock.json")


def npm_dependency(name: str, *, version: str, specifier: str = "", direct: bool | None, scope: str) -> Dependency:
    """Return an npm package; a version that is an address (git, tarball) is kept as its specifier."""
    exact = version if _EXACT.fullmatch(version) else ""
    purl = "pkg:npm/" + name.replace("@", "%40", 1)
    return Dependency(
        ecosystem=NPM,
        name=name,
        version=exact,
        specifier=(specifier or version)[:_LIMIT],
        direct=direct,
        scope=scope,
        purl=f"{purl}@{exact}" if exact else purl,
    )


def _section(wanted: Packages, *, scope: str) -> Iterator[Dependency | Problem]:
    for alias, constraint in wanted.items():
        if not isinstance(constraint, str) or not _NAME.fullmatch(alias):
            yield Problem(reason=f"{scope} dependency is no name with a range", raw=excerpt({alias: constraint}))
        elif not constraint.startswith(_NOT_PUBLISHED):
            real = _ALIAS.fullmatch(constraint)
            name, wish = (real["name"], real["range"] or "") if real else (alias, constraint)
            exact = _EXACT.fullmatch(wish.strip())
            yield npm_dependency(
                name, version=exact[1] if exact else "", specifier=constraint, direct=True, scope=scope
            )


def _flat(packages: Packages) -> Iterator[Dependency]:
    roots = {path: table(about) for path, about in packages.items() if not _is_installed(path)}
    wanted = {name for about in roots.values() for section, _ in _SECTIONS for name in table(about.get(section))}
    for path, entry in packages.items():
        about = table(entry)
        name = path.rpartition("node_modules/")[2]
        if not _is_installed(path) or about.get("link") is True or not text(about.get("version")):
            continue
        direct = name in wanted and path.count("node_modules/") == 1
        yield npm_dependency(
            text(about.get("name")) or name, version=text(about["version"]), direct=direct, scope=_scope(about)
        )


def _is_installed(path: str) -> bool:
    return "node_modules/" in path


def _nested(packages: Packages, *, depth: int) -> Iterator[Dependency]:
    for name, entry in packages.items():
        about = table(entry)
        version = text(about.get("version"))
        real = _ALIAS.fullmatch(version)
        if version and not version.startswith(_NOT_PUBLISHED):
            yield npm_dependency(
                real["name"] if real else name,
                version=(real["range"] or "") if real else version,
                # Version 1 does not tell what the project asked for itself.
                direct=None,
                scope=_scope(about),
            )
        if depth:
            yield from _nested(table(about.get("dependencies")), depth=depth - 1)


def _scope(about: Packages) -> str:
    for flag, scope in (("dev", DEV), ("devOptional", DEV), ("optional", OPTIONAL), ("peer", PEER)):
        if about.get(flag) is True:
            return scope
    return RUNTIME
