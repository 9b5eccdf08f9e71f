"""A million reports in a database: realistic in states, agencies, deadlines and sizes, cheap to make."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg

from benchmarks.database import SERVER
from benchmarks.texts import write_messages
from core.model.lifecycle import State
from core.model.people import Agency
from core.model.report import Report
from core.searching import search_keys
from core.storage.rows import encode
from core.testing.builders import a_report
from core.vault import Vault

REPORTS = 1_000_000
TEXTS = 3_000
WAITING = 10_000
PROVINCES, UNITS, OTHERS = 33, 23, 200
FIRST, UNIT = "prov-jawa-timur", "prov-jawa-timur-unit-7"
CATEGORIES = ("jalan", "kesehatan", "pendidikan", "listrik", "air", "kependudukan", "perizinan", "kebersihan")

TABLES = ("reports", "search_keys")
FILL = f"""
    WITH drawn AS MATERIALIZED (
        SELECT n, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e,
            1 + floor(random() * {TEXTS})::int AS text_no,
            now() - make_interval(secs => ({REPORTS} - n) * 158.0) AS at
        FROM generate_series(1, {REPORTS}) AS n
    ), placed AS (
        SELECT *, CASE
            WHEN n > {REPORTS} - {WAITING} * 2 AND n % 2 = 0 THEN 'unverified'
            WHEN n > {REPORTS} * 0.97 THEN ($2::text[])[1 + floor(a * 20)::int]
            WHEN a < 0.012 THEN ($2::text[])[1 + floor(a / 0.012 * 20)::int]
            WHEN a < 0.17 THEN CASE WHEN c < 0.9 THEN 'archived_by_admin' ELSE 'archived_by_reporter' END
            WHEN a < 0.8 THEN 'closed_by_system'
            WHEN a < 0.92 THEN 'closed_by_admin' ELSE 'closed_by_reporter' END AS state,
            CASE WHEN n > {REPORTS} - {WAITING} * 2 AND n % 2 = 0 THEN '{FIRST}'
            ELSE ($1::text[])[1 + floor(cardinality($1::text[]) * b ^ 1.6)::int] END AS agency,
            d < 0.04 AS urgent
        FROM drawn
    ), due AS (
        SELECT *, (date_trunc('day', at) + interval '4 days 17 hours') - interval '1 second' AS verify_by,
            (date_trunc('day', at) + interval '11 days 17 hours') - interval '1 second' AS follow_up_by
        FROM placed
    )
    INSERT INTO reports (id, tracking_id, version, state, channel, reporter_digest, received_at, verify_by,
        follow_up_by, agency, category, classification, anonymous, secret, priority, duplicate_of, claimed_by,
        claimed_until, pin_digest, pin_sealed, request, decider, sealed, urgency)
    SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(n::text), 1, 20),
        (1000000000 + n)::text, 4, state,
        CASE WHEN c < 0.6 THEN 'sms' WHEN c < 0.9 THEN 'api' WHEN c < 0.97 THEN 'email' ELSE 'form' END,
        decode(md5((n % 400000)::text), 'hex'), at, verify_by,
        CASE WHEN state LIKE 'unv%' THEN NULL ELSE follow_up_by END, agency,
        ($3::text[])[1 + floor(cardinality($3::text[]) * e ^ 3)::int],
        CASE WHEN c < 0.8 THEN 'complaint' WHEN c < 0.9 THEN 'aspiration' ELSE 'information_request' END,
        d > 0.9, d > 0.97, urgent, '', CASE WHEN state = 'unverified' AND e < 0.01 THEN 'dewi.lestari' ELSE '' END,
        CASE WHEN state = 'unverified' AND e < 0.01 THEN now() + interval '1 hour' END,
        decode(md5(n::text), 'hex'), NULL,
        CASE WHEN state = 'followed_up' AND e < 0.05 THEN 'close' END,
        CASE WHEN state = 'followed_up' AND e < 0.05 THEN '{FIRST}' END, sealed,
        CASE WHEN state LIKE 'closed%' OR state LIKE 'archived%' THEN NULL ELSE (extract(epoch FROM
            CASE WHEN state IN ('verified', 'followed_up', 'reporter_responded') THEN follow_up_by ELSE verify_by END
            ) * 1000)::bigint - CASE WHEN urgent THEN 100000000000000 ELSE 0 END END
    FROM due JOIN texts ON texts.no = due.text_no
