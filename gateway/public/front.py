"""What every public page works with, and how its errors are told."""

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import web

from channels.api.wire.front import Visitors
from channels.api.wire.problems import Problem
from core.answering import Opened
from core.channel import Busy, Intake, Refused
from core.desk import Desk, TooManyGuesses
from core.model.talk import Line, Transcript
from core.office import Office
from core.vault import Vault
from gateway.public.pages import Pages

log = logging.getLogger(__name__)

UNREADABLE = "Isian ini tidak dapat dibaca. Kembali, periksa, lalu kirim lagi."
BUSY = (
    "Sistem sedang sibuk. Tidak ada yang hilang: laporan yang sudah bernomor tersimpan aman. Yang baru Anda kirim "
    "belum tersimpan sampai Anda menerima nomornya; isian yang sama tidak dicatat dua kali."
)


@dataclass(frozen=True, slots=True)
class Front:
    """``visitors`` counts what each address hands in; ``open_pass`` uses a one-time link up, by its token and who opens
    it; ``open_transcript`` finds what was said in a talk, by the token of a link; ``secure``: the pages are served over
    TLS; ``patience``: how long a page waits for what becomes of a message.
    """

    office: Office
    pages: Pages
    intake: Intake
    desk: Desk
    open_pass: Callable[[str, str], Awaitable[Opened | None]]
    open_transcript: Callable[[str], Awaitable[tuple[Transcript, Sequence[Line]] | None]]
    vault: Vault
    visitors: Visitors
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    most_files: int
    largest_file: int
    secure: bool
    patience: timedelta = timedelta(seconds=5)


Answer = Callable[[Front, web.Request], Awaitable[web.StreamResponse]]


def guarded(answer: Answer, front: Front) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """``answer`` with every error told as a page that says what to do."""

    async def respond(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(front, request)
        except web.HTTPRequestEntityTooLarge:
            return _told(
                front, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Berkas terlalu besar. Kirim foto yang lebih kecil."
            )
        except web.HTTPBadRequest:
            return _told(front, HTTPStatus.BAD_REQUEST, UNREADABLE)
        except web.HTTPException:
            raise
        except (Problem, Busy, TooManyGuesses) as error:
            return _wait(front, error)
        except Refused:
            log.info("A public form was refused")
            return _told(
                front, HTTPStatus.UNPROCESSABLE_ENTITY, "Isian ini tidak dapat diterima. Periksa lagi lalu kirim."
            )
        except Exception:
            log.exception("A public page failed")
            words = "Halaman ini sedang bermasalah. Coba lagi beberapa saat, atau kirim SMS ke 1708."
            return _told(front, HTTPStatus.INTERNAL_SERVER_ERROR, words)

    return respond


def _wait(front: Front, error: Problem | Busy | TooManyGuesses) -> web.Response:
    """Too much at once: said with the time to wait, so that a person knows and a program obeys."""
    if isinstance(error, Problem) and error.status != HTTPStatus.TOO_MANY_REQUESTS:
        return _told(front, error.status, UNREADABLE)
    after: timedelta = getattr(error, "retry_after", None) or timedelta(seconds=60)
    seconds = max(1, math.ceil(after.total_seconds()))
    minutes = math.ceil(seconds / 60)
    status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, Busy) else HTTPStatus.TOO_MANY_REQUESTS
    words = f"Terlalu banyak percobaan. Tunggu {minutes} menit, lalu coba lagi."
    if isinstance(error, Busy):
        words = f"{BUSY} Tunggu {minutes} menit, lalu muat ulang halaman ini."
    response = _told(front, status, words)
    response.headers["Retry-After"] = str(seconds)
    return response


def _told(front: Front, status: HTTPStatus, words: str) -> web.Response:
    return front.pages.show("problem.html", status=status, words=words)
