"""What every deployment watches, for Prometheus. No label and no value holds personal data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from core.model.lifecycle import State
from core.model.work import OutboxState

__all__ = ["CONTENT_TYPE", "Metrics", "StoreFigures", "make_metrics"]

ACCEPT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DELIVERY_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What only the database knows, counted at one moment.

    Attributes:
        reports: by state; a state that is left out counts 0.
        jobs_due: jobs whose time has come and that nobody works on.
        outbox: replies by (channel, state); a state that is left out counts 0 for each channel named.
        balance: by channel, messages received less messages accounted for: always 0 but for work in flight.
        links: repeats by (kind, decision).
        chats: chats that are not over, ``waiting`` and ``taken``; drafts: messages of reports that are not sent yet.
    """

    reports: Mapping[str, int] = field(default_factory=dict)
    jobs_due: int = 0
    outbox: Mapping[tuple[str, str], int] = field(default_factory=dict)
    balance: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[tuple[str, str], int] = field(default_factory=dict)
    chats: Mapping[str, int] = field(default_factory=dict)
    drafts: int = 0


class StoreCollector(Collector):
    """Shows the last figures of the database; nothing before the first were counted."""

    def __init__(self) -> None:
        self.figures: StoreFigures | None = None

    def collect(self) -> Iterable[Metric]:
        """One family for each figure, all from the same moment."""
        if self.figures is None:
            return ()
        return _show(self.figures)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The instruments, each named as in the table of metrics, without ``lapor_``.

    ``messages_received`` takes ``outcome`` accepted, repeated, busy or refused. ``channel_up`` and ``news_up`` are 1
    or 0.
    """

    registry: CollectorRegistry
    messages_received: Counter
    accept_seconds: Histogram
    delivery_seconds: Histogram
    channel_up: Gauge
    channel_silence_seconds: Gauge
    news_up: Gauge
    store: StoreCollector

    def refresh(self, figures: StoreFigures) -> None:
        """Show these figures from now on."""
        self.store.figures = figures

    def render(self) -> bytes:
        """Everything, in the text format of Prometheus (CONTENT_TYPE)."""
        return generate_latest(self.registry)


def make_metrics() -> Metrics:
    """A set of instruments of its own; nothing is registered globally."""
    registry = CollectorRegistry()
    store = StoreCollector()
    registry.register(store)
    return Metrics(
        registry=registry,
        messages_received=Counter(
            "lapor_messages_received", "Messages handed in.", ["channel", "outcome"], registry=registry
        ),
        accept_seconds=Histogram(
            "lapor_accept_seconds",
            "From a message's arrival to its commit.",
            ["channel"],
            buckets=ACCEPT_BUCKETS,
            registry=registry,
        ),
        delivery_seconds=Histogram(
            "lapor_delivery_seconds",
            "From a reply's cause to the network's word that it took it.",
            ["channel"],
            buckets=DELIVERY_BUCKETS,
            registry=registry,
        ),
        channel_up=Gauge("lapor_channel_up", "Whether the connection stands.", ["channel"], registry=registry),
        channel_silence_seconds=Gauge(
            "lapor_channel_silence_seconds", "Since the last message.", ["channel"], registry=registry
        ),
        news_up=Gauge("lapor_news_up", "Whether news of other processes are heard.", registry=registry),
        store=store,
    )


def _show(figures: StoreFigures) -> Iterable[Metric]:
    reports = GaugeMetricFamily("lapor_reports", "Reports by state.", labels=["state"])
    for state in State:
        reports.add_metric([state], figures.reports.get(state, 0))
    yield reports
    yield GaugeMetricFamily("lapor_jobs_due", "Jobs whose time has come.", value=figures.jobs_due)
    outbox = GaugeMetricFamily("lapor_outbox", "Replies by channel and state.", labels=["channel", "state"])
    for channel in sorted({channel for channel, _ in figures.outbox}):
        for waiting in OutboxState:
            outbox.add_metric([channel, waiting], figures.outbox.get((channel, waiting), 0))
    yield outbox
    balance = GaugeMetricFamily("lapor_balance", "Received less accounted for; always 0.", labels=["channel"])
    for channel, count in figures.balance.items():
        balance.add_metric([channel], count)
    yield balance
    links = CounterMetricFamily("lapor_duplicate_links", "Recognised repeats.", labels=["kind", "decision"])
    for (kind, decision), count in figures.links.items():
        links.add_metric([kind, decision], count)
    yield links
    chats = GaugeMetricFamily("lapor_chats", "Chats with a person that are not over.", labels=["state"])
    for whose in ("waiting", "taken"):
        chats.add_metric([whose], figures.chats.get(whose, 0))
    yield chats
    yield GaugeMetricFamily("lapor_draft_messages", "Messages of reports not sent yet.", value=figures.drafts)
