"""The body of a form as it came."""

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, web
from aiohttp.http import HttpProcessingError
from multidict import MultiDictProxy

Posted = MultiDictProxy[str | bytes | bytearray | web.FileField]

# In all these ways aiohttp tells of a body that no browser sends; its words quote the body.
BROKEN = (
    ValueError,
    LookupError,
    AssertionError,
    BadContentDispositionHeader,
    BadContentDispositionParam,
    web.RequestPayloadError,
    HttpProcessingError,
)


async def read_post(request: web.Request) -> Posted:
    """Every field, read once. Raises HTTPBadRequest, HTTPRequestEntityTooLarge."""
    try:
        return await request.post()
    except BROKEN as error:
        raise web.HTTPBadRequest(text="Formulir tidak dapat dibaca. (400)") from error
