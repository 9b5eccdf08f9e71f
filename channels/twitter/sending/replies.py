"""One reply: in public under the tweet it answers, in private as a direct message; each its own piece."""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import Final, Literal, TypeVar

from channels.twitter.client import Client, NoAnswer, NoConnection, Problem
from channels.twitter.polling.standing import Standing
from channels.twitter.reading.mapping import SCHEME
from channels.twitter.reading.shapes import Json, read_page, tables, text
from channels.twitter.reading.tweets import referred
from channels.twitter.reading.words import own_id, plain_text
from channels.twitter.sending.errors import SAID_BEFORE, send_error
from channels.twitter.sending.weights import URL, has_link, weigh
from channels.twitter.settings import TwitterSettings
from core.channel import Misconfigured, OutcomeUnknown, SendError, Unreachable, Unsupported, Unwelcome
from core.model.message import Outbound

log = logging.getLogger(__name__)
LONGEST_TWEET: Final = 280
LONGEST_MESSAGE: Final = 10_000
LOOKED_BACK: Final = 100
MESSAGES_LOOKED_BACK: Final = 10
REMEMBERED: Final = 1000
JAKARTA: Final = timezone(timedelta(hours=7))
Key = TypeVar("Key", str, bytes)


@dataclass(frozen=True, slots=True)
class Piece:
    """``where``: under the tweet, or in a direct message."""

    where: Literal["tweet", "message"]
    text: str = field(repr=False)


@dataclass(slots=True)
class Replies:
    """Sends for one connection. ``unsure``: replies whose last attempt got no answer; they are looked for first.
    ``said``: digests of words that X has from us, and takes no second time.
    """

    settings: TwitterSettings
    standing: Standing
    unsure: OrderedDict[str, None] = field(default_factory=OrderedDict)
    said: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    async def send(self, message: Outbound, client: Client | None, *, own: str) -> tuple[str, ...]:
        """The pieces that no earlier attempt handed over; an id for each piece. Raises SendError."""
        pieces = self._write(message)
        if client is None:
            raise Unreachable("not started")
        ids = list(message.accepted) or [""] * len(pieces)
        closed: Unwelcome | None = None
        for index, piece in enumerate(pieces):
            try:
                ids[index] = ids[index] or await self._send(piece, message, client, own=own)
            except Unwelcome as error:
                closed = error  # who deleted their tweet may still be told in private
            except SendError as error:
                error.accepted = tuple(ids)
                raise
        if closed is not None:
            closed.accepted = tuple(ids)
            raise closed
        self.unsure.pop(message.id, None)
        return tuple(ids)

    def _write(self, message: Outbound) -> tuple[Piece, ...]:
        """Raises Unsupported rather than cutting anything, and Unwelcome for what X does not let this app do."""
        if message.to.scheme != SCHEME or not message.to.value.isdigit():
            raise Unsupported("a reply on X needs the id of a user")
        if message.attachments:
            raise Unsupported("no files are sent on X; send a link on request")
        if weigh(message.text) > LONGEST_TWEET or len(message.private) > LONGEST_MESSAGE:
            raise Unsupported(f"a tweet has {LONGEST_TWEET} weighted characters, a direct message {LONGEST_MESSAGE}")
        pieces = self._pieces(message)
        if not pieces or (message.accepted and len(message.accepted) != len(pieces)):
            raise Unsupported("the reply is empty, or an earlier attempt cut it into another number of pieces")
        self._check_access(message, pieces)
        return pieces

    def _pieces(self, message: Outbound) -> tuple[Piece, ...]:
        """Where no tweet is known to answer to, everything goes as direct messages."""
        public = Piece("tweet" if message.route.get("tweet") else "message", message.text)
        private = Piece("message", message.private)
        return tuple(piece for piece in (public, private) if piece.text)

    def _check_access(self, message: Outbound, pieces: tuple[Piece, ...]) -> None:
        kinds = {piece.where for piece in pieces}
        if "tweet" in kinds and self.settings.access == "self_serve" and message.route.get("mentions_us") != "1":
            raise Unsupported("X lets a self-serve app answer only those who mention it: see twitter.access")
        if kinds == {"message"} and not self.settings.direct_messages:
            raise Unwelcome("direct messages are switched off: see twitter.direct_messages", gone=False)

    async def _send(self, piece: Piece, message: Outbound, client: Client, *, own: str) -> str:
        if piece.where == "message" and not self.settings.direct_messages:
            raise Unwelcome("direct messages are switched off: see twitter.direct_messages", gone=False)
        try:
            found = await self._find(piece, message, client, own=own) if message.id in self.unsure else ""
            return found or await self._hand_over(piece, message, client)
        except NoConnection as error:
            self.standing.lost(str(error))
            raise Unreachable(str(error)) from None
        except NoAnswer as error:
            _remember(self.unsure, message.id)
            raise OutcomeUnknown(f"no answer from X ({error})") from None
        except Problem as problem:
            return await self._refused(problem, piece, message, client, own=own)

    async def _hand_over(self, piece: Piece, message: Outbound, client: Client) -> str:
        if piece.where == "message":
            new = await client.message(piece.text, user_id=message.to.value)
        else:
            words = _dated(piece.text) if _digest(piece.text) in self.said else piece.text
            new = await client.reply(words, tweet_id=message.route["tweet"])
            _remember(self.said, _digest(piece.text))
        self._count(piece)
        return new

    async def _refused(self, problem: Problem, piece: Piece, message: Outbound, client: Client, *, own: str) -> str:
        """Words that X has already seen from us may be of an attempt whose answer was lost: that one is found. Else
        they went to somebody else, and go again with the time of day.
        """
        if not problem.says(*SAID_BEFORE):
            error = send_error(problem, now=datetime.now(UTC))
            if isinstance(error, Misconfigured):
                self.standing.may_not_write(str(error))
            raise error from None
        if piece.where == "tweet":
            self._know(message, own)
        is_new = _digest(piece.text) not in self.said
        _remember(self.said, _digest(piece.text))
        try:
            found = await self._find(piece, message, client, own=own)
            if found:
                _remember(self.unsure, message.id)  # so what goes beside it in private may be out as well
            if found or is_new:
                return found or await self._hand_over(piece, message, client)
        except (NoConnection, NoAnswer, Problem) as error:
            _remember(self.unsure, message.id)
            raise OutcomeUnknown(f"X has these words already, and does not show where ({error})") from None
        raise Unsupported("X takes the same words only once, and they stand under another tweet") from None

    async def _find(self, piece: Piece, message: Outbound, client: Client, *, own: str) -> str:
        """The id of our tweet with these words under the same tweet, or of such a message; empty for none."""
        if piece.where == "message":
            return await _find_message(piece, message, client)
        self._know(message, own)
        page = read_page(await client.posted(own, most=LOOKED_BACK))
        self._read(page.posts)
        answers = [tweet for tweet in page.tweets if isinstance(tweet, dict) and _answers(tweet, message)]
        return next((own_id(tweet) for tweet in answers if _holds(tweet, piece.text)), "")

    def _know(self, message: Outbound, own: str) -> None:
        """Without our account's id what may stand there cannot be looked for: before that nothing goes again."""
        if not own:
            _remember(self.unsure, message.id)
            raise Unreachable("X has not told yet which account is ours")

    def _read(self, posts: int) -> None:
        meter = self.standing.meter()
        self.standing.cursor = replace(self.standing.cursor, meter=replace(meter, reads=meter.reads + posts))

    def _count(self, piece: Piece) -> None:
        """What was posted this month; a link is the dear kind."""
        meter, linked = self.standing.meter(), piece.where == "tweet" and has_link(piece.text)
        if linked:
            log.info("A reply with a link costs thirteen times as much", extra={"channel": "twitter"})
        counted = replace(meter, posts=meter.posts + 1, links=meter.links + linked)
        self.standing.cursor = replace(self.standing.cursor, meter=counted)


