"""Whatever is said to the bot in whatever order: each message ends once, every word is kept, replies are few."""

import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.message import Inbound
from core.model.work import Outcome, StoredMessage
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.vault import make_vault
from tests.conftest import migrated
from tests.flow.chatting import CHATTING, Person

STORY = (
    "Jalan rusak parah",
    "Lampu jalan mati di Jl. Mawar Depok sejak kemarin",
    "di depan pasar Serpong",
    "sejak tiga hari lalu",
    "Saluran air mampet di Jl. Melati Bogor, bau sekali sejak Senin",
    "12",
)
WORDS = (
    *(
        "LAPOR",
        "KIRIM",
        "BATAL",
        "LEWATI",
        "KEMBALI",
        "ULANG",
        "YA",
        "BARU",
        "TAMBAHAN",
        "SELESAI",
        "PETUGAS",
        "1",
        "2",
    ),
    *(
        "ANONIM",
        "RAHASIA",
        "INSTANSI",
        "NAMA",
        "BAHASA",
        "ENGLISH",
        "halo",
        "terima kasih",
        "STATUS",
        "BANTUAN",
        "MULAI",
    ),
    *("BERHENTI", "LANJUT 7KQ2MX", "👍", ""),
)
WAITS = tuple(timedelta(seconds=n) for n in (5, 700, 2_000, 8_000))
MOST_REPLIES = 3


@dataclass(frozen=True)
class Said:
    """One turn: words, how long nothing is said then, and whether the earlier words are changed."""

    text: str
    pause: timedelta | None = None
    edits: bool = False


SCRIPTS = st.lists(
    st.builds(
        Said,
        text=st.one_of(st.sampled_from(STORY), st.sampled_from(WORDS)),
        pause=st.one_of(st.none(), st.sampled_from(WAITS)),
        edits=st.integers(0, 9).map(lambda n: n == 0),
    ),
    max_size=12,
)


@given(network=st.sampled_from(["sms", "telegram", "webchat"]), script=SCRIPTS)
@settings(max_examples=40, deadline=None)
def test_no_word_is_lost(network: str, script: Sequence[Said]) -> None:
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        runner.run(play(f"sqlite:///{folder}/lapor.db", network, script))


async def play(url: str, network: str, script: Sequence[Said]) -> None:
    """The whole script, and hours of silence."""
    await migrated(url)
    store = SqlStore(open_database(url), make_vault([secrets.token_bytes(32)]))
    person, brought = Person(store, CHATTING, network=network), []
    for said in script:
        more = {"replaces": brought[-1].external_id} if said.edits and brought else {}
        brought.append(person.words(said.text, **more))
        person.now += timedelta(seconds=1)
        assert len(await person.brings(brought[-1])) <= MOST_REPLIES
        if said.pause is not None:
            assert len(await person.waits(said.pause)) <= MOST_REPLIES
    for _ in range(4):
        await person.waits(timedelta(hours=1))
    await check(person, brought)
    await store.close()


async def check(person: Person, brought: Sequence[Inbound]) -> None:
    """Every message has one end; what is no word for the bot stands in a report, or was thrown away by its author."""
    assert await person.balance() <= {0}
    kept = [await person.message(each) for each in brought]
    assert {each.outcome for each in kept} & {Outcome.NONE} == set()
    waits = (await person.read(lambda tx: tx.talks.find(person.address))) if brought else None
    is_waiting = waits is not None and waits.dialogue.silent
    for each in kept:
        if each.inbound.text in STORY:
            await person.read(lambda tx, each=each: check_kept(tx, each, is_waiting=is_waiting))  # type: ignore[misc]


def check_kept(tx: Tx, stored: StoredMessage, *, is_waiting: bool) -> None:
    """In the report that it ended in, or in a draft while a person is waited for."""
    if stored.outcome is Outcome.TALK:
        assert stored.note in {"cancelled", "edited"} or stored.inbound.text == "12"
        return
    if stored.outcome is Outcome.DRAFT:
        assert is_waiting
        return
    assert stored.report_id
    history = tx.history.of(stored.report_id)
    report = tx.reports.get(stored.report_id)
    assert report is not None
    said = [report.original_text, *(line.text for line in history), *(line.context for line in history)]
    assert stored.outcome is Outcome.REPEAT or any(stored.inbound.text in words for words in said)
