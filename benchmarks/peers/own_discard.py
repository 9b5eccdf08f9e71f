"""The gateway's own SMTP server, which throws every mail away: ``python -m benchmarks.peers.own_discard PORT``."""

import asyncio
import sys

import uvloop

from channels.email.letter.model import Envelope
from channels.email.receiving.settings import ReceivingSettings
from channels.email.receiving.smtp.house import House
from channels.email.receiving.smtp.limits import Room
from channels.email.receiving.smtp.server import Server


async def take(_text: bytes, _envelope: Envelope) -> str:
    """Say that all is well."""
    return "250 OK"


async def serve(port: int) -> None:
    """Until ended."""
    settings = ReceivingSettings(listen_port=port, mails_per_minute=100_000_000, max_connections_per_client=1000)
    server = Server(House(settings, "mx", take, Room(settings.max_in_flight)))
    await server.open()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
