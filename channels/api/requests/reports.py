"""The requests about reports: hand one in, look at it, write to it, rate it, withdraw it."""

from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import msgspec
from aiohttp import web

from channels.api.mapping import command_message, command_of, links_of, read_attachments, read_number, report_message
from channels.api.wire.bodies import (
    HistoryItem,
    MessageAnswer,
    MessageBody,
    RatingBody,
    ReportAnswer,
    ReportBody,
    ReportStatus,
    WithdrawBody,
)
from channels.api.wire.front import Front, answered, arrival_of, read_json, source_of
from channels.api.wire.problems import Problem, wrong_field
from core.desk import NotFound
from core.model.message import Accepted, Attachment, FiledReport
from core.model.report import ReportView

REPORT = msgspec.json.Decoder(ReportBody)
MESSAGE = msgspec.json.Decoder(MessageBody)
RATING = msgspec.json.Decoder(RatingBody)
WITHDRAW = msgspec.json.Decoder(WithdrawBody)
Command = TypeVar("Command", MessageBody, RatingBody, WithdrawBody)


async def file_report(front: Front, request: web.Request) -> web.Response:
    """201 once the report is committed."""
    front.visitors.count(source_of(request))
    body, raw = await read_json(front, request, REPORT)
    if body.agency:
        await _require_agency(front, body.agency)
    files = read_attachments(body.attachments, most=front.settings.max_attachments)
    arrival = await arrival_of(front, request, raw)
    accepted = await front.intake.accept(report_message(body, arrival, files=files))
    return _filed(accepted.report)


def _filed(report: FiledReport | None) -> web.Response:
    if report is None:
        raise TypeError("the core took a form and filed no report")
    links = links_of(report.tracking_id)
    answer = ReportAnswer(report.tracking_id, report.pin, report.state, report.verify_by, links)
    response = answered(answer, status=HTTPStatus.CREATED)
    response.headers["Location"] = links.self
    return response


async def _require_agency(front: Front, agency_id: str) -> None:
    if all(agency.id != agency_id for agency in await front.desk.agencies()):
        raise wrong_field("agency", "no such agency; GET /api/v1/agencies lists them, or leave it out")


async def show_report(front: Front, request: web.Request) -> web.Response:
    """200 with the report as its reporter sees it."""
    view, _ = await _prove(front, request)
    return answered(_status(view))


def _status(view: ReportView) -> ReportStatus:
    return ReportStatus(
        tracking_id=view.tracking_id,
        state=view.state,
        state_label=view.state_label,
        agency=view.agency,
        verify_by=view.verify_by,
        follow_up_by=view.follow_up_by,
        history=tuple(HistoryItem(line.at, line.event, line.text) for line in view.history),
    )


async def _prove(front: Front, request: web.Request) -> tuple[ReportView, str]:
    """The report and the PIN it was asked for with. Raises NotFound, TooManyGuesses."""
    number = read_number(request.match_info["tracking_id"])
    pin = (request.headers.get("X-Pin") or request.query.get("pin", "")).strip()
    if number is None or not (pin.isascii() and pin.isdecimal() and len(pin) <= 6):
        raise NotFound
    return await front.desk.find(number, pin, source=source_of(request)), pin


async def add_message(front: Front, request: web.Request) -> web.Response:
    """201 once the message is committed and carried out."""
    return await _command(front, request, MESSAGE, done=HTTPStatus.CREATED)


async def rate(front: Front, request: web.Request) -> web.Response:
    """200 once the rating is carried out."""
    return await _command(front, request, RATING, done=HTTPStatus.OK)


async def withdraw(front: Front, request: web.Request) -> web.Response:
    """200 once the report is withdrawn."""
    return await _command(front, request, WITHDRAW, done=HTTPStatus.OK)


async def _command(
    front: Front, request: web.Request, decoder: msgspec.json.Decoder[Command], *, done: HTTPStatus
) -> web.Response:
    front.visitors.count(source_of(request))
    body, raw = await read_json(front, request, decoder)
    view, pin = await _prove(front, request)
    files: tuple[Attachment, ...] = ()
    if isinstance(body, MessageBody):
        files = read_attachments(body.attachments, most=front.settings.max_attachments)
    command = command_of(body, tracking_id=view.tracking_id, pin=pin)
    arrival = await arrival_of(front, request, raw)
    accepted = await front.intake.accept(command_message(body, arrival, command=command, files=files))
    return await _settle(front, accepted, view.tracking_id, done=done)


async def _settle(front: Front, accepted: Accepted, tracking_id: str, *, done: HTTPStatus) -> web.Response:
    """``done``, 202 when it goes on without us, 409 with the reason when the report's state forbids it."""
    settled = await front.desk.settle(accepted, limit=timedelta(seconds=front.settings.settle_seconds))
    if settled is not None and not settled.done:
        raise Problem(HTTPStatus.CONFLICT, settled.reason)
    answer = MessageAnswer(tracking_id, settled is not None, links_of(tracking_id))
    return answered(answer, status=HTTPStatus.ACCEPTED if settled is None else done)
