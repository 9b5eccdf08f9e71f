"""The desk's addresses."""

from collections.abc import Sequence

from gateway.console.chats import about, answers, deeds, page, stream
from gateway.console.chats.answers import managed
from gateway.console.chats.troubles import operated
from gateway.console.guard import View

HERE = page.HERE
CHAT = HERE + r"/{chat:[0-9a-f]{32}}"

GETS: Sequence[tuple[str, View]] = (
    (HERE, page.show_desk),
    (page.ENDED, page.show_ended),
    (answers.HERE, managed(answers.show_answers)),
    (HERE + "/aliran", stream.show_stream),
    (CHAT + "/lama", operated(deeds.show_earlier)),
    (CHAT + "/tentang", operated(about.show_about)),
    (CHAT + "/laporan", operated(about.show_proposal)),
    (CHAT + r"/{seq:\d{1,9}}/berkas/{file:[0-9a-f]{32}}", operated(about.show_file)),
    (CHAT + r"/{seq:\d{1,9}}/gambar/{file:[0-9a-f]{32}}", operated(about.show_picture)),
)
POSTS: Sequence[tuple[str, View]] = (
    (answers.HERE, managed(answers.save)),
    (answers.HERE + "/hapus", managed(answers.drop)),
    (HERE + "/denyut", operated(deeds.keep)),
    (HERE + "/berikut", operated(deeds.take_next)),
    (CHAT + "/ambil", operated(deeds.take)),
    (CHAT + "/kata", operated(deeds.speak)),
    (CHAT + "/mengetik", operated(deeds.note_typing)),
    (CHAT + "/dibaca", operated(deeds.see)),
    (CHAT + "/serahkan", operated(deeds.hand_on)),
    (CHAT + "/tutup", operated(deeds.close)),
    (CHAT + "/cari", operated(about.look_up)),
    (CHAT + "/laporan", operated(about.make_report)),
)
