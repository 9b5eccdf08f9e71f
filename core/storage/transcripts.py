"""Links to what was said in talks, in the database."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from core.model.talk import Transcript
from core.storage.tables import transcripts
from core.vault import Vault


class TranscriptRows:
    """``talks.Transcripts``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def _digest(self, token: str) -> bytes:
        """Keyed: the table alone opens nothing."""
        return self._vault.digest("transcript", token)

    def add(self, token: str, transcript: Transcript) -> None:
        """Of the token only the digest is kept."""
        self._connection.execute(insert(transcripts).values({"digest": self._digest(token), **asdict(transcript)}))

    def find(self, token: str, *, now: datetime) -> Transcript | None:
        """While it lasts."""
        columns = [column for column in transcripts.c if column.name != "digest"]
        good = transcripts.c.digest == self._digest(token), transcripts.c.until > now
        row = self._connection.execute(select(*columns).where(*good)).one_or_none()
        return None if row is None else Transcript(**row._mapping)

    def count(self, talk_id: str, *, since: datetime) -> int:
        """Whether they still last or not."""
        made = transcripts.c.talk == talk_id, transcripts.c.made_at >= since
        return self._connection.execute(select(func.count()).select_from(transcripts).where(*made)).scalar_one()

    def forget(self, *, before: datetime) -> None:
        """By their end."""
        self._connection.execute(delete(transcripts).where(transcripts.c.until < before))
