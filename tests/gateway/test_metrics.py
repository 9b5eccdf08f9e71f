"""The page that Prometheus fetches, read with Prometheus' own parser."""

from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Metrics, StoreFigures, make_metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(metrics.render().decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_every_metric_of_the_table_is_on_the_page() -> None:
    metrics = make_metrics()
    metrics.messages_received.labels(channel="sms", outcome="accepted").inc()
    metrics.accept_seconds.labels(channel="sms").observe(0.004)
    metrics.delivery_seconds.labels(channel="sms").observe(0.4)
    metrics.channel_up.labels(channel="sms").set(1)
    metrics.channel_silence_seconds.labels(channel="sms").set(12)
    metrics.news_up.set(1)
    metrics.refresh(
        StoreFigures(
            reports={"unverified": 7},
            jobs_due=2,
            outbox={("sms", "sent"): 5},
            balance={"sms": 0},
            links={("same_reporter", "linked"): 3},
            chats={"waiting": 4},
            drafts=6,
        )
    )

    shown = samples(metrics)

    assert shown["lapor_messages_received_total", (("channel", "sms"), ("outcome", "accepted"))] == 1
    assert shown["lapor_accept_seconds_count", (("channel", "sms"),)] == 1
    assert shown["lapor_delivery_seconds_sum", (("channel", "sms"),)] == 0.4
    assert shown["lapor_channel_up", (("channel", "sms"),)] == 1
    assert shown["lapor_channel_silence_seconds", (("channel", "sms"),)] == 12
    assert shown["lapor_reports", (("state", "unverified"),)] == 7
    assert shown["lapor_jobs_due", ()] == 2
    assert shown["lapor_outbox", (("channel", "sms"), ("state", "sent"))] == 5
    assert shown["lapor_balance", (("channel", "sms"),)] == 0
    assert shown["lapor_news_up", ()] == 1
    assert shown["lapor_chats", (("state", "waiting"),)] == 4
    assert shown["lapor_chats", (("state", "taken"),)] == 0
    assert shown["lapor_draft_messages", ()] == 6
    assert shown["lapor_duplicate_links_total", (("decision", "linked"), ("kind", "same_reporter"))] == 3


def test_a_state_that_emptied_shows_zero_and_no_old_figure() -> None:
    metrics = make_metrics()
    metrics.refresh(StoreFigures(reports={"unverified": 7}, outbox={("sms", "pending"): 4}))

    metrics.refresh(StoreFigures(reports={"verified": 7}, outbox={("sms", "sent"): 4}))

    shown = samples(metrics)
    assert shown["lapor_reports", (("state", "unverified"),)] == 0
    assert shown["lapor_outbox", (("channel", "sms"), ("state", "pending"))] == 0


def test_before_the_first_count_no_figure_is_pretended() -> None:
    assert "lapor_balance" not in make_metrics().render().decode()


def test_two_sets_of_metrics_know_nothing_of_each_other() -> None:
    one, other = make_metrics(), make_metrics()

    one.channel_up.labels(channel="sms").set(1)

    assert not [name for name, _ in samples(other) if name == "lapor_channel_up"]
