"""Who will see what of a report, told before it is sent (``domain.md`` §4: anonymous and secret are separate)."""

from dataclasses import dataclass, field

from core.privacy import Finding, find_traces

CONTENT = ("text", "title", "place", "attachments")
IDENTITY = ("name", "phone", "email")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to send; ``attachments`` are the names of files."""

    text: str = field(repr=False)
    title: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    attachments: tuple[str, ...] = field(default=(), repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    anonymous: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """``agency`` and ``public`` name the fields of the draft that each of them reads, ``hidden`` those that neither
    does; empty: nothing at all. ``findings`` are the traces in the text that undo what the flags promise.
    """

    agency: tuple[str, ...]
    public: tuple[str, ...]
    hidden: tuple[str, ...]
    findings: tuple[Finding, ...]


def preview(draft: Draft) -> Preview:
    """What becomes of each field that was filled in.

    Contacts serve the answers to the reporter and are shown to the agency alone; an anonymous reporter's to nobody.
    """
    content, identity = _given(draft, CONTENT), _given(draft, IDENTITY)
    agency = content if draft.anonymous else content + identity
    named = () if draft.anonymous else _given(draft, ("name",))
    public = () if draft.secret else content + named
    return Preview(
        agency=agency,
        public=public,
        hidden=tuple(name for name in identity if name not in agency + public),
        findings=find_traces(draft.text, name=draft.name),
    )


def _given(draft: Draft, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(draft, name))
