"""``lapor doctor``: what is wrong, and the remedy."""

import asyncio
from collections.abc import AsyncIterator

from channels.spec import Finding
from core.ports import Unavailable
from core.storage.revisions import current_revision, newest_revision
from core.vault import Unsealable
from gateway.bootstrap import Parts
from gateway.chores import DRAFTED
from gateway.commands.context import Command, Invocation, no_arguments, with_parts
from gateway.worker import BrokerDown, open_broker

REACH = 3.0


def run(invocation: Invocation) -> int:
    """Look at everything; exit code 1 when something must be mended."""
    findings = with_parts(invocation, _examine, migrated=False)
    for finding in findings:
        mark = "ok " if not finding.remedy else ("!  " if finding.warning else "X  ")
        remedy = f" -> {finding.remedy}" if finding.remedy else ""
        print(f"{mark} {finding.subject}: {finding.said}{remedy}")
    return 1 if any(finding.remedy and not finding.warning for finding in findings) else 0


async def _examine(parts: Parts) -> list[Finding]:
    found = [Finding("configuration", "read")]
    found += [_calendar(parts)]
    found += [finding async for finding in _database(parts)]
    found += [await _broker(parts)]
    for kind, spec in parts.specs.items():
        for name, (host, port) in spec.endpoints(parts.settings.channels[kind]).items():
            found.append(await _endpoint(f"{kind}/{name}", host, port))
        found += await asyncio.to_thread(spec.examine, parts.settings.channels[kind])
    return found


def _calendar(parts: Parts) -> Finding:
    year = parts.clock.now().year
    missing = [y for y in (year, year + 1) if y not in parts.office.calendar.years]
    unsure = [y for y in (year, year + 1) if y in parts.office.calendar.provisional_years]
    if missing:
        return Finding("holidays", f"none for {missing}", "add them to the holiday file", warning=True)
    if unsure:
        return Finding("holidays", f"{unsure} provisional", "check against the SKB 3 Menteri", warning=True)
    return Finding("holidays", "this year and the next are there")


async def _database(parts: Parts) -> AsyncIterator[Finding]:
    try:
        revision = await current_revision(parts.database)
    except Unavailable as error:
        yield Finding("database", str(error), "check database.url and that the database runs")
        return
    if revision != newest_revision():
        yield Finding("database", f"revision '{revision or 'none'}'", "lapor migrate")
        return
    yield Finding("database", f"answers, revision {revision}")
    yield await _key(parts)
    yield await _work(parts)


async def _key(parts: Parts) -> Finding:
    try:
        await parts.store.read(lambda tx: (tx.people.all(), tx.reports.queue(states=(), limit=1)))
    except Unsealable as error:
        return Finding("privacy key", str(error), "put back the key file that belongs to this database")
    return Finding("privacy key", "opens what is stored")


async def _work(parts: Parts) -> Finding:
    parked = await parts.store.read(lambda tx: tx.figures.jobs_parked())
    drafts_before = parts.clock.now() - DRAFTED
    balance = await parts.store.read(lambda tx: tx.figures.balance(drafts_before=drafts_before))
    lost = {channel: count for channel, count in balance.items() if count}
    if lost:
        return Finding("balance", f"not accounted for: {lost}", "keep the database as it is and report a defect")
    if parked:
        return Finding(
            "jobs", f"{parked} parked after repeated failure", "see the log for 'A job failed'", warning=True
        )
    return Finding("balance", "every message is accounted for")


async def _broker(parts: Parts) -> Finding:
    url = parts.settings.jobs.broker_url.reveal()
    if not url:
        return Finding("broker", "none: jobs run inside the gateway")
    try:
        await asyncio.to_thread(open_broker(url, queue=parts.settings.jobs.queue).check)
    except BrokerDown as error:
        return Finding("broker", str(error), "check jobs.broker_url and that the broker runs; jobs wait meanwhile")
    return Finding("broker", "answers")


async def _endpoint(subject: str, host: str, port: int) -> Finding:
    try:
        async with asyncio.timeout(REACH):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        reason = type(error).__name__
        return Finding(subject, f"{host}:{port} cannot be reached ({reason})", "check address, route and firewall")
    writer.close()
    return Finding(subject, f"{host}:{port} can be reached")


COMMAND = Command("say what is wrong and the remedy", no_arguments, run)
