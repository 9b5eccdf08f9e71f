"""Telegram as the webhook sees it: connections that each bring an update, wait for the answer, and bring the next.

Runs as a process of its own (``python -m benchmarks.telegram_flood --port N``) and says its result as JSON.
"""

import json
import time

from benchmarks.http_flood import play
from benchmarks.texts import write_messages

SECRET = "benchmark-webhook-secret"
REQUEST = (
    "POST /webhooks/telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {{length}}\r\n\r\n"
)
FIRST_UPDATE = 300_000_000


def make_requests(count: int, *, seed: int) -> list[bytes]:
    """Whole requests, each with a text of somebody who writes once."""
    requests, begun = [], int(time.time())
    for number, (sender, text) in enumerate(write_messages(count, seed=seed), start=1):
        user = {"id": int(sender) % (1 << 50), "is_bot": False, "first_name": "Siti", "language_code": "id"}
        chat = {"id": user["id"], "first_name": "Siti", "type": "private"}
        message = {"message_id": number, "from": user, "chat": chat, "date": begun, "text": text}
        body = json.dumps({"update_id": FIRST_UPDATE + number, "message": message}).encode()
        requests.append(REQUEST.format(length=len(body)).encode() + body)
    return requests


if __name__ == "__main__":
    play(make_requests, connections=100)
