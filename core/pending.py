"""A request that waits: which action asks for it, which ones answer it, who decides, and when it no longer fits."""

from collections.abc import Mapping
from types import MappingProxyType

from core.directory import Directory
from core.model.lifecycle import CLOSED, DISPOSED, IN_PROCESS, NEW, PENDING, Action, RequestKind, State
from core.model.report import Report, Request

CALLS_COORDINATOR = 3

ASKS: Mapping[Action, RequestKind] = MappingProxyType(
    {
        Action.NOT_MINE: RequestKind.NOT_MINE,
        Action.REQUEST_HOLD: RequestKind.HOLD_CLOCK,
        Action.REQUEST_RELEASE: RequestKind.RELEASE_CLOCK,
        Action.REQUEST_CLOSE: RequestKind.CLOSE,
        Action.REQUEST_REOPEN: RequestKind.REOPEN,
    }
)

GRANTS: Mapping[RequestKind, frozenset[Action]] = MappingProxyType(
    {
        RequestKind.NOT_MINE: frozenset(
            {Action.VERIFY, Action.DELEGATE, Action.HOLD_INCOMPLETE, Action.HOLD_UNCONNECTED, Action.ARCHIVE}
        ),
        RequestKind.HOLD_CLOCK: frozenset({Action.HOLD_CLOCK}),
        RequestKind.RELEASE_CLOCK: frozenset({Action.RELEASE_CLOCK}),
        RequestKind.CLOSE: frozenset({Action.CLOSE}),
        RequestKind.REOPEN: frozenset({Action.REOPEN}),
    }
)

FITTING: Mapping[RequestKind, frozenset[State]] = MappingProxyType(
    {
        RequestKind.NOT_MINE: NEW | PENDING | DISPOSED,
        RequestKind.HOLD_CLOCK: IN_PROCESS,
        RequestKind.RELEASE_CLOCK: IN_PROCESS,
        RequestKind.CLOSE: IN_PROCESS,
        RequestKind.REOPEN: CLOSED,
    }
)


def answers(action: Action, request: Request | None) -> bool:
    """Whether ``action`` decides on what waits: grants it or rejects it."""
    return request is not None and (action is Action.REJECT_REQUEST or action in GRANTS[request.kind])


def still_fits(request: Request, report: Report) -> bool:
    """Whether what was asked can still be granted: the report is with whoever asked, and in a state for it."""
    held = {RequestKind.HOLD_CLOCK: False, RequestKind.RELEASE_CLOCK: True}.get(request.kind, report.clock_held)
    at_home = report.agency == request.agency
    return at_home and report.state in FITTING[request.kind] and report.clock_held == held


def decider_of(report: Report, directory: Directory, *, refused: int = 0) -> str:
    """The agency that handed the report over; where that is unknown, the nearest one above.

    After ``refused`` refusals (*not mine*) enough, the coordinator: the national agency (features.md, beyond-list 15).
    """
    if refused >= CALLS_COORDINATOR:
        return directory.root
    if directory.agency(report.handed_by) and report.handed_by != report.agency:
        return report.handed_by
    above = directory.ancestors(report.agency)
    return above[0].id if above else directory.root
