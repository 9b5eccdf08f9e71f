"""The console's routes, and what they work with."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from gateway.bootstrap import Parts
from gateway.console import acting, browsers, bulk, events, files, home, notices, queue, report, waiting
from gateway.console.chats import routes as chats
from gateway.console.chats.looks import Looks
from gateway.console.chats.stream import Streams
from gateway.console.guard import Console, Line, View, guarded, no_lines
from gateway.console.live import Live
from gateway.console.once import Once
from gateway.console.pages import Pages
from gateway.push import PushKey

REPORT = r"/console/laporan/{number:\d{10}}"
WAITING = waiting.HERE + r"/{message:[0-9a-f]{32}}"
GETS: Sequence[tuple[str, View]] = (
    ("/console/", home.show_home),
    ("/console", home.show_home),
    ("/console/laporan", queue.show_queue),
    (REPORT, report.show_report),
    (REPORT + r"/berkas/{file:[0-9a-f]{32}}", files.show_file),
    (REPORT + r"/gambar/{file:[0-9a-f]{32}}", files.show_picture),
    (REPORT + r"/asli/{message:[0-9a-f]{32}}", files.show_original),
    (waiting.HERE, waiting.show_waiting),
    (WAITING + r"/berkas/{file:[0-9a-f]{32}}", waiting.show_file),
    (WAITING + r"/gambar/{file:[0-9a-f]{32}}", waiting.show_picture),
    (WAITING + "/asli", waiting.show_original),
    ("/console/hitungan", events.show_counts),
    ("/console/events", events.show_events),
    ("/console/saran/instansi", home.suggest_agencies),
    (notices.LIST, notices.show_notices),
    (notices.CHOICES, notices.show_choices),
    *chats.GETS,
)
POSTS: Sequence[tuple[str, View]] = (
    ("/console/laporan/berikut", acting.take_next),
    (REPORT + "/ambil", acting.claim),
    (REPORT + "/lepas", acting.release),
    (REPORT + "/aksi/{deed:[a-z_]+}", acting.act),
    (REPORT + "/pratinjau/{deed:[a-z_]+}", acting.rehearse),
    (REPORT + "/identitas", acting.reveal),
    (REPORT + r"/tautan/{link:[0-9a-f]{32}}", acting.decide_link),
    (WAITING + "/laporan", waiting.make_report),
    (WAITING + "/tambahkan", waiting.attach),
    (WAITING + "/abaikan", waiting.dismiss),
    ("/console/massal", bulk.act_on_several),
    ("/console/bahasa", home.choose_language),
    (notices.SEEN, notices.see_notices),
    (notices.CHOICES, notices.save_choices),
    (browsers.BROWSERS, browsers.subscribe),
    (browsers.BROWSER + "/hentikan", browsers.stop_by_form),
    *chats.POSTS,
)


def make_console(parts: Parts, *, lines: Callable[[], Awaitable[Sequence[Line]]] = no_lines) -> Console:
    """For one process, whose connections ``lines`` tells of."""
    limits = parts.settings.limits
    return Console(
        store=parts.store,
        office=parts.office,
        clock=parts.clock,
        blobs=parts.blobs,
        live=Live(parts.store, parts.office, parts.clock),
        once=Once(),
        most_files=limits.max_attachments,
        largest_file=limits.max_attachment_bytes,
        push_key=PushKey(parts.vault.derive("push")).public,
        push_hosts=parts.settings.push.hosts,
        lines=lines,
        news=parts.news,
        chats=Streams(parts.news, Looks(parts.store, parts.office, parts.clock)),
    )


def console_routes(pages: Pages) -> Sequence[web.RouteDef]:
    """For an application that has ``ACCESS`` and ``CONSOLE``; other routes below /console/ stand before these."""
    return [
        *pages.assets.routes(),
        *(web.get(path, guarded(view)) for path, view in GETS),
        *(web.post(path, guarded(view)) for path, view in POSTS),
        web.delete(browsers.BROWSER, guarded(browsers.stop)),
        web.get("/console/{rest:.*}", guarded(home.show_nothing)),
    ]
