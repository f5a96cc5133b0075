"""Which advisory ids mean the same flaw: union-find over ids and aliases (Tarjan, 1975), transitive as OSV says."""

from collections.abc import Iterable

from agents.analysis.versions.natural import natural_key

PREFERENCE = ("CVE-", "GHSA-", "PYSEC-")
"""Databases whose id stands for a group, best known first."""


class AliasGroups:
    """Groups of ids. The same ids and aliases give the same groups in whatever order they are added."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def add(self, advisory_id: str, aliases: Iterable[str] = ()) -> None:
        """Note that an id and its aliases mean the same."""
        for alias in (advisory_id, *aliases):
            self._parent.setdefault(alias, alias)
            self._parent[self._root(alias)] = self._root(advisory_id)

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return for every id all ids of its group, first the one that stands for them: CVE, GHSA, PYSEC, others."""
        members: dict[str, list[str]] = {}
        for advisory_id in self._parent:
            members.setdefault(self._root(advisory_id), []).append(advisory_id)
        sorted_groups = (tuple(sorted(ids, key=preference)) for ids in members.values())
        return {advisory_id: ids for ids in sorted_groups for advisory_id in ids}

    def _root(self, advisory_id: str) -> str:
        root = advisory_id
        while (parent := self._parent[root]) != root:
            self._parent[root] = self._parent[parent]  # Halves the path, so that later searches are short.
            root = self._parent[root]
        return root


def preference(advisory_id: str) -> tuple[object, ...]:
    """Return a sort key: better known databases first, then lower ids."""
    rank = next((rank for rank, prefix in enumerate(PREFERENCE) if advisory_id.startswith(prefix)), len(PREFERENCE))
    return (rank, natural_key(advisory_id), advisory_id)
