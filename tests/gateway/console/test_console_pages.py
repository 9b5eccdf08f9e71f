"""What the console shows, to whom, and under which rules of safety."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.directory import Directory
from core.model.lifecycle import Action
from core.model.message import Attachment
from core.model.people import Agency
from core.model.report import Event
from gateway.console.app import GETS, POSTS
from gateway.console.deeds import DEEDS
from gateway.console.report import agency_value
from gateway.console.words import LANGUAGES, all_words
from tests.gateway.console.desk import Desk, found

TEMPLATES = Path(__file__).parents[3] / "gateway" / "console" / "templates"
PAGES = (
    "/console/",
    "/console/laporan",
    "/console/laporan?tab=requests",
    "/console/laporan/{road}",
    "/console/tidak-ada",
)
ATTACKS = (
    "<script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Inspector(HTMLParser):
    """Collects what a strict policy forbids and what an attack would need."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [f"{tag} {name}" for name in names if name.startswith("on") or name == "style"]
        self.found += [f"{tag} {name}" for name in ("href", "src", "action") if _is_script(names.get(name))]
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)
        if tag in {"script", "img", "use"}:
            address = names.get("src") or names.get("href") or ""
            self.found += [] if address.startswith("/console/") else [f"{tag} from {address}"]


def _is_script(address: str | None) -> bool:
    return (address or "").strip().lower().startswith("javascript:")


@pytest.mark.parametrize("username", ["sri", "dewi", "budi", "rina"])
async def test_every_page_keeps_the_strict_policy(filled: Desk, username: str) -> None:
    browser = await filled.browser(username)

    for path in PAGES:
        page = await browser.get(path.format(**filled.numbers))

        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert Inspector(page.text).found == []


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_a_citizen_writes_is_shown_as_text(desk: Desk, attack: str) -> None:
    number = await desk.sms(f"Jalan rusak {attack} di Bekasi")
    file = Attachment("0" * 32, "image/png", 72, attack)
    given = {"title": attack, "place": attack, "reporter_name": attack, "tags": (attack,), "text": attack}
    await desk.change(
        number, **given, reporter_email=attack, source_url=attack, agenda_number=attack, attachments=(file,)
    )
    browser = await desk.browser("sri")

    for path in (f"/console/laporan/{number}", "/console/laporan", f"/console/laporan?q={attack}"):
        page = await browser.get(path)

        assert page.status == 200
        assert Inspector(page.text).found == []
        assert "49{" not in page.text


async def test_what_staff_type_comes_back_as_text(filled: Desk) -> None:
    browser, number = await filled.browser("sri"), filled.numbers["road"]
    form = await browser.form(f"/console/laporan/{number}")

    for attack in ATTACKS:
        fields = form | {"title": attack, "text": attack, "agency": attack, "token": ""}
        page = await browser.post(f"/console/laporan/{number}/aksi/verify", fields)

        assert page.status == 422
        assert Inspector(page.text).found == []


async def test_another_agency_s_report_does_not_exist(filled: Desk) -> None:
    browser, number = await filled.browser("tono"), filled.numbers["puskesmas"]
    csrf = (await browser.form("/console/"))["csrf"]
    values = {"number": number, "deed": "follow_up", "file": "0" * 32, "link": "0" * 32, "message": "0" * 32}
    of_a_report = [filled_in(p, values) for p, _ in GETS if "{number" in p]
    changing = [filled_in(p, values) for p, _ in POSTS if "{number" in p]
    given = {
        "csrf": csrf,
        "kind": "substantive",
        "words": "Sudah selesai.",
        "reason": "perlu sekali",
        "decision": "undo",
    }

    assert len(of_a_report) == 4
    assert len(changing) == 6
    assert {path: (await browser.get(path)).status for path in of_a_report} == dict.fromkeys(of_a_report, 404)
    statuses = {path: (await browser.post(path, given)).status for path in changing}
    assert statuses == dict.fromkeys(changing, 404)


def filled_in(path: str, values: dict[str, str]) -> str:
    """The address that a route's pattern stands for."""
    return re.sub(r"\{(\w+)(?::(?:[^{}]|\{\d+\})*)?\}", lambda match: values[match[1]], path)


async def test_the_queue_shows_nobody_else_s_reports(filled: Desk) -> None:
    own, other = await filled.browser("budi"), await filled.browser("tono")

    assert "Puskesmas Jatiasih" in (await own.get("/console/laporan")).text
    assert "Puskesmas Jatiasih" not in (await other.get("/console/laporan")).text
    assert "Puskesmas Jatiasih" not in (await other.get("/console/laporan?q=Jatiasih")).text


