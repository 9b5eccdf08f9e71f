"""Settings of manual forms."""

from typing import Annotated

import msgspec
from msgspec import Meta


class FormSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[form]``."""

    old_days: Annotated[
        int,
        Meta(
            ge=1, description="Before how many days something may have been received before the form asks to tick it."
        ),
    ] = 30
    max_scan: Annotated[
        int, Meta(ge=1, description="The largest scan, in bytes; limits.max_attachment_bytes applies as well.")
    ] = 10_485_760
    max_scans: Annotated[int, Meta(ge=0, le=10, description="How many scans one form may bring.")] = 10
