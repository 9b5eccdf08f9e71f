"""X's refusals, word for word as it writes them (captured; ids replaced)."""

from typing import Any, Final

Body = dict[str, Any]
Refusal = tuple[int, Body]
"""The status and what stands in it."""

HTML: Final = "<html><head><title>503</title></head><body><h1>Service Temporarily Unavailable</h1></body></html>"


def forbidden(detail: str) -> Refusal:
    """403, told apart by its sentence alone."""
    return 403, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}


UNAUTHORIZED: Final[Refusal] = (
    401,
    {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
)
NO_CREDIT: Final[Refusal] = (
    402,
    {
        "account_id": 1708170817081708,
        "title": "CreditsDepleted",
        "detail": "Your enrolled account [1708170817081708] does not have any credits to fulfill this request.",
        "type": "https://api.twitter.com/2/problems/credits",
    },
)
TOO_MANY: Final[Refusal] = (
    429,
    {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429},
)
CAPPED: Final[Refusal] = (
    429,
    {
        "account_id": 1708170817081708,
        "product_name": "standard-basic",
        "title": "UsageCapExceeded",
        "period": "Monthly",
        "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.twitter.com/2/problems/usage-capped",
    },
)
APP_ONLY: Final[Refusal] = (
    403,
    {
        "title": "Unsupported Authentication",
        "detail": "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported "
        "authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
        "type": "https://api.twitter.com/2/problems/unsupported-authentication",
        "status": 403,
    },
)
READ_ONLY: Final[Refusal] = (
    403,
    {
        "title": "Forbidden",
        "status": 403,
        "detail": "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
        "type": "https://api.twitter.com/2/problems/oauth1-permissions",
    },
)
DUPLICATE: Final = forbidden("You are not allowed to create a Tweet with duplicate content.")
GONE: Final = forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
NOT_MENTIONED: Final = forbidden(
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
RESTRICTED: Final = forbidden("The original Tweet author restricted who can reply to this Tweet.")
NO_MESSAGES: Final = forbidden("You do not have permission to DM one or more participants.")
NO_SUCH_USER: Final[Refusal] = (
    404,
    {"detail": "Not Found", "type": "about:blank", "title": "Not Found", "status": 404},
)


def invalid(parameter: str, value: str, message: str) -> Refusal:
    """400 for a parameter."""
    return 400, {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }


def not_found(tweet: str, *, parameter: str = "ids") -> Body:
    """Beside ``data``: a tweet that is deleted."""
    return {
        "value": tweet,
        "detail": f"Could not find tweet with {parameter}: [{tweet}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": tweet,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def not_authorized(tweet: str, *, parameter: str = "ids") -> Body:
    """Beside ``data``: a tweet of somebody who protects theirs."""
    return {
        "resource_id": tweet,
        "parameter": parameter,
        "resource_type": "tweet",
        "section": "data",
        "title": "Authorization Error",
        "value": tweet,
        "detail": f"Sorry, you are not authorized to see the Tweet with {parameter}: [{tweet}].",
        "type": "https://api.twitter.com/2/problems/not-authorized-for-resource",
    }


def no_such_user(name: str) -> Body:
    """In place of ``data``: a handle that nobody has."""
    return {
        "value": name,
        "detail": f"Could not find user with username: [{name}].",
        "title": "Not Found Error",
        "resource_type": "user",
        "parameter": "username",
        "resource_id": name,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }
