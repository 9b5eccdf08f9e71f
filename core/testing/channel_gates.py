"""Which tests of the kit apply to a channel: decided by what its network can do, never by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from core.channel import Capabilities

GATE = "applies_to"


@dataclass(frozen=True, slots=True)
class Network:
    """What is said of a network beside its capabilities.

    Attributes:
        connects: there is a ``Channel`` with a connection of its own; False for HTTP routes alone.
        fetches: the channel asks for messages and keeps a cursor, instead of being brought them.
        receives: False for a network over which nobody writes to us; its rig is an ``AddressedRig``.
        brings_files: messages bring files; so does every network whose replies may.
    """

    capabilities: Capabilities
    connects: bool = True
    fetches: bool = False
    receives: bool = True
    brings_files: bool = False


Gate = Callable[[Network], bool]
Test = TypeVar("Test", bound=Callable[..., Any])


def _always(_network: Network) -> bool:
    return True


class Kit:
    """Tests that ``contract`` takes over into a channel's own class, where ``gate`` holds."""

    network: ClassVar[Network]

    @staticmethod
    def gate(network: Network) -> bool:  # noqa: ARG004 - for those that narrow it
        """Whether any of its tests applies."""
        return True


def needs(gate: Gate) -> Callable[[Test], Test]:
    """Let a test apply only to networks for which ``gate`` holds."""

    def mark(test: Test) -> Test:
        test.__dict__[GATE] = gate
        return test

    return mark


def tests_for(network: Network, *, kits: tuple[type[Kit], ...]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The name and function of every test that applies, in the order of the kits."""
    for kit in (kit for kit in kits if kit.gate(network)):
        for name, test in vars(kit).items():
            if name.startswith("test_") and test.__dict__.get(GATE, _always)(network):
                yield name, test
