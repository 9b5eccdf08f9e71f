"""The only door to smpplib: builds the PDUs we send and holds the names of statuses."""

from typing import Final, Literal

from smpplib import consts, smpp
from smpplib.client import SimpleSequenceGenerator
from smpplib.command import Param, SubmitSM

Role = Literal["transceiver", "transmitter", "receiver"]

STATUSES: Final[dict[str, int]] = {
    name.removeprefix("SMPP_"): value for name, value in vars(consts).items() if name.startswith("SMPP_ESME_")
}
NAMES: Final[dict[int, str]] = {value: name for name, value in STATUSES.items()}

# smpplib cuts addresses to 20 characters without a word; masked numbers are longer, and a cut one is somebody else's.
SUBMIT_PARAMS: Final = {**SubmitSM.params, "destination_addr": Param(type=str, max=256)}


def status_name(status: int) -> str:
    """``ESME_RTHROTTLED``, or the number of a status that SMPP 3.4 does not know."""
    return NAMES.get(status, f"0x{status:08X}")


class Writer:
    """Builds the requests of one session, numbered from 1."""

    def __init__(self) -> None:
        self._numbers = SimpleSequenceGenerator()

    def bind(self, role: Role, *, system_id: str, password: str, system_type: str) -> tuple[int, bytes]:
        """Number and octets of a bind. The values must fit their fields (15, 8 and 12 characters)."""
        return self._built(f"bind_{role}", system_id=system_id, password=password, system_type=system_type)

    def enquire_link(self) -> tuple[int, bytes]:
        """Number and octets of an enquire_link."""
        return self._built("enquire_link")

    def unbind(self) -> tuple[int, bytes]:
        """Number and octets of an unbind."""
        return self._built("unbind")

    def submit_sm(self, fields: dict[str, int | str | bytes]) -> tuple[int, bytes]:
        """Number and octets of a submit_sm of the fields by their names in SMPP 3.4 §4.4.1."""
        return self._built("submit_sm", **fields)

    def _built(self, command: str, **fields: int | str | bytes) -> tuple[int, bytes]:
        pdu = smpp.make_pdu(command, client=self._numbers, **fields)
        if command == "submit_sm":
            pdu.params = SUBMIT_PARAMS
        octets: bytes = pdu.generate()
        return int(pdu.sequence), octets
