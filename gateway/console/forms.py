"""Manual forms (*form manual*): choose a kind, fill it in, see what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from channels.form.contacts import read_mail, read_phone
from channels.form.entry import enter, name_scan
from channels.form.kinds import LABELS, FormKind
from channels.form.reading import Clerk, Invalid
from channels.form.settings import FormSettings
from channels.form.tweets import NotATweet, TweetSource
from core import manual, matching
from core.channel import Busy, Intake, Refused
from core.model.lifecycle import ADMINS
from core.model.message import Accepted, Address, Attachment
from core.model.people import Staff
from core.model.report import Report
from core.permissions import Right, may
from core.ports import Tx
from gateway.console.access import NotForThisRole, Visit, access_of, fields_of, new_token, visit
from gateway.console.disposing import agencies_below, dispose_at_once, disposition_errors
from gateway.console.failures import explained
from gateway.console.posted import Posted, read_posted
from gateway.console.tweets import KnownTweet, filled_fields, known_tweet, show_known, with_author

HERE = "/console/formulir"


@dataclass(frozen=True, slots=True)
class FormDesk:
    """What forms are handed in to. ``tweets`` is None where no connection to X is configured."""

    intake: Intake
    settings: FormSettings
    public_url: str = ""
    tweets: TweetSource | None = None


FORMS: web.AppKey[FormDesk] = web.AppKey("forms", FormDesk)


@dataclass(frozen=True, slots=True)
class Page:
    """A form as it is shown: what stands in it, what is wrong with it, and what is like it already."""

    kind: FormKind
    token: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    scans: tuple[Attachment, ...] = ()
    likely: Sequence[matching.Match] | None = None
    notice: str = ""
    status: HTTPStatus = HTTPStatus.OK


def form_routes() -> list[web.RouteDef]:
    """For an application that has ``ACCESS`` and ``FORMS``."""
    routes = [
        web.get(HERE, choose),
        web.post(f"{HERE}/mirip", show_likely),
        web.get(f"{HERE}/{{kind:{'|'.join(FormKind)}}}", show_form),
        web.post(f"{HERE}/{{kind:{'|'.join(FormKind)}}}", take),
    ]
    return explained(routes)


async def clerk_of(request: web.Request) -> Visit:
    """Who is asking, if they may take reports down. Raises NotForThisRole, and as ``visit``."""
    found = await visit(request)
    if not may(found.staff, Right.ENTER_FORM, None, directory=access_of(request).office.directory):
        raise NotForThisRole
    return found


async def choose(request: web.Request) -> web.Response:
    """The kinds of form."""
    found = await clerk_of(request)
    facts = {"visit": found, "section": "forms", "kinds": LABELS}
    return access_of(request).pages.render("forms/choose.html", facts, language=found.staff.language)


async def show_form(request: web.Request) -> web.Response:
    """An empty form with a token of its own."""
    found = await clerk_of(request)
    return _show(request, found, Page(kind=FormKind(request.match_info["kind"]), token=new_token()))


def _show(request: web.Request, found: Visit, page: Page) -> web.Response:
    access = access_of(request)
    facts: dict[str, Any] = {
        "visit": found,
        "section": "forms",
        "page": page,
        "label": LABELS[page.kind],
        "scans": [(name_scan(scan), scan.name) for scan in page.scans],
        "agencies": agencies_below(request, found.staff) if found.staff.role in ADMINS else (),
        "categories": access.office.directory.categories,
    }
    return access.pages.render("forms/form.html", facts, language=found.staff.language, status=page.status)


async def take(request: web.Request) -> web.Response:
    """Fill in from a tweet, look for repeats, or hand in: what is wrong is shown in the form, with what was typed."""
    found = await clerk_of(request)
    kind, desk = FormKind(request.match_info["kind"]), request.config_dict[FORMS]
    posted = await read_posted(request, desk.settings, desk.intake)
    page = Page(kind, posted.line("token") or new_token(), posted.fields, posted.errors, posted.scans)
    if kind is FormKind.TWEET and (known := await known_tweet(request, posted.line("url"))):
        return show_known(request, found, known)
    match posted.deed:
        case "fill":
            return _show(request, found, await _filled(desk, page))
        case "check":
            return _show(request, found, await _compared(request, found, page))
        case _:
            return await _hand_in(request, found, posted, page)


async def _filled(desk: FormDesk, page: Page) -> Page:
    """The tweet's URL, author, day and words; fetched where X can be asked, else as pasted."""
    try:
        values, notice = await filled_fields(desk.tweets, page.values)
        return _with(page, values=values, notice=notice)
    except NotATweet as reason:
        return _with(page, errors={**page.errors, "url": str(reason)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _with(page: Page, **changed: Any) -> Page:
    known = {name: getattr(page, name) for name in Page.__dataclass_fields__}
    return Page(**known | changed)


async def _compared(request: web.Request, found: Visit, page: Page) -> Page:
    said = f"{page.values.get('text', '')}\n{page.values.get('place', '')}"
    return _with(page, likely=await _find_likely(request, found.staff, said))


async def _find_likely(request: web.Request, staff: Staff, said: str) -> Sequence[matching.Match]:
    access = access_of(request)
    office, now = access.office, access.clock.now()
    return await access.store.read(lambda tx: matching.likely(tx, said[:20_000], staff, office=office, now=now))


async def show_likely(request: web.Request) -> web.Response:
    """A piece of page beside the form: earlier reports like the one being typed, letters under the same number, and
    what else the reporter reported.
    """
    found = await clerk_of(request)
    posted, access = await fields_of(request), access_of(request)
    text, place, agenda = (posted.get(name, "") for name in ("text", "place", "agenda_number"))
    office, now = access.office, access.clock.now()
    reporter = _reporter(posted.get("phone", ""), posted.get("email", ""))

    def look(tx: Tx) -> dict[str, Sequence[Report]]:
        return {
            "letters": manual.earlier_letters(tx, agenda[:100], found.staff, office=office, now=now),
            "known": manual.known_reports(tx, reporter, found.staff, office=office) if reporter else (),
        }

    facts = {"likely": await _find_likely(request, found.staff, f"{text}\n{place}"), **await access.store.read(look)}
    return access.pages.render("forms/likely.html", facts, language=found.staff.language)


def _reporter(phone: str, mail: str) -> Address | None:
    """As the form will know them."""
    if number := read_phone(phone):
        return Address("tel", number)
    address = read_mail(mail)
    return Address("mail", address) if address else None


async def _hand_in(request: web.Request, found: Visit, posted: Posted, page: Page) -> web.Response:
    desk = request.config_dict[FORMS]
    errors = {**posted.errors, **disposition_errors(request, found.staff, posted)}
    try:
        if errors:
            raise Invalid(errors)  # noqa: TRY301 - shown like what the form itself finds wrong
        accepted = await enter(
            {
                **await with_author(desk.tweets, kind=page.kind, values=posted.fields),
                "kind": page.kind.value,
                "agency": found.staff.agency,
            },
            clerk=_clerk(request, found.staff),
            settings=desk.settings,
            attachments=posted.scans,
            intake=desk.intake,
        )
    except Invalid as invalid:
        return _show(request, found, _with(page, errors=invalid.errors, status=HTTPStatus.UNPROCESSABLE_ENTITY))
    except Refused as refused:
        return _show(request, found, _refused(page, refused))
    except Busy:
        return _show(request, found, _with(page, notice="forms.busy", status=HTTPStatus.SERVICE_UNAVAILABLE))
    return await _go_on(request, found, posted, accepted)


def _clerk(request: web.Request, staff: Staff) -> Clerk:
    access = access_of(request)
    return Clerk(staff.username, access.clock.now(), access.office.zone(staff.agency))


def _refused(page: Page, refused: Refused) -> Page:
    """A form that was handed in before with other words is shown as a new one: nothing that was typed is lost."""
    if refused.field == "external_id":
        return _with(page, token=new_token(), notice="forms.used", status=HTTPStatus.CONFLICT)
    field_name = "scans" if refused.field in {"attachments", "file"} else "text"
    errors = {field_name: "Isian ini ditolak. Periksa panjang isi dan unggah lagi lampirannya."}
    return _with(page, errors=errors, scans=(), status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _go_on(request: web.Request, found: Visit, posted: Posted, accepted: Accepted) -> web.Response:
    if accepted.report is None:
        raise TypeError("the core took a form and filed no report")
    number = accepted.report.tracking_id
    if accepted.repeated and not await _is_own(request, found.staff, number):
        return show_known(request, found, KnownTweet(number))
    told = "lama=1" if accepted.repeated else await dispose_at_once(request, found.staff, posted, accepted.report)
    raise web.HTTPSeeOther(f"{HERE}/hasil/{number}{'?' if told else ''}{told}")


async def _is_own(request: web.Request, staff: Staff, number: str) -> bool:
    report = await access_of(request).store.read(lambda tx: tx.reports.find(number))
    return report is not None and report.entered_by == staff.username
