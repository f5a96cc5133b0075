"""How a step comes to outside services: handed to whoever collects, and opened for one look."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.contract import StopSignal
from agents.sources.http.page import NoShelf, Shelf
from agents.sources.http.site import Site

if TYPE_CHECKING:
    from agents.sources.http.client import Http


@dataclass(frozen=True, kw_only=True)
class Access:
    """The services that an operator set up, and what holds for all requests."""

    sites: tuple[Site, ...] = ()
    private: frozenset[str] = frozenset()
    """Hosts of feeds, as ``HOST:PORT``, that may be at any address and without TLS."""
    shelf: Shelf = field(default_factory=NoShelf)
    seconds: float = 30.0
    """The longest that one request may take."""
    bytes: int = 20_000_000
    """The largest body of an answer, unpacked."""

    def open(self, stop: StopSignal) -> "Http":
        """Return a client for one look; leave it with ``with``. Only a process that collects needs its library."""
        from agents.sources.http.client import Http  # noqa: PLC0415  as said
        from agents.sources.http.guard import Guard  # noqa: PLC0415
        from agents.sources.http.wire import Limits  # noqa: PLC0415

        return Http(
            stop=stop,
            sites=self.sites,
            shelf=self.shelf,
            guard=Guard(private=self.private),
            limits=Limits(self.seconds, self.bytes),
        )
