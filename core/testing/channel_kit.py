"""The conformance kit: one class of tests for a channel, made from what its network can do.

A channel's test module supplies a fixture ``rig`` (see ``channel_rig``) and names the class::

    class TestContract(contract(CHANNEL.capabilities)):
        \"\"\"sms keeps the channel contract.\"\"\"
"""

from core.channel import Capabilities
from core.testing.channel_gates import Kit, Network, tests_for
from core.testing.channel_lifetime import Lifetime
from core.testing.channel_receiving import Receiving
from core.testing.channel_sending import Sending

KITS: tuple[type[Kit], ...] = (Receiving, Sending, Lifetime)


def contract(
    capabilities: Capabilities,
    *,
    connects: bool = True,
    fetches: bool = False,
    receives: bool = True,
    brings_files: bool = False,
) -> type[Kit]:
    """The class of every test that applies to such a network; what does not apply is not there, so nothing is skipped.

    ``connects`` and the others are explained at ``Network``.
    """
    network = Network(capabilities, connects=connects, fetches=fetches, receives=receives, brings_files=brings_files)
    return type("Contract", KITS, {"network": network, **_hidden(network)})


def _hidden(network: Network) -> dict[str, None]:
    """Inherited tests that do not apply, set to None so that pytest does not see them."""
    applying = {name for name, _ in tests_for(network, kits=KITS)}
    every = {name for kit in KITS for name in vars(kit) if name.startswith("test_")}
    return dict.fromkeys(every - applying)
