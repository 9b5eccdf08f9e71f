"""Mailboxes of this machine, and citizens who write to us by e-mail."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.email.post_office import Posted, PostOffice
from channels.email.settings import EmailSettings, read_sender
from gateway.bootstrap import Parts
from gateway.commands.context import CommandFailed
from gateway.commands.demo.operators import LOOPBACK, PATIENCE, number_in


class Correspondence:
    """What goes between one citizen and us."""

    def __init__(self, office: PostOffice, ours: str, name: str, address: str) -> None:
        self._office = office
        self._ours = ours
        self._sender = f"{name} <{address}>"
        self._address = address
        self._heard = len(office.posted)

    async def write(self, subject: str, text: str, *, answers: Posted | None = None, **headers: str) -> None:
        """A mail to us, or to the address that the answered mail names."""
        to = answers.letter.reply_to[0].address if answers and answers.letter.reply_to else self._ours
        print(f"\n[e-mail] {self._address} -> {_short(to)}: {subject} | {text}")
        await self._office.write(self._sender, to, subject=subject, text=text, answers=answers, **headers)

    async def hear(self) -> Posted:
        """The next mail from us. Raises CommandFailed."""
        try:
            posted = await self._office.hear(self._address, after=self._heard, limit=PATIENCE)
        except TimeoutError as error:
            raise CommandFailed(f"no mail to {self._address} within {PATIENCE:.0f} s; see the gateway's log") from error
        self._heard = self._office.posted.index(posted) + 1
        print(f"[e-mail] {posted.letter.sender.address} -> {self._address}: {posted.letter.subject}")
        print("    " + posted.letter.text.replace("\n", "\n    "))
        return posted

    async def return_to_sender(self, posted: Posted) -> None:
        """The mailbox is gone."""
        print(f"\n[e-mail] MAILER-DAEMON -> {_short(posted.sender)}: 550 5.1.1 User unknown")
        await self._office.return_to_sender(posted)


def _short(address: str) -> str:
    """The sign in an address of ours is long."""
    local, _, domain = address.partition("@")
    return f"{local[:16]}...@{domain}" if len(local) > 24 else address


async def play_mails(parts: Parts) -> None:
    """A report by mail, an addition in its thread, an answer of a robot and a mailbox that is gone."""
    settings = parts.settings.channels["email"]
    if not isinstance(settings, EmailSettings) or not (settings.relay_url and settings.listen_port):
        raise CommandFailed("e-mail is not configured; use --config config/development.toml")
    async with _mailboxes(settings) as office:
        ours, house = read_sender(settings.sender).addr_spec, random.randrange(1, 900)  # noqa: S311
        siti = Correspondence(office, ours, "Siti Rahmawati", f"siti.rahmawati{house}@contoh.id")
        await siti.write(f"Sampah menumpuk di Pasar Kliwon {house}", MARKET.format(house=house))
        first = await siti.hear()
        number_in(first.letter.text)
        await siti.write(first.letter.subject, "Tambahan: sejak pagi ini saluran airnya ikut tersumbat.", answers=first)
        await siti.hear()
        await siti.write("Balasan otomatis: Cuti", "Saya sedang cuti.", answers=first, Auto_Submitted="auto-replied")
        print("    (surat robot: disimpan, tidak dibalas)")
        agus = Correspondence(office, ours, "Agus Salim", f"agus.salim{house}@contoh.id")
        await agus.write(
            "Jalan berlubang", f"Jalan Veteran Surakarta di depan No. {house} berlubang dan belum ditambal."
        )
        await agus.return_to_sender(await agus.hear())


@asynccontextmanager
async def _mailboxes(settings: EmailSettings) -> AsyncIterator[PostOffice]:
    """The relay that the configuration expects on this machine."""
    relay = settings.relay
    if relay.host != LOOPBACK:
        raise CommandFailed("the relay is not on 127.0.0.1; use --config config/development.toml")
    office = PostOffice(gateway=settings.listen_port)
    try:
        await office.start(port=relay.port)
    except OSError as error:
        raise CommandFailed(f"port {relay.port} is taken: is another demo running?") from error
    try:
        yield office
    finally:
        await office.stop()


MARKET = (
    "Yth. Admin LAPOR!,\n\nSampah di belakang Pasar Kliwon blok {house}, Surakarta, sudah dua minggu tidak diangkut. "
    "Baunya sampai ke SD di sebelahnya. Mohon segera diangkut.\n\n-- \nSiti Rahmawati\nJl. Kapten Mulyadi, Surakarta\n"
)
