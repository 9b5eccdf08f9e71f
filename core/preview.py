"""Who will see what of a report, told before it is sent (``domain.md`` §4: anonymous and secret are separate)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.privacy import Finding, find_traces


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to send."""

    text: str = field(repr=False)
    title: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    contacts: Sequence[str] = field(default=(), repr=False)
    anonymous: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """``agency`` and ``public`` list what each of them reads, ``nobody`` what neither does; empty: nothing at all.

    ``findings`` are the traces in the text that undo what the flags promise.
    """

    agency: tuple[str, ...] = field(repr=False)
    public: tuple[str, ...] = field(repr=False)
    nobody: tuple[str, ...] = field(repr=False)
    findings: tuple[Finding, ...]


def preview(draft: Draft) -> Preview:
    """What becomes of each piece of a draft. Contacts serve the answers to the reporter and are shown to the agency
    alone; an anonymous reporter's neither.
    """
    content = _given(draft.title, draft.text, draft.place)
    identity = _given(draft.name, *draft.contacts)
    agency = content if draft.anonymous else content + identity
    public = () if draft.secret else content + _given("" if draft.anonymous else draft.name)
    shown = {*agency, *public}
    return Preview(
        agency=agency,
        public=public,
        nobody=tuple(piece for piece in identity if piece not in shown),
        findings=find_traces(draft.text, name=draft.name),
    )


def _given(*pieces: str) -> tuple[str, ...]:
    return tuple(piece for piece in pieces if piece)
