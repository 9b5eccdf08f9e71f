"""Ids that sort by time, so that indexes grow at one end."""

import os
import time


def new_id() -> str:
    """A random UUID version 7 (RFC 9562 §5.7) as 32 hexadecimal digits."""
    milliseconds = time.time_ns() // 1_000_000
    value = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    value[6] = 0x70 | (value[6] & 0x0F)
    value[8] = 0x80 | (value[8] & 0x3F)
    return value.hex()
