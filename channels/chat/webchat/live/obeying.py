"""What each frame of a page does."""

import math
from dataclasses import replace

from channels.chat.webchat.live.front import Front
from channels.chat.webchat.live.limits import TooMany
from channels.chat.webchat.live.session import EXPIRED, UNREADABLE, Ended, Session
from channels.chat.webchat.mapping import NotTaken, message_of
from channels.chat.webchat.wire.answers import (
    Ack,
    BusyNow,
    CodeGiven,
    Done,
    Failed,
    OlderDone,
    Pong,
    RateNow,
    RefusedFor,
    SmsWay,
)
from channels.chat.webchat.wire.frames import (
    MOST_OLDER,
    Code,
    End,
    Forget,
    Frame,
    Hello,
    Older,
    Ping,
    Rate,
    Say,
    Seen,
    Transcript,
    Typing,
)
from core.channel import Busy, Refused
from core.desk import Elsewhere, NotNow
from core.text import clean

GO_ON = "LANJUT"
TELEGRAM = "https://t.me/{}?start={}"
EVERYBODY = "everybody"
Wish = Rate | End | Transcript | Code
REFUSED = {"text": "too_long", "attachments": "bad", "external_id": "bad"}


async def obey(front: Front, session: Session, frame: Frame, raw: str) -> None:
    """Raises Ended."""
    match frame:
        case Say():
            await _take(front, session, frame, raw)
        case Typing():
            await _pass_typing(front, session)
        case Seen(seq=seq):
            await _note_seen(front, session, seq)
        case Older(before=before):
            await _show_older(front, session, before)
        case Ping():
            await session.answer(Pong())
        case Forget():
            await _forget(front, session)
        case Rate() | End() | Transcript() | Code():
            await _try(front, session, frame)
        case Hello():
            raise Ended(UNREADABLE)


async def _take(front: Front, session: Session, say: Say, raw: str) -> None:
    """Acknowledged behind the commit that holds it, by its line."""
    room = session.room
    if room is None:
        raise Ended(UNREADABLE)
    try:
        message = message_of(
            say, raw, room.address, key=front.key, most_files=front.settings.max_files, received_at=front.now()
        )
        accepted = await front.intake.accept(replace(message, language=session.language))
    except NotTaken as never:
        await session.answer(RefusedFor(say.id, never.why))
    except Refused as never:
        await session.answer(RefusedFor(say.id, REFUSED.get(never.field, "bad")))
    except Busy as busy:
        await session.answer(BusyNow(say.id, max(1, math.ceil(busy.retry_after.total_seconds()))))
    else:
        await session.answer(Ack(say.id, accepted.seq))
        if accepted.talk and not room.talk:
            front.hub.name(room, accepted.talk)


async def _pass_typing(front: Front, session: Session) -> None:
    if session.room is not None and session.room.talk and session.types():
        await front.visits.is_typing(session.room.talk)


async def _note_seen(front: Front, session: Session, seq: int) -> None:
    """A database that is away is no reason to end a chat: the next one tells it too."""
    if session.room is None or not session.room.talk or not session.sees(seq):
        return
    try:
        await front.visits.see(session.room.talk, seq)
    except Busy:
        return


async def _show_older(front: Front, session: Session, before: int) -> None:
    room = session.room
    if room is None:
        raise Ended(UNREADABLE)
    lines = await front.visits.older(room.talk, before=before, limit=MOST_OLDER) if room.talk else ()
    for line in lines:
        await session.answer_shown(room.show(line))
    await session.answer(OlderDone(done=not lines or lines[0].seq == 1))


async def _try(front: Front, session: Session, frame: Wish) -> None:
    """What can be had only at times: the page is told whether it is done."""
    what, talk = type(frame).__name__.lower(), session.room.talk if session.room else ""
    if not talk:
        await session.answer(Failed(what, "none"))
        return
    try:
        await _do(front, session, talk, frame)
        if not isinstance(frame, Code):
            await session.answer(Done(what))
    except NotNow as not_now:
        await session.answer(Failed(what, not_now.why))
    except TooMany:
        await session.answer(Failed(what, "too_many"))
    except Busy:
        await session.answer(Failed(what, "busy"))


async def _do(front: Front, session: Session, talk: str, frame: Wish) -> None:
    match frame:
        case Rate(stars=stars, remark=remark):
            await front.visits.rate(talk, stars, clean(remark).strip())
        case Transcript(to=to):
            front.mails.count(session.source)
            front.mails_of_all.count(EVERYBODY)
            await front.visits.transcribe(talk, to, language=session.language)
        case Code():
            front.codes.count(session.source)
            await session.answer(_show_code(front, await front.visits.give_code(talk)))
        case End():
            if (await front.visits.leave(talk)).rates:
                await session.answer(RateNow())


def _show_code(front: Front, given: Elsewhere) -> CodeGiven:
    settings = front.settings
    by_sms = given.by_sms and settings.sms_number
    return CodeGiven(
        code=given.code,
        until=f"{given.until:%Y-%m-%dT%H:%M:%SZ}",
        sms=SmsWay(settings.sms_number, f"{GO_ON} {given.code}") if by_sms else None,
        telegram=TELEGRAM.format(settings.telegram_bot, given.code) if settings.telegram_bot else "",
    )


async def _forget(front: Front, session: Session) -> None:
    """Every page of the talk is turned out, this one too."""
    if session.room is not None and session.room.talk:
        await front.visits.revoke(session.room.talk)
    raise Ended(EXPIRED)