"""
FILL_KEYS = """
    INSERT INTO search_keys (key, report_id)
    SELECT DISTINCT said.key, reports.id FROM reports JOIN texts ON texts.sealed = reports.sealed
    JOIN said ON said.no = texts.no
"""
OPEN_STATES = ["unverified"] * 5 + ["verified"] * 6 + ["followed_up"] * 5 + ["reporter_responded"] * 2
OPEN_STATES += ["awaiting_information", "information_received"]


def agencies() -> dict[str, Agency]:
    """A national agency, a province with 200 units, others with fewer, and ministries: about 1,200."""
    found = [Agency("nasional", "Admin Nasional SP4N-LAPOR!"), Agency(FIRST, "Provinsi Jawa Timur", "nasional")]
    found += [Agency(f"{FIRST}-unit-{n}", f"Dinas {n} Provinsi Jawa Timur", FIRST) for n in range(200)]
    for province in range(PROVINCES):
        own = f"prov-{province}"
        found.append(Agency(own, f"Provinsi {province}", "nasional"))
        found += [Agency(f"{own}-unit-{n}", f"Dinas {n} Provinsi {province}", own) for n in range(UNITS)]
    found += [Agency(f"kementerian-{n}", f"Kementerian {n}", "nasional") for n in range(OTHERS)]
    return {agency.id: agency for agency in found}


def fill(database: str, vault: Vault) -> None:
    """Into a migrated, empty database. Indexes are made afterwards, as they come out of years of use but packed."""
    asyncio.run(_fill(database, vault))


async def _fill(database: str, vault: Vault) -> None:
    connection = await asyncpg.connect(f"{SERVER}/{database}", timeout=10)
    try:
        await connection.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; SELECT setseed(0.5)")
        await _load_texts(connection, vault)
        made = await _without_indexes(connection)
        await connection.execute(
            FILL.replace("$1", _array(_owners())).replace("$2", _array(OPEN_STATES)).replace("$3", _array(CATEGORIES))
        )
        await connection.execute(FILL_KEYS)
        for statement in made:
            await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE) reports")
        await connection.execute("VACUUM (ANALYZE) search_keys")
    finally:
        await connection.close()


def _owners() -> list[str]:
    """Ministries and the first province have the most."""
    known = list(agencies())
    return [FIRST, *[each for each in known if each.startswith("kementerian")], *known[2:202], *known[202:-OTHERS]]


def _array(values: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{value}'" for value in values) + "]"


async def _load_texts(connection: asyncpg.Connection, vault: Vault) -> None:
    await connection.execute(
        "CREATE TEMP TABLE texts (no int, sealed bytea); CREATE TEMP TABLE said (no int, key bigint)"
    )
    drawn = list(_reports())
    sealed = [(no, vault.seal(encode(report))) for no, report in drawn]
    keys = [(no, digest(vault, word)) for no, report in drawn for word in search_keys(report)]
    await connection.copy_records_to_table("texts", records=sealed)
    await connection.copy_records_to_table("said", records=keys)
    await connection.execute("ANALYZE texts; ANALYZE said")


def digest(vault: Vault, word: str) -> int:
    """As ``core.storage.listing`` keeps it."""
    return int.from_bytes(vault.digest("search", word)[:8], "big", signed=True)


def _reports() -> Iterator[tuple[int, Report]]:
    """Reports as people send and admins correct them."""
    chance, states = random.Random(1), list(State)
    now = datetime.now(UTC)
    for no, (sender, text) in enumerate(write_messages(TEXTS, seed=1), 1):
        at = now - timedelta(hours=chance.randrange(1, 400))
        report = a_report(text, at=at, state=chance.choice(states), priority=chance.random() < 0.04)
        reporter = replace(report.reporter, value=sender)
        yield no, replace(report, reporter=reporter, title=text[:60], agency=UNIT, follow_up_by=at + timedelta(days=9))


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop what slows filling; the statements that make it again."""
    made = []
    for row in await connection.fetch(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) AS made, con.conname, i.indrelid::regclass::text AS of,"
        " pg_get_constraintdef(con.oid) AS rule FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid WHERE i.indrelid::regclass::text = ANY($1)",
        list(TABLES),
    ):
        if row["conname"]:
            await connection.execute(f"ALTER TABLE {row['of']} DROP CONSTRAINT {row['conname']}")
            made.append(f"ALTER TABLE {row['of']} ADD CONSTRAINT {row['conname']} {row['rule']}")
        else:
            await connection.execute(f"DROP INDEX {row['relname']}")
            made.append(row["made"])
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
    return made