async def _find_message(piece: Piece, message: Outbound, client: Client) -> str:
    """Among the last messages with the recipient. Without the right to read them nothing is found."""
    try:
        answer = await client.messages(message.to.value, most=MESSAGES_LOOKED_BACK)
    except Problem:
        return ""
    alike = (one for one in tables(answer, "data") if _bare(text(one, "text")) == _bare(piece.text))
    return next((text(one, "id") for one in alike), "")


def _answers(tweet: Json, message: Outbound) -> bool:
    return referred(tweet, "replied_to") == message.route["tweet"]


def _holds(tweet: Json, said: str) -> bool:
    """X puts names before an answer and writes links shorter: the words alone are compared."""
    return _bare(said) in _bare(plain_text(tweet))


def _bare(said: str) -> str:
    return "".join(sign for sign in URL.sub("", said).casefold() if sign.isalnum())


def _dated(said: str) -> str:
    """The same words at another time. Raises Unsupported where there is no room for it."""
    words = f"{said} ({datetime.now(JAKARTA):%d/%m %H.%M.%S} WIB)"
    if weigh(words) > LONGEST_TWEET:
        raise Unsupported("X takes the same words only once, and nothing fits behind them")
    return words


def _digest(said: str) -> bytes:
    return blake2b(said.encode(), digest_size=16).digest()


def _remember(among: OrderedDict[Key, None], new: Key) -> None:
    among[new] = None
    if len(among) > REMEMBERED:
        among.popitem(last=False)