async def test_who_is_not_logged_in_is_sent_to_the_log_in(filled: Desk) -> None:
    browser = await filled.browser("sri")
    browser.client.session.cookie_jar.clear()

    for path, _ in GETS:
        if "{" not in path:
            assert (await browser.get(path)).location.startswith("/console/login"), path


async def test_a_form_without_proof_changes_nothing(filled: Desk) -> None:
    browser, number = await filled.browser("sri"), filled.numbers["road"]

    page = await browser.post(f"/console/laporan/{number}/ambil", {"csrf": "0" * 64})

    assert page.status == 403
    assert "Halaman kedaluwarsa" in page.text
    assert (await filled.report(number)).claimed_by == ""


@pytest.mark.parametrize(("username", "managed"), [("sri", True), ("dewi", True), ("budi", False), ("rina", False)])
async def test_the_menu_is_the_same_on_every_page(filled: Desk, username: str, managed: bool) -> None:
    browser = await filled.browser(username)
    paths = ["/console/", "/console/laporan", "/console/akun", "/console/pemberitahuan", "/console/nihil"]
    paths += ["/console/formulir", "/console/formulir/letter"] if username != "rina" else []

    pages = {path: (await browser.get(path)).text for path in paths}

    for link in ('href="/console/pengguna"', 'href="/console/instansi"'):
        assert {path: link in text for path, text in pages.items()} == dict.fromkeys(paths, managed)


async def test_each_person_is_offered_what_they_may_do(filled: Desk) -> None:
    admin, officer = await filled.browser("dewi"), await filled.browser("budi")
    supervisor, path = await filled.browser("rina"), f"/console/laporan/{filled.numbers['puskesmas']}"

    def offered(text: str) -> set[str]:
        return set(re.findall(r'href="\?aksi=(\w+)#doing"', text))

    assert offered((await officer.get(path)).text) == {"follow_up", "not_mine"}
    assert offered((await admin.get(path)).text) == {"follow_up", "forward", "intervene"}
    assert offered((await supervisor.get(path)).text) == set()


async def test_a_hidden_identity_is_shown_for_a_reason_that_is_kept(filled: Desk) -> None:
    number = filled.numbers["road"]
    await filled.change(number, anonymous=True, reporter_name="Siti Rahmawati")
    browser, path = await filled.browser("sri"), f"/console/laporan/{number}"

    before = (await browser.get(path)).text
    shown = await browser.send(f"{path}/identitas", {"reason": "Dihubungi penyidik Polres"}, page=path)
    refused = await browser.send(f"{path}/identitas", {"reason": "ya"}, page=path)
    report = await filled.report(number)
    kept = await filled.read(lambda tx: tx.history.last(report.id, Event.IDENTITY_SEEN))

    assert "Siti Rahmawati" not in before
    assert "6281234567801" not in before
    assert "Siti Rahmawati" in shown.text
    assert kept is not None
    assert (kept.actor, kept.text) == ("sri", "Dihubungi penyidik Polres")
    assert refused.status == 422
    assert "Siti Rahmawati" not in (await browser.get(path)).text


async def test_contact_details_are_shown_by_permission(filled: Desk) -> None:
    path = f"/console/laporan/{filled.numbers['puskesmas']}"

    assert "6281234567901" in (await (await filled.browser("budi")).get(path)).text
    assert "6281234567901" not in (await (await filled.browser("rina")).get(path)).text


async def test_staff_read_no_pin(filled: Desk) -> None:
    page = await (await filled.browser("sri")).get(f"/console/laporan/{filled.numbers['road']}")

    assert "PIN ••••••" in page.text
    assert re.search(r"PIN \d{6}", page.text) is None


async def test_an_attachment_is_a_download_of_what_it_is(filled: Desk) -> None:
    async def content(data: bytes):  # noqa: ANN202
        yield data

    evil = '../../etc/<script>"\r\nX: y.html'
    picture = await filled.parts.blobs.store(content(PNG), "image/png", name="foto.png")
    page = await filled.parts.blobs.store(content(b"<html><script>alert(1)</script>"), "image/png", name="x.png")
    files = (picture, replace(page, name=evil))
    number = filled.numbers["road"]
    await filled.change(number, attachments=files)
    browser, base = await filled.browser("sri"), f"/console/laporan/{number}"

    download = await browser.get(f"{base}/berkas/{page.id}")
    shown = await browser.get(f"{base}/gambar/{picture.id}")

    assert download.status == 200
    assert download.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert "/" not in download.headers["Content-Disposition"]
    assert download.headers["Content-Type"] == "text/plain"
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert (await browser.get(f"{base}/gambar/{page.id}")).status == 404
    assert shown.headers["Content-Type"] == "image/png"
    assert (await browser.get(f"/console/laporan/{filled.numbers['ktp']}/berkas/{picture.id}")).status == 404


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e%2fapp.py", "console.css", "..%5capp.py", "%00", "x" * 500])
async def test_a_static_file_is_found_by_its_name_alone(desk: Desk, name: str) -> None:
    browser = await desk.browser("sri")

    assert (await browser.get(f"/console/static/{name}")).status in {302, 303, 404}


