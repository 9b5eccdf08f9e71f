"""``lapor migrate``."""

from core.storage.migrate import migrate
from core.storage.revisions import current_revision
from gateway.agencies import take_over_agencies
from gateway.bootstrap import Parts
from gateway.commands.context import Command, Invocation, no_arguments, with_parts


def run(invocation: Invocation) -> int:
    """Bring the tables up to date."""
    with_parts(invocation, _migrate, migrated=False)
    return 0


async def _migrate(parts: Parts) -> None:
    before = await current_revision(parts.database)
    await migrate(parts.database)
    await take_over_agencies(parts.store, parts.office)
    print(f"{before or 'empty'} -> {await current_revision(parts.database)}")


COMMAND = Command("create or update the tables", no_arguments, run)
