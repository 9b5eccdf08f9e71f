"""The registers of the people who work here: staff, their sessions, their agencies. ``core.ports.Tx`` gives them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.model.lifecycle import Role
from core.model.notice import Choices, Notice, Recipient, Subscription
from core.model.people import Agency, Session, Staff


class UsernameTaken(Exception):
    """Somebody else has this user name; choose another."""


class People(Protocol):
    """Staff."""

    def add(self, staff: Staff) -> None:
        """Raises UsernameTaken."""
        ...

    def find(self, username: str) -> Staff | None: ...
    def get(self, staff_id: str) -> Staff | None: ...
    def some(self, staff_ids: Collection[str]) -> Sequence[Staff]:
        """Those of these ids that exist, in the order of their ids."""
        ...

    def lock(self, username: str) -> Staff | None:
        """As ``find``, locked until the transaction ends."""
        ...

    def save(self, staff: Staff) -> None:
        """Write all but when they were last here."""
        ...

    def logged_in(self, staff_id: str, *, now: datetime) -> None: ...
    def seen(self, staff_id: str, *, now: datetime) -> None: ...
    def use_step(self, staff_id: str, step: int) -> bool:
        """Whether the code of this step of time, or of a later one, was not used before; it is now."""
        ...

    def all(self) -> Sequence[Staff]: ...


class Sessions(Protocol):
    """Who is logged in where. A token is given once and stands nowhere: rows hold its keyed digest."""

    def add(self, session: Session, token: str) -> None: ...
    def find(self, token: str) -> Session | None:
        """Also one that ran out; look at ``expires_at``."""
        ...

    def save(self, session: Session) -> None:
        """Write when it was seen and when it ends."""
        ...

    def of_staff(self, staff_id: str) -> Sequence[Session]:
        """The one seen last first."""
        ...

    def end(self, session_id: str) -> None: ...
    def end_all(self, staff_id: str, *, but: str = "") -> None:
        """End every session of a person, that with the id ``but`` excepted."""
        ...

    def forget(self, *, before: datetime) -> None:
        """Drop those that ended before."""
        ...


class Agencies(Protocol):
    """The tree of agencies as people changed it."""

    def all(self) -> Sequence[Agency]:
        """In the order in which they were added."""
        ...

    def add_all(self, agencies: Sequence[Agency]) -> Collection[str]:
        """Insert; the ids of those that were not there before."""
        ...

    def save(self, agency: Agency) -> None: ...
    def lock(self) -> None:
        """One change to the tree at a time, until the transaction ends."""
        ...

    def version(self) -> str:
        """Another text after each change; empty before the first."""
        ...

    def note_change(self, version: str) -> None: ...


class Notices(Protocol):
    """What staff are told, what each of them chose, and the browsers that asked for pushes."""

    def audience(self, agency: str, roles: Collection[Role], *, national: bool) -> Sequence[Recipient]:
        """Active staff of one agency with one of ``roles``; ``national``: also the national admins, who have none."""
        ...

    def add(self, given: Sequence[Notice]) -> None: ...
    def of(self, staff_id: str, *, limit: int, before: str = "") -> Sequence[Notice]:
        """Newest first, from before the notice ``before`` on."""
        ...

    def unseen(self, staff_id: str, *, report_id: str = "") -> int:
        """All, or those of one report; no more than 1,000 are counted."""
        ...

    def news_for(self, staff_ids: Collection[str], *, since: datetime) -> Collection[str]:
        """Those of these people who have something unseen that is no older than ``since``."""
        ...

    def see(self, staff_id: str, *, at: datetime, report_id: str = "", until: str = "") -> None:
        """All, or those of one report, up to the notice ``until``; what was seen is not mailed or pushed any more."""
        ...

    def silence(self, staff_id: str) -> None:
        """Nothing more leaves for this person: what is due is dropped, their browsers are forgotten."""
        ...

    def take_pushes(self, *, now: datetime, lease: timedelta, limit: int) -> Sequence[Notice]:
        """Due pushes; they come again after ``lease`` unless they are settled."""
        ...

    def settle_pushes(self, notice_ids: Collection[str]) -> None: ...
    def take_mails(self, *, now: datetime, limit: int) -> Sequence[Notice]:
        """All that is due for up to ``limit`` people, settled: their mails are written in this transaction."""
        ...

    def forget(self, *, before: datetime) -> None:
        """Drop what was seen and is old."""
        ...

    def choices(self, staff_id: str) -> Choices: ...
    def save_choices(self, staff_id: str, choices: Choices) -> None: ...
    def subscribe(self, given: Subscription) -> None:
        """Remember a browser, once by its endpoint; of one person's the ten newest are kept."""
        ...

    def subscriptions(self, staff_ids: Collection[str]) -> Sequence[Subscription]: ...
    def note_failure(self, subscription_id: str) -> None: ...
    def unsubscribe(self, subscription_id: str) -> None: ...
