"""Who a mail is really from: what a trusted server says, and our own check with a DNS of the test's own."""

import asyncio
import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.letter.model import Envelope, Letter, Mailbox
from channels.email.sorting.proofs.checks import LARGEST, SenderChecks, check_sender
from channels.email.sorting.proofs.domains import Owners, read_policy
from channels.email.sorting.proofs.lookups import Lookup, Unanswered
from channels.email.sorting.proofs.told import from_domain, read_proof
from core.model.message import Mark

OUTSIDE = "1.1.1.1"
DMARC = {("_dmarc.dinas-pu.go.id", "TXT"): [b"v=DMARC1; p=reject"]}


def letter(*results: str, sender: str = "budi@dinas-pu.go.id") -> Letter:
    headers = tuple(("authentication-results", result) for result in results)
    return Letter(headers=(("from", sender), *headers), sender=Mailbox("Budi", sender))


@pytest.mark.parametrize(
    ("results", "mark"),
    [
        (["mx.lapor.go.id; dmarc=pass header.from=dinas-pu.go.id"], Mark.SENDER_PROVEN),
        (["mx.lapor.go.id; dmarc=fail (p=reject dis=none) header.from=dinas-pu.go.id"], Mark.SENDER_DOUBTFUL),
        (["MX.lapor.go.id 1; spf=pass smtp.mailfrom=x; dmarc = pass header.from = dinas-pu.go.id"], Mark.SENDER_PROVEN),
        (["mx.lapor.go.id (a (nested; dmarc=fail) one); dmarc=pass"], Mark.SENDER_PROVEN),
        (['mx.lapor.go.id; dkim=fail reason="dmarc=fail; x"; dmarc=pass'], Mark.SENDER_PROVEN),
        (["mx.lapor.go.id; dkim=pass header.d=dinas-pu.go.id"], None),
        (["mx.lapor.go.id; dmarc=none header.from=dinas-pu.go.id"], None),
        (["mx.lapor.go.id; dmarc=temperror"], None),
        (["mx.lapor.go.id; none"], None),
        (["mx.lapor.go.id; dmarc=pass header.from=bank.contoh.id"], None),
        (["mx.lapor.go.id; dmarc=pass; dmarc=fail"], None),
        (["mx.penipu.id; dmarc=pass header.from=dinas-pu.go.id"], None),
        (["mx.lapor.go.id.penipu.id; dmarc=pass"], None),
        (["mx.penipu.id; dmarc=fail", "mx.lapor.go.id; dmarc=pass"], None),
        (["mx.lapor.go.id; dmarc=fail", "mx.lapor.go.id; dmarc=pass"], Mark.SENDER_DOUBTFUL),
        (["mx.lapor.go.id; spf=pass", "mx.lapor.go.id; dmarc=pass"], None),
        ([""], None),
        ([";;;"], None),
        ([], None),
    ],
)
def test_only_the_topmost_word_of_the_trusted_server_counts(results: list[str], mark: Mark | None) -> None:
    assert read_proof(letter(*results), server="mx.lapor.go.id") is mark


def test_without_a_trusted_server_no_header_is_believed() -> None:
    assert read_proof(letter("; dmarc=pass"), server="") is None
    assert read_proof(letter("mx.lapor.go.id; dmarc=pass"), server="") is None


@pytest.mark.parametrize(
    "written",
    [
        ["budi@dinas-pu.go.id", "x@penipu.id"],
        ["budi@dinas-pu.go.id, x@penipu.id"],
        ["<x@penipu.id>, budi@dinas-pu.go.id"],
        [],
    ],
)
def test_several_authors_or_none_have_no_domain(written: list[str]) -> None:
    mail = Letter(headers=tuple(("from", one) for one in written), sender=Mailbox("Budi", "budi@dinas-pu.go.id"))

    assert from_domain(mail) == ""


@pytest.mark.parametrize(
    "written", ["budi@dinas-pu.go.id", "Santoso, Budi <budi@dinas-pu.go.id>", "budi@dinas-pu.go.id, ani@Dinas-PU.go.id"]
)
def test_one_domain_in_from_is_its(written: str) -> None:
    mail = Letter(headers=(("from", written),), sender=Mailbox("Budi", "budi@dinas-pu.go.id"))

    assert from_domain(mail) == "dinas-pu.go.id"


def test_two_from_headers_prove_nothing() -> None:
    mail = letter("mx.lapor.go.id; dmarc=pass")

    doubled = Letter(headers=(("from", "x@y.id"), *mail.headers), sender=mail.sender)

    assert read_proof(doubled, server="mx.lapor.go.id") is None


@settings(deadline=None)
@given(st.text(alphabet='mx.lapor;dmarc=pass ()\\"\t', max_size=200))
def test_any_header_is_read(written: str) -> None:
    assert read_proof(letter("mx.lapor.go.id" + written), server="mx.lapor.go.id") in {None, *Mark}


@pytest.mark.parametrize("bomb", ["(" * 200_000, ";" * 200_000, '"' * 200_000, " " * 200_000, "dmarc=pass;" * 20_000])
def test_a_header_of_any_length_takes_no_time(bomb: str) -> None:
    assert read_proof(letter("mx.lapor.go.id;" + bomb), server="mx.lapor.go.id") in {None, Mark.SENDER_PROVEN}


