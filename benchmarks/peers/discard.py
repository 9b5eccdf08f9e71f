"""aiosmtpd as it is, which throws every mail away: ``python -m benchmarks.peers.discard PORT``."""

import asyncio
import logging
import sys
from typing import Any

from aiosmtpd.smtp import SMTP


class Nobody:
    """Takes everything and keeps nothing."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        """Say that all is well."""
        return "250 OK"


async def serve(port: int) -> None:
    """Until ended."""
    logging.getLogger("mail.log").disabled = True
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Nobody(), hostname="mx", loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
