"""A form that is sent twice is done once: the second click is shown what the first one came to."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

REMEMBERED = 4096


class Once:
    """What the newest forms of this process came to, by the token each was given out with."""

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._results: OrderedDict[str, asyncio.Future[str]] = OrderedDict()

    async def do(self, token: str, work: Callable[[], Awaitable[str]]) -> str:
        """The result of ``work``, which runs for the first call with ``token``; a form without one is always done.

        What raises was not done: the next call tries again. Whoever waited for it is told the same error.
        """
        if not token:
            return await work()
        if known := self._results.get(token):
            return await asyncio.shield(known)
        result = self._results[token] = asyncio.get_running_loop().create_future()
        while len(self._results) > self._remembered:
            self._results.popitem(last=False)
        try:
            done = await work()
        except BaseException as error:
            self._results.pop(token, None)
            _fail(result, error)
            raise
        result.set_result(done)
        return done


def _fail(result: "asyncio.Future[str]", error: BaseException) -> None:
    """A cancelled first click tells the second one so; an error that nobody waits for is no defect."""
    if isinstance(error, Exception):
        result.set_exception(error)
        result.exception()
    else:
        result.cancel()
