"""A usual service: FastAPI, SQLAlchemy's ORM with asyncpg, one commit for each request. Runs in a venv of its own.

It does less than the gateway: one row, in plain text; no history, keyed digests, working days or jobs.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, FastAPI, Header
from pydantic import BaseModel, Field
from sqlalchemy import DateTime, String, Text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=20, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """The tables."""


class Report(Base):
    """A report."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    tracking_id: Mapped[str] = mapped_column(String(10), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    pin: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(20), index=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    reporter_name: Mapped[str] = mapped_column(Text)
    reporter_phone: Mapped[str] = mapped_column(Text, index=True)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    verify_by: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Reporter(BaseModel):
    """Who reports."""

    name: str = ""
    phone: str = ""


class NewReport(BaseModel):
    """The body of a request."""

    text: str = Field(min_length=1, max_length=20_000)
    title: str = ""
    reporter: Reporter = Reporter()


@asynccontextmanager
async def prepare(_app: FastAPI) -> AsyncIterator[None]:
    """Make the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def open_session() -> AsyncIterator[AsyncSession]:
    """One session for each request."""
    async with sessions() as session:
        yield session


app = FastAPI(lifespan=prepare)


@app.post("/api/v1/reports", status_code=201)
async def create(
    body: NewReport,
    session: Annotated[AsyncSession, Depends(open_session)],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, str]:
    """Store a report and commit."""
    now = datetime.now(UTC)
    report = Report(
        tracking_id=str(10**9 + secrets.randbelow(9 * 10**9)),
        idempotency_key=idempotency_key,
        pin=f"{secrets.randbelow(10**6):06}",
        state="unverified",
        title=body.title,
        text=body.text,
        reporter_name=body.reporter.name,
        reporter_phone=body.reporter.phone,
        received_at=now,
        verify_by=now + timedelta(days=3),
    )
    session.add(report)
    await session.commit()
    return {"tracking_id": report.tracking_id, "pin": report.pin, "state": report.state}