@cache
def owners() -> Owners:
    return Owners()


@pytest.mark.parametrize(
    ("domain", "owner"),
    [
        ("surat.dinas-pu.go.id", "dinas-pu.go.id"),
        ("mail.sukamaju.desa.id", "sukamaju.desa.id"),
        ("a.b.contoh.co.id", "contoh.co.id"),
        ("smp4.sch.id", "smp4.sch.id"),
        ("a.koperasi.kop.id", "koperasi.kop.id"),
        ("x.contoh.ai.id", "contoh.ai.id"),
        ("mail.contoh.id", "contoh.id"),
        ("go.id", "go.id"),
    ],
)
def test_second_levels_of_id_belong_to_nobody(domain: str, owner: str) -> None:
    assert owners().owner_of(domain) == owner


@pytest.mark.parametrize(
    ("one", "other", "strict", "aligned"),
    [
        ("dinas.go.id", "lain.go.id", False, False),
        ("dinas.desa.id", "lain.desa.id", False, False),
        ("surat.dinas.go.id", "dinas.go.id", False, True),
        ("surat.dinas.go.id", "dinas.go.id", True, False),
        ("Dinas.go.id.", "dinas.go.id", True, True),
        ("satu.kop.id", "dua.kop.id", False, False),
        ("", "", False, False),
    ],
)
def test_offices_under_one_suffix_do_not_prove_each_other(one: str, other: str, strict: bool, aligned: bool) -> None:
    assert owners().are_aligned(one, other, strict=strict) is aligned


@pytest.mark.parametrize(
    ("records", "found"),
    [
        (["v=DMARC1; p=none"], True),
        (["v=DMARC1;p=reject;adkim=s"], True),
        (["v=spf1 -all", "v=DMARC1; p=none"], True),
        (["v=DMARC1; p=none", "v=DMARC1; p=none"], False),
        (["p=none; v=DMARC1"], False),
        (["v=DMARC1; p=maybe"], False),
        (["nonsense"], False),
        ([], False),
    ],
)
def test_a_policy_is_one_record_that_begins_with_its_version(records: list[str], found: bool) -> None:
    assert (read_policy(records) is not None) is found


