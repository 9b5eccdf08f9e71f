"""Who we are in leases, and which other owners are surely dead."""

import os
import secrets
import socket
from collections.abc import Collection
from datetime import datetime

from core.ports import Tx


def new_owner() -> str:
    """``host:pid:random``, at most 64 characters."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


def is_dead(owner: str, *, ours: str) -> bool:
    """Whether ``owner`` was a process of this machine that is gone. Of other machines nothing is known."""
    host, _, pid = owner.rpartition(":")[0].rpartition(":")
    if owner == ours or host != ours.rsplit(":", 2)[0] or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def end_dead(tx: Tx, *, ours: str, now: datetime) -> Collection[str]:
    """Free what dead processes of this machine held, without waiting for their leases to run out."""
    dead = {owner for owner in tx.leases.owners() if is_dead(owner, ours=ours)}
    if dead:
        tx.leases.end(dead, now=now)
    return dead
