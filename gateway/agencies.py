"""Keeps the tree of agencies in memory equal to the one in the database."""

import logging
from dataclasses import replace

from core import agencies
from core.model.people import Agency
from core.office import Office
from core.ports import Store

log = logging.getLogger(__name__)


async def take_over_agencies(store: Store, office: Office) -> None:
    """At the start: the agencies of the files that the database lacks are added, then all of them are learnt.

    ``office`` is new: its directory is that of the files.
    """
    written = [_without_keywords(agency) for agency in office.directory.agencies.values()]
    if not await store.write(lambda tx: agencies.take_over(tx, written, office=office)):
        log.warning("The agencies of files.agencies do not fit into the tree in the database and are left out")
    await learn_agencies(store, office)


def _without_keywords(agency: Agency) -> Agency:
    """The words of files.keywords stay the file's."""
    return replace(agency, keywords=())


async def learn_agencies(store: Store, office: Office) -> None:
    """Take in what somebody changed, in this process or another one; one short read where nothing was."""
    found = await store.read(lambda tx: agencies.newer(tx, office.directory))
    if found is not None:
        version, known = found
        office.directory.learn(known, version=version)
