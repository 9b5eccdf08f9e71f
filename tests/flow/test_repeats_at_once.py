"""Reports of one event that come at the same moment."""

import asyncio

from tests.flow.rig import Town

FLOOD = "Banjir setinggi lutut di Jalan Melati RT 4 RW 7 Desa Sukamaju Kecamatan Cileungsi sejak tadi malam"


async def test_of_four_reports_at_once_one_is_the_first_and_three_support_it(town: Town) -> None:
    citizens = [town.citizen(f"62812345670{number}") for number in range(10, 14)]

    await asyncio.gather(*(town.smsc.deliver(citizen.number, FLOOD) for citizen in citizens))
    await town.quiet()

    reports = await town.reports()
    first = [report.id for report in reports if not report.duplicate_of]
    assert len(reports) == 4
    assert len(first) == 1
    assert {report.duplicate_of for report in reports if report.duplicate_of} == set(first)
