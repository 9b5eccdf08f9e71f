"""The operators of this machine, and citizens who text 1708."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from channels.sms.settings import OperatorSettings, SmsSettings
from channels.sms.smsc import Smsc, Submitted
from channels.sms.smsc.messages import long_bodies
from core.model.work import OutboxState
from core.ports import Tx
from core.tracking import digits_of
from core.verification import Disposition, verify
from gateway.bootstrap import Parts
from gateway.commands.context import CommandFailed

LOOPBACK = "127.0.0.1"
PATIENCE = 30.0
NUMBER = re.compile(r"\d{4} \d{3} \d{3}")
PIN = re.compile(r"PIN:? ?(\d{6})")
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody with a phone and an operator."""

    operator: str
    number: str

    def __str__(self) -> str:
        return f"[{self.operator}] {self.number}"


class Country:
    """The operators, and what was said over them."""

    def __init__(self, operators: Mapping[str, Smsc], parts: Parts) -> None:
        self._parts = parts
        self._operators = operators
        self._read: dict[str, int] = dict.fromkeys(operators, 0)

    async def say(self, citizen: Citizen, text: str, *, shuffled: bool = False) -> str:
        """Text 1708 and wait for the reply; a long text goes in pieces, the last ones first when ``shuffled``."""
        smsc = self._operators[citizen.operator]
        print(f"\n{citizen} -> 1708: {text}")
        bodies = long_bodies(citizen.number, text, by="udh8", reference=random.randrange(256))  # noqa: S311
        if len(text) <= 160:
            await smsc.deliver(citizen.number, text)
        else:
            print(f"    ({len(bodies)} bagian, tiba tidak berurutan)")
            for body in reversed(bodies) if shuffled else bodies:
                await smsc.deliver_body(body)
        return await self.hear(citizen)

    async def hear(self, citizen: Citizen) -> str:
        """The next reply to this citizen, all its segments. Raises CommandFailed when none comes."""
        smsc = self._operators[citizen.operator]

        def unheard() -> list[Submitted]:
            new = smsc.submits[self._read[citizen.operator] :]
            return [submitted for submitted in new if submitted.message.destination == citizen.number]

        try:
            await smsc.wait_for(lambda: bool(unheard()), limit=PATIENCE)
        except TimeoutError as error:
            raise CommandFailed(f"no reply to {citizen} within {PATIENCE:.0f} s; see the gateway's log") from error
        state = await self._settled(citizen)
        segments = unheard()
        self._read[citizen.operator] = len(smsc.submits)
        text = "".join(segment.text for segment in segments)
        print(f"1708 -> {citizen}: {text}")
        print(f"    ({len(segments)} segmen, {len(text)} karakter, balasan: {state})")
        return text

    async def _settled(self, citizen: Citizen) -> str:
        """What the gateway knows of its last reply to this citizen once the operator's receipt is in."""
        for _ in range(40):
            replies = await self._parts.store.read(lambda tx: tx.outbox.listing(limit=20))
            state = next((r.state for r in replies if r.outbound.to.value == citizen.number), OutboxState.PENDING)
            if state not in {OutboxState.PENDING, OutboxState.SENDING, OutboxState.SENT}:
                return state
            await asyncio.sleep(0.1)
        return state


@asynccontextmanager
async def _operators(settings: SmsSettings, parts: Parts) -> AsyncIterator[Country]:
    """An SMSC on the port of each operator that the configuration expects on this machine."""
    local = [operator for operator in settings.operators if operator.host == LOOPBACK]
    if not local:
        raise CommandFailed("no operator on 127.0.0.1 in the configuration; use --config config/development.toml")
    async with AsyncExitStack() as stack:
        running = {operator.name: await _start(stack, operator) for operator in local}
        for operator in local:
            await _wait_for_bind(running[operator.name], operator)
        yield Country(running, parts)


async def _start(stack: AsyncExitStack, operator: OperatorSettings) -> Smsc:
    smsc = Smsc({operator.system_id: operator.password.reveal()}, auto_receipts=True, receipt_ids="dec")
    try:
        await smsc.start(port=operator.port)
    except OSError as error:
        raise CommandFailed(f"port {operator.port} is taken: is another demo running?") from error
    stack.push_async_callback(smsc.stop)
    return smsc


async def _wait_for_bind(smsc: Smsc, operator: OperatorSettings) -> None:
    try:
        await smsc.wait_for_bind(limit=PATIENCE)
    except TimeoutError as error:
        raise CommandFailed("the gateway did not connect; start it with 'make run' in another terminal") from error
    print(f"[{operator.name}] gateway tersambung ({operator.bind})")


async def play_texts(parts: Parts) -> None:
    """Three citizens of three operators, and an admin who verifies."""
    settings = parts.settings.channels["sms"]
    if not isinstance(settings, SmsSettings):
        raise CommandFailed("the SMS channel is not configured")
    async with _operators(settings, parts) as country:
        await _tell_stories(parts, country, list(settings.operators))


async def _tell_stories(parts: Parts, country: Country, operators: list[OperatorSettings]) -> None:
    citizens = [Citizen(operator.name, f"62811{random.randrange(10**7):07}") for operator in operators]  # noqa: S311
    house = random.randrange(1, 900)  # noqa: S311
    first, second, third = citizens[0], citizens[1 % len(citizens)], citizens[2 % len(citizens)]
    reply = await country.say(first, f"Lampu jalan mati di Jl. Kenanga No {house} Kota Bekasi sudah 3 minggu")
    number = number_in(reply)
    await country.say(second, LONG_STORY.format(house=house), shuffled=True)
    await country.say(third, f"TANGKAB air PDAM tidak mengalir di Perum Griya Asri blok C{house} sejak Senin")
    await country.say(first, f"STATUS {number}")
    await country.say(third, f"cek {number} 000000")
    await _verify(parts, number)
    await country.hear(first)
    await country.say(second, f"status {number} {_pin(reply)}")
    await country.say(first, f"puas {number} 5")


LONG_STORY = (
    "Yth. Bapak/Ibu, saya ingin melaporkan jembatan bambu di Dusun Sidorejo RT 02 RW {house} Kabupaten Nganjuk yang "
    "sudah lapuk dan membahayakan anak sekolah. Setiap pagi puluhan siswa SD menyeberang di situ. Warga sudah dua kali "
    "mengusulkan perbaikan lewat musrenbang tetapi belum ada tanggapan. Mohon ditinjau sebelum ada korban."
)


async def _verify(parts: Parts, number: str) -> None:
    disposition = Disposition(agency="kota-bekasi", title="Lampu jalan mati", classification="complaint")

    def work(tx: Tx) -> None:
        staff = tx.people.find(ADMIN)
        if staff is None:
            raise CommandFailed(f"no member of staff '{ADMIN}'; start the gateway once with 'make run'")
        verify(tx, number, disposition, staff, office=parts.office, now=parts.clock.now())

    print(f"\n[admin] lapor queue verify {number} --agency kota-bekasi")
    await parts.store.write(work)


def number_in(reply: str) -> str:
    """The tracking number a first reply gives, digits only. Raises CommandFailed."""
    found = NUMBER.search(reply)
    if found is None:
        raise CommandFailed("the first reply holds no tracking number")
    return digits_of(found.group())


def _pin(reply: str) -> str:
    found = PIN.search(reply)
    return found.group(1) if found else ""
