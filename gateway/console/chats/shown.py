"""Chats and their lines as the desk's page reads them. Of the visitor's address nothing is told but the channel."""

from collections.abc import Mapping
from typing import Any

from core.commands import without_pin
from core.model.message import Attachment
from core.model.report import Report
from core.model.talk import Author, Chat, Line
from core.watching import Lines, View
from gateway.console.files import PICTURES
from gateway.console.guard import Call

NAMED = 4
CHANNELS = frozenset({"webchat", "telegram", "sms", "email"})


def visitor_name(call: Call, talk_id: str) -> str:
    """Tells visitors apart, and nothing else of them."""
    return call.t("chats.visitor", code=talk_id[-NAMED:].upper())


def show_view(call: Call, view: View) -> dict[str, Any]:
    """The lists on the left."""
    return {
        "waiting": [_chat(call, chat) | {"place": place} for place, chat in enumerate(view.waiting, start=1)],
        "mine": [_chat(call, chat) | {"head": view.heads.get(chat.talk, 0)} for chat in view.mine],
        "others": view.others,
        "available": view.me.available,
        "capacity": view.me.capacity,
        "there": [{"username": one.username, "name": one.name or one.username} for one in view.there],
        "now": call.now.isoformat(),
    }


def _chat(call: Call, chat: Chat) -> dict[str, Any]:
    kept = bool(chat.to) and chat.to_until is not None and chat.to_until > call.now
    return {
        "id": chat.id,
        "name": visitor_name(call, chat.talk),
        "channel": channel_label(call, chat.channel),
        "since": chat.asked_at.isoformat(),
        "seen": chat.seen,
        "reported": bool(chat.report_id),
        "files": carries_files(call, chat.channel),
        "kept": "me" if kept and chat.to == call.staff.username else "other" if kept else "",
    }


def carries_files(call: Call, channel: str) -> bool:
    """Whether operators can send files there."""
    known = call.console.office.capabilities.get(channel)
    return known is not None and known.attachments


def channel_label(call: Call, channel: str) -> str:
    """As people say it."""
    return call.t(f"chats.channel_{channel if channel in CHANNELS else 'other'}")


def show_lines(found: Lines, names: Mapping[str, str]) -> dict[str, Any]:
    """Some lines of one chat."""
    return {
        "chat": found.chat.id,
        "lines": [_line(line, found.chat, names) for line in found.lines],
        "earlier": found.earlier,
    }


def _line(line: Line, chat: Chat, names: Mapping[str, str]) -> dict[str, Any]:
    """A PIN that the visitor was told, or wrote, is theirs alone."""
    return {
        "seq": line.seq,
        "from": line.author.value,
        "at": line.at.isoformat(),
        "text": without_pin(line.text),
        "event": line.event,
        "by": names.get(line.by, "") if line.author is Author.OPERATOR else "",
        "id": line.client_id if line.author is Author.OPERATOR else "",
        "replaces": line.replaces,
        "files": [_file(file, line, chat) for file in line.attachments],
    }


def _file(file: Attachment, line: Line, chat: Chat) -> dict[str, Any]:
    address = f"/console/obrolan/{chat.id}/{line.seq}"
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "href": f"{address}/berkas/{file.id}",
        "picture": f"{address}/gambar/{file.id}" if file.media_type in PICTURES else "",
    }


def show_report(call: Call, report: Report) -> dict[str, Any]:
    """A report beside the talk."""
    agency = call.console.office.directory.agency(report.agency) if report.agency else None
    return {
        "number": report.tracking_id,
        "state": call.t(f"state.{report.state.value}"),
        "title": report.title,
        "agency": agency.name if agency else "",
        "at": report.received_at.isoformat(),
        "href": f"/console/laporan/{report.tracking_id}",
    }
