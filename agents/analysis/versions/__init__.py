"""Which of two versions is newer, by the rules of the ecosystem that the package comes from."""

from agents.analysis.versions.ecosystems import UnknownEcosystemError, order
from agents.analysis.versions.version_order import Key, VersionOrder

__all__ = ["Key", "UnknownEcosystemError", "VersionOrder", "order"]
