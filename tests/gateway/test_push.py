"""Pushes reach a browser that nobody else can read for, and say no word of a citizen."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from core.model.notice import Subscription
from gateway.push import Pushed, PushKey, UnknownPushService, check_endpoint, send_push
from tests.gateway.push_service import Browser, PushService, open_push_service

KEY = PushKey(bytes(range(32)))
CONTACT = "mailto:gateway@lapor.go.id"
MESSAGE = {"title": "Laporan baru untuk unit Anda", "body": "Laporan 4821 093 756", "url": "/console/", "tag": "x"}


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with open_push_service() as opened:
        yield opened


async def push(to: Subscription) -> Pushed:
    async with aiohttp.ClientSession() as session:
        return await send_push(session, to, MESSAGE, key=KEY, contact=CONTACT)


async def test_a_push_is_decrypted_by_its_browser_alone(service: PushService) -> None:
    phone = service.browsers["rina"] = Browser()

    said = await push(phone.subscription(service, "rina", staff_id="rina"))

    assert said is Pushed.SENT
    assert phone.shown == [MESSAGE]
    assert service.signatures[0].startswith("vapid t=")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (201, Pushed.SENT),
        (404, Pushed.GONE),
        (410, Pushed.GONE),
        (429, Pushed.LATER),
        (503, Pushed.LATER),
        (400, Pushed.REFUSED),
        (403, Pushed.REFUSED),
        (307, Pushed.REFUSED),
    ],
)
async def test_the_services_answer_decides(service: PushService, answer: int, said: Pushed) -> None:
    phone = service.browsers["rina"] = Browser(answer=answer)

    assert await push(phone.subscription(service, "rina", staff_id="rina")) is said


async def test_a_service_that_is_down_is_tried_later(service: PushService) -> None:
    to = replace(Browser().subscription(service, "rina", staff_id="rina"), endpoint="http://127.0.0.1:9/x")

    assert await push(to) is Pushed.LATER


@pytest.mark.parametrize(("p256dh", "auth"), [("", ""), ("AAAA", "AAAA"), ("!!!", "???"), ("é", "x")])
async def test_keys_that_no_browser_made_are_forgotten(service: PushService, p256dh: str, auth: str) -> None:
    to = replace(Browser().subscription(service, "rina", staff_id="rina"), p256dh=p256dh, auth=auth)

    assert await push(to) is Pushed.GONE


def test_the_public_key_is_a_point_and_the_same_for_the_same_secret() -> None:
    assert PushKey(bytes(range(32))).public == KEY.public
    assert len(KEY.public) == 87
    assert "PushKey(***)" in repr(KEY)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
    ],
)
def test_known_services_are_called(endpoint: str) -> None:
    check_endpoint(endpoint, hosts=("fcm.googleapis.com", "push.services.mozilla.com"))


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.example.org/x",
        "https://notfcm.googleapis.com/x",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:5432/",
        "https://fcm.googleapis.com@localhost/x",
        "https://user@fcm.googleapis.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/" + "x" * 1_000,
        "",
    ],
)
def test_nothing_else_is_ever_called(endpoint: str) -> None:
    with pytest.raises(UnknownPushService):
        check_endpoint(endpoint, hosts=("fcm.googleapis.com",))
