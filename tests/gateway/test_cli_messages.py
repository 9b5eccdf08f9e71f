"""What waits for a person, decided from a terminal."""

from core.intake import Offer, accept_all
from core.model.message import Address, Inbound
from gateway.bootstrap import Parts
from gateway.runner import run_due
from tests.gateway.conftest import Lapor

FLOOD = "Kak, di Kemang Pratama banjir setinggi lutut dari subuh @lapor1708"
THANKS = "Terima kasih sudah diperbaiki min @lapor1708"


async def mention(parts: Parts) -> None:
    """Two mentions without the sign that asks for a report, one after the other."""
    now, office = parts.clock.now(), parts.office
    for at, text in enumerate((FLOOD, THANKS)):
        message = Inbound(
            channel="twitter",
            connection="main",
            external_id=f"19000000000000000{at:02}",
            sender=Address("x", f"224499494{at}"),
            received_at=now,
            text=text,
            context="@tetangga: coba lapor",
            mention=True,
        )
        offers = [Offer(message, "twitter/main")]
        await parts.store.write(lambda tx, given=offers: accept_all(tx, given, office=office, now=now))  # type: ignore[misc]
        await run_due(parts.bench)


def test_what_waits_is_listed_for_programs(lapor: Lapor) -> None:
    lapor.within(mention)

    rows = lapor("messages", "list", "--json").rows

    assert [(row["text"], row["why"], row["channel"]) for row in rows] == [
        (FLOOD, "mention", "twitter"),
        (THANKS, "mention", "twitter"),
    ]
    assert (rows[0]["context"], rows[0]["marks"], rows[0]["attachments"]) == ("@tetangga: coba lapor", [], [])
    assert len(lapor("messages", "list", "--json", "--limit", "1").rows) == 1
    assert lapor("messages", "list", "--json", "--limit", "-1").rows == []
    assert FLOOD[:20] in lapor("messages", "list").out


def test_a_message_is_made_a_report_and_another_dismissed(lapor: Lapor) -> None:
    lapor.within(mention)
    first, second = (row["id"] for row in lapor("messages", "list", "--json").rows)

    (made,) = lapor("messages", "report", first, "--json").rows
    dismissed = lapor("messages", "dismiss", second, "--reason", "chatter")

    (report,) = lapor("queue", "list", "--json").rows
    assert made == {"id": first, "outcome": "report", "tracking_id": report["tracking_id"]}
    assert report["text"] == FLOOD
    assert (dismissed.code, dismissed.out) == (0, f"{second}: dismissed\n")
    assert lapor("messages", "list", "--json").rows == []


def test_a_message_is_attached_to_a_report(lapor: Lapor) -> None:
    (number,) = lapor.receive(("6281234567801", "Banjir di Kemang Pratama Bekasi, pompa rumah warga mati"))
    lapor.within(mention)
    first = lapor("messages", "list", "--json").rows[0]["id"]

    said = lapor("messages", "attach", first, number[:4], number[4:])

    assert said.code == 0
    (report,) = lapor("queue", "show", number, "--json").rows
    assert FLOOD in [entry["text"] for entry in report["history"]]


def test_what_is_decided_cannot_be_decided_again(lapor: Lapor) -> None:
    lapor.within(mention)
    first = lapor("messages", "list", "--json").rows[0]["id"]
    assert lapor("messages", "report", first).code == 0

    again = lapor("messages", "dismiss", first, "--reason", "spam")

    assert again.code != 0
    assert "settled" in again.err


def test_it_is_not_for_every_role(lapor: Lapor) -> None:
    lapor.within(mention)
    added = lapor("staff", "add", "nia", "--role", "agency_admin", "--agency", "kota-bekasi")
    assert added.code == 0

    said = lapor("messages", "--as", "nia", "list", "--json")

    assert said.code != 0
    assert FLOOD not in said.out