@cache
def key_pair() -> tuple[bytes, bytes]:
    """The private key in PEM form and the record that publishes the other half."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def mail(sender: str = "budi@dinas-pu.go.id", text: str = "Jembatan putus.") -> bytes:
    return f"From: Budi <{sender}>\r\nTo: lapor@lapor.go.id\r\nSubject: Jembatan\r\n\r\n{text}\r\n".encode()


def signed(raw: bytes, domain: str = "dinas-pu.go.id", *, length: bool = False) -> bytes:
    return bytes(dkim.sign(raw, b"s1", domain.encode(), key_pair()[0], length=length)) + raw


def answering(**changed: list[bytes]) -> dict[tuple[str, str], list[bytes]]:
    """The records of the office; keys of ``changed`` are kinds of what is changed."""
    return DMARC | {
        ("s1._domainkey.dinas-pu.go.id", "TXT"): [key_pair()[1]],
        ("s1._domainkey.lain.go.id", "TXT"): [key_pair()[1]],
        ("dinas-pu.go.id", "TXT"): changed.get("spf", [b"v=spf1 ip4:1.1.1.1 -all"]),
    }


def asking(records: dict[tuple[str, str], list[bytes]], *, dead: str = "") -> Lookup:
    """A DNS that knows ``records`` and is silent about names with ``dead`` in them."""

    def ask(name: str, kind: str) -> list[bytes]:
        if dead and dead in name:
            raise Unanswered("dead")
        return records.get((name.lower(), kind), [])

    return ask


def checked(
    raw: bytes, ask: Lookup, *, client: str = OUTSIDE, envelope_sender: str = "budi@dinas-pu.go.id"
) -> Mark | None:
    envelope = Envelope(sender=envelope_sender, client=client, greeting="mx.dinas-pu.go.id")
    return check_sender(raw, letter(), envelope, ask=ask, owners=owners())


def test_a_signature_of_the_office_proves_it() -> None:
    assert checked(signed(mail()), asking(answering()), client="9.9.9.9") is Mark.SENDER_PROVEN


def test_a_server_of_the_office_proves_it() -> None:
    assert checked(mail(), asking(answering())) is Mark.SENDER_PROVEN


def test_a_policy_of_the_owner_counts_for_what_is_below_it() -> None:
    raw = mail("budi@surat.dinas-pu.go.id")
    envelope = Envelope(sender="budi@dinas-pu.go.id", client=OUTSIDE, greeting="x")

    mark = check_sender(
        raw, letter(sender="budi@surat.dinas-pu.go.id"), envelope, ask=asking(answering()), owners=owners()
    )

    assert mark is Mark.SENDER_PROVEN


@pytest.mark.parametrize(
    ("raw", "client", "envelope_sender"),
    [
        (mail(), "9.9.9.9", "budi@dinas-pu.go.id"),
        (mail(), "9.9.9.9", "penipu@penipu.id"),
        (signed(mail()).replace(b"putus", b"utuh."), "9.9.9.9", "budi@dinas-pu.go.id"),
        (signed(mail(), "lain.go.id"), "9.9.9.9", "x@lain.go.id"),
        (signed(mail(), length=True) + b"Dan bayar ke rekening ini.\r\n", "9.9.9.9", ""),
    ],
    ids=["another server", "another sender", "altered", "another office", "added to"],
)
def test_what_nobody_proves_is_doubtful(raw: bytes, client: str, envelope_sender: str) -> None:
    assert checked(raw, asking(answering()), client=client, envelope_sender=envelope_sender) is Mark.SENDER_DOUBTFUL


@pytest.mark.parametrize("client", ["127.0.0.1", "10.1.2.3", "::1", ""])
def test_behind_a_server_of_our_own_nobody_is_doubted(client: str) -> None:
    assert checked(mail(), asking(answering()), client=client) is None
    assert checked(signed(mail()), asking(answering()), client=client) is Mark.SENDER_PROVEN


def test_a_domain_without_a_policy_is_neither() -> None:
    assert checked(signed(mail()), asking({})) is None


@pytest.mark.parametrize("dead", ["_dmarc.", "_domainkey.", "dinas"])
def test_a_dns_that_does_not_answer_doubts_nobody(dead: str) -> None:
    with pytest.raises(Unanswered):
        checked(signed(mail()), asking(answering(), dead=dead), client="9.9.9.9")


def test_a_dns_that_does_not_answer_about_spf_doubts_nobody() -> None:
    records = answering(spf=[b"v=spf1 include:mati.contoh.id -all"])

    with pytest.raises(Unanswered):
        checked(mail(), asking(records, dead="mati"), client="9.9.9.9")


def test_the_signature_of_a_very_large_mail_is_not_looked_at() -> None:
    large = mail(text="A" * LARGEST)

    assert checked(signed(large), asking(answering()), client="9.9.9.9") is Mark.SENDER_DOUBTFUL
    assert checked(large, asking(answering())) is Mark.SENDER_PROVEN


def test_nothing_is_asked_about_signatures_of_others() -> None:
    others = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; d=lambat.penipu.id; s=s%d; h=from; bh=AAAA; b=AAAA\r\n" % n
        for n in range(9)
    )

    forged = checked(others + mail(), asking(answering(), dead="penipu"), client="9.9.9.9")
    right = checked(others + signed(mail()), asking(answering(), dead="penipu"), client="9.9.9.9")

    assert (forged, right) == (Mark.SENDER_DOUBTFUL, Mark.SENDER_PROVEN)


@contextmanager
def checks(ask: Callable[[float], Lookup], *, seconds: float = 5) -> Iterator[SenderChecks]:
    checks = SenderChecks(seconds=seconds, owners=owners(), ask=ask)
    try:
        yield checks
    finally:
        checks.close()


ENVELOPE = Envelope(sender="budi@dinas-pu.go.id", client=OUTSIDE, greeting="mx.dinas-pu.go.id")


async def test_a_check_runs_beside_the_loop() -> None:
    with checks(lambda _: asking(answering())) as sender:
        mark = await sender.check(mail(), letter(), ENVELOPE)

    assert mark is Mark.SENDER_PROVEN


async def test_a_check_ends_in_time() -> None:
    ended = threading.Event()

    def hang(name: str, kind: str) -> list[bytes]:
        ended.wait(10)
        return []

    with checks(lambda _: hang, seconds=0.05) as sender:
        async with asyncio.timeout(5):
            mark = await sender.check(mail(), letter(), ENVELOPE)
        ended.set()

    assert mark is None


@pytest.mark.parametrize("error", [Unanswered("x"), ValueError("x"), RecursionError("x")])
async def test_no_error_leaves_a_check(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def fail(name: str, kind: str) -> list[bytes]:
        raise error

    with checks(lambda _: fail) as sender:
        mark = await sender.check(mail(), letter(), ENVELOPE)

    assert mark is None
    assert "dinas" not in caplog.text


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.text(max_size=60), st.text(max_size=30))
def test_no_mail_and_no_record_breaks_a_check(raw: bytes, record: str, sender: str) -> None:
    def ask(name: str, kind: str) -> list[bytes]:
        return [b"v=DMARC1; p=none" if name.startswith("_dmarc.") else b"v=spf1 " + record.encode()]

    with_signature = b"DKIM-Signature: v=1; a=rsa-sha256; " + raw + b"\r\n" + mail()
    envelope = Envelope(sender=f"{sender}@dinas-pu.go.id", client=OUTSIDE, greeting=sender)

    mark = asyncio.run(run_once(with_signature, envelope, ask))

    assert mark in {None, Mark.SENDER_PROVEN, Mark.SENDER_DOUBTFUL}


async def run_once(raw: bytes, envelope: Envelope, ask: Lookup) -> Mark | None:
    with checks(lambda _: ask) as sender:
        return await sender.check(raw, letter(), envelope)
