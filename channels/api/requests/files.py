"""How a program is told that a file is not taken."""

from http import HTTPStatus

from channels.api.wire.problems import Problem, wrong_field
from core.filetypes import EXTENSIONS, Empty, FileRefused, HasControls, NotUtf8, OtherKind, TooLarge


def problem_of(refused: FileRefused) -> Problem:
    """422 for an empty file, 413 for one too large, 415 for the rest."""
    match refused:
        case Empty():
            return wrong_field("file", "the file is empty")
        case TooLarge():
            return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The file is larger than {refused.limit} bytes.")
        case OtherKind():
            detail = f"The content is {refused.found}, not what the part declares. Declare that type."
        case NotUtf8():
            detail = "A text file must be UTF-8. Save it as UTF-8."
        case HasControls():
            detail = "A text file must not hold control characters."
        case _:
            detail = f"This kind of file is not taken. Use {', '.join(EXTENSIONS)}."
    return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