async def test_static_files_are_kept_for_ever_and_the_worker_is_asked_for(desk: Desk) -> None:
    browser = await desk.browser("sri")
    style = re.search(r'href="(/console/static/console\.[0-9a-f]{16}\.css)"', (await browser.get("/console/")).text)
    worker = await browser.get("/console/sw.js")

    assert style is not None
    assert (await browser.get(style[1])).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert style[1] in worker.text


async def test_the_language_stays_with_the_person(desk: Desk) -> None:
    browser = await desk.browser("sri")

    await browser.send("/console/bahasa", {"language": "en"}, page="/console/")

    assert '<html lang="en">' in (await browser.get("/console/laporan")).text
    assert '<html lang="en">' in (await (await desk.browser("sri")).get("/console/")).text


async def test_agencies_are_suggested_by_any_of_their_words(desk: Desk) -> None:
    browser = await desk.browser("sri")

    page = await browser.get("/console/saran/instansi?q=lingk beka")

    assert '"Dinas Lingkungan Hidup Kota Bekasi"' in page.text
    assert (await browser.get("/console/saran/instansi?q=%22%5B")).text == "[]"


def test_an_agency_that_shares_its_name_is_meant_by_its_id() -> None:
    both = {each: Agency(each, "Dinas Kesehatan", "pusat") for each in ("kota-dinkes", "kab-dinkes")}
    directory = Directory(agencies={"pusat": Agency("pusat", "Admin Pusat"), **both})

    values = [agency_value(directory, each) for each in ("pusat", "kota-dinkes", "kab-dinkes", "")]

    assert values == ["Admin Pusat", "Dinas Kesehatan", "kab-dinkes", ""]


def test_every_action_of_staff_has_its_form() -> None:
    by_reporters = {
        Action.AUTO_CLOSE,
        Action.ANSWER,
        Action.SATISFIED,
        Action.RATE,
        Action.UNSATISFIED,
        Action.WITHDRAW,
    }

    assert {deed.action for deed in DEEDS.values()} == set(Action) - by_reporters


def test_both_languages_say_the_same() -> None:
    id_, en = (all_words(language) for language in LANGUAGES)
    braces = re.compile(r"\{\w+\}")

    assert id_.keys() == en.keys()
    assert [key for key in id_ if set(braces.findall(id_[key])) != set(braces.findall(en[key]))] == []
    assert {f"event.{event.value}" for event in Event} <= id_.keys()
    for deed in DEEDS:
        assert {f"{part}.{deed}" for part in ("deed", "deed_hint", "do", "done")} <= id_.keys()


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_no_template_says_anything_of_its_own(path: Path) -> None:
    text = re.sub(
        r"\{% block page %\}[\w ]+\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
        "",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    spoken = re.findall(r'(?:title|placeholder|alt|aria-label)="([^"]*[A-Za-z][^"]*)"', text)
    bare = re.sub(r"<[^>]*>|&\w+;", " ", text)

    assert spoken == []
    assert re.findall(r"[A-Za-z]{2,}", bare) == []


async def test_the_first_words_of_a_report_stand_in_the_queue(filled: Desk) -> None:
    page = await (await filled.browser("sri")).get("/console/laporan?tab=to_follow_up")

    assert "Puskesmas Jatiasih tutup sebelum jadwal" in page.text
    assert "Puskesmas Jatiasih tutup jam 10" in page.text


async def test_a_tracking_number_leads_to_its_report(filled: Desk) -> None:
    number = filled.numbers["road"]

    page = await (await filled.browser("sri")).get(f"/console/laporan?q={number[:4]}-{number[4:7]}-{number[7:]}")

    assert page.location == f"/console/laporan/{number}"
    assert await filled.read(lambda tx: found(tx, number).tracking_id) == number


@pytest.mark.parametrize("username", ["sri", "dewi", "budi"])
async def test_the_figures_of_the_first_page_are_those_of_the_lists_they_lead_to(filled: Desk, username: str) -> None:
    filled.clock.set(filled.clock.now().replace(day=12))
    browser = await filled.browser(username)
    urgent = (await browser.get("/console/")).text.partition('<nav class="urgent"')[2].partition("</nav>")[0]

    found = re.findall(r'href="([^"]+)"[^>]*><b>(\d+)</b>', urgent)
    assert len(found) == (5 if username == "sri" else 4)
    for address, number in found:
        page = await browser.get(address.replace("&amp;", "&"))
        assert len(re.findall("data-row=", page.text)) == int(number), address
