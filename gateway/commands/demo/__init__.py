"""``lapor demo``: a small country beside ``make run``: operators, mailboxes, X, Telegram, a web chat, and citizens."""

from gateway.bootstrap import Parts
from gateway.commands.context import Command, Invocation, no_arguments, with_parts
from gateway.commands.demo.chats import play_chats
from gateway.commands.demo.mailboxes import play_mails
from gateway.commands.demo.operators import play_texts
from gateway.commands.demo.tweets import play_tweets
from gateway.commands.demo.visitors import play_visitors


def run(invocation: Invocation) -> int:
    """Play the story once; exit code 1 when a reply stays out."""
    with_parts(invocation, _play)
    return 0


async def _play(parts: Parts) -> None:
    await play_texts(parts)
    await play_mails(parts)
    await play_tweets(parts)
    await play_chats(parts)
    await play_visitors(parts)
    print("\nSelesai. Antrean: lapor queue list   perlu dilihat: lapor messages list   balasan: lapor outbox list")


COMMAND = Command(
    "play operators, mailboxes, X, Telegram, a web chat and citizens beside 'make run'", no_arguments, run
)
