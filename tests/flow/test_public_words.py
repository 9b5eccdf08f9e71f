"""What people write in public: mentions, words passed on, words changed and taken back."""

from dataclasses import replace

import pytest

from core.conversation import InOtherHands, converse
from core.model.lifecycle import State
from core.model.listing import Selection
from core.model.message import Inbound, Mark
from core.model.report import Event, Report
from core.model.work import LinkDecision, Outcome
from core.storage.store import SqlStore
from tests.flow.post import ADI, JOKO, LAMP, ROAD, WATI, Post, a_tweet

CORRECTED = f"{ROAD}. Ralat: KM 8"


@pytest.fixture
def post(store: SqlStore) -> Post:
    """The core, on each database."""
    return Post(store)


async def a_reported_tweet(post: Post) -> tuple[Inbound, Report]:
    tweet = a_tweet()
    report, _ = await post.file(tweet)
    return tweet, report


async def supporters(post: Post, report: Report) -> int:
    return await post.read(lambda tx: tx.links.supporters(report.id))


@pytest.mark.parametrize("words", ["Tolong dong jalannya rusak parah", ""])
async def test_a_mention_without_the_sign_waits_for_a_person(post: Post, words: str) -> None:
    tweet = a_tweet(words, mention=True)

    assert await post.bring(tweet) == []

    assert await post.outcome(tweet) == ("parked", "mention")
    assert await post.balance() == {0}


async def test_a_mention_that_commands_is_obeyed(post: Post) -> None:
    tweet = a_tweet("STATUS", mention=True)

    (reply,) = await post.bring(tweet)

    assert (reply.event, await post.outcome(tweet)) == ("help", ("command", ""))


async def test_a_mention_in_ones_own_thread_is_an_addition(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)

    await post.bring(a_tweet("Hari ini ada yang jatuh lagi", mention=True, belongs_to=(tweet.external_id,)))

    assert [line.text for line in await post.lines(report, Event.ADDED)] == ["Hari ini ada yang jatuh lagi"]


async def test_a_mention_below_anothers_report_waits_for_a_person(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    below = a_tweet("Betul ini parah", sender=WATI, mention=True, belongs_to=(tweet.external_id,))

    assert await post.bring(below) == []

    assert await post.outcome(below) == ("parked", "stranger")
    assert len(await post.lines(report)) == 1


async def test_a_mention_answers_ones_own_question(post: Post) -> None:
    _, report = await a_reported_tweet(post)
    await post.ask(report, "RT berapa?")

    await post.bring(a_tweet("RT 03", mention=True))

    assert (await post.report(report.id)).state is State.INFORMATION_RECEIVED


async def test_who_passes_a_report_on_counts_once_and_is_not_answered(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    passing = [a_tweet("", sender=each, supports=tweet.external_id) for each in (WATI, WATI, JOKO, ADI)]

    replies = [await post.bring(each) for each in passing]

    assert replies == [[], [], [], []]
    assert await supporters(post, report) == 2
    assert [await post.outcome(each) for each in passing] == [("support", "")] * 4
    assert dict(await post.read(lambda tx: tx.listing.supporters([report.id]))) == {report.id: 2}


async def test_words_beside_it_are_for_staff(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)

    await post.bring(a_tweet("Setuju, parah", sender=WATI, supports=tweet.external_id, mention=True))

    (line,) = await post.lines(report, Event.SUPPORTED)
    assert (line.text, line.public, await supporters(post, report)) == ("Setuju, parah", False, 1)


async def test_a_report_of_ones_own_beside_it_is_linked(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    own = a_tweet("Di depan rumah saya lubangnya lebih dalam", sender=WATI, supports=tweet.external_id)

    replies = await post.bring(own)

    theirs = await post.report_of(own)
    assert [reply.event for reply in replies] == ["received", "linked"]
    assert (theirs.duplicate_of, await supporters(post, report)) == (report.id, 1)
    (link,) = await post.read(lambda tx: tx.links.of_report(theirs.id))
    assert (link.first_report, link.decision) == (report.id, LinkDecision.LINKED)


async def test_who_reported_beside_it_counts_once(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    await post.bring(a_tweet(LAMP, sender=WATI, supports=tweet.external_id))

    await post.bring(a_tweet("", sender=WATI, supports=tweet.external_id))

    assert await supporters(post, report) == 1


async def test_a_secret_report_has_no_supporting_reports(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    await post.write(lambda tx: tx.reports.save(replace(tx.reports.lock(report.id), secret=True)))
    own = a_tweet(LAMP, sender=WATI, supports=tweet.external_id)

    await post.bring(own)

    assert (await post.report_of(own)).duplicate_of == ""


async def test_passing_on_what_we_never_had_comes_to_nothing(post: Post) -> None:
    tweet = a_tweet("", sender=WATI, supports="99")

    assert await post.bring(tweet) == []

    assert await post.outcome(tweet) == ("dismissed", "unknown_original")
    assert await post.balance() == {0}


async def test_words_beside_what_we_never_had_are_read_as_any(post: Post) -> None:
    tweet, mention = (a_tweet(sender=each, supports="99", mention=each is JOKO) for each in (WATI, JOKO))

    await post.bring(tweet)
    await post.bring(mention)

    assert [await post.outcome(each) for each in (tweet, mention)] == [("report", ""), ("parked", "mention")]


async def test_what_is_passed_on_before_its_step_is_settled_first(post: Post) -> None:
    tweet = a_tweet()
    await post.take(tweet)
    passing = a_tweet("", sender=WATI, supports=tweet.external_id)
    (passing_id,) = await post.take(passing)

    await post.write(lambda tx: converse(tx, passing_id, office=post.office, now=post.now))

    assert await supporters(post, await post.report_of(tweet)) == 1
    assert len(await post.reports()) == 1


async def test_while_somebody_works_on_the_original_one_waits(post: Post) -> None:
    tweet = a_tweet()
    await post.take(tweet)
    (passing_id,) = await post.take(a_tweet("", sender=WATI, supports=tweet.external_id))
    await post.store.write(
        lambda tx: tx.jobs.claim(owner="b", now=post.now, lease=post.office.rules.claim_lease, limit=1)
    )

    with pytest.raises(InOtherHands):
        await post.store.write(lambda tx: converse(tx, passing_id, office=post.office, now=post.now))


async def test_an_edit_keeps_both_versions_and_corrects_the_report(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    edit = a_tweet(CORRECTED, replaces=tweet.external_id)

    assert await post.bring(edit) == []

    changed = await post.report(report.id)
    (line,) = await post.lines(report, Event.EDITED)
    assert (changed.text, changed.original_text, line.text, line.context) == (CORRECTED, CORRECTED, CORRECTED, ROAD)
    assert await post.outcome(edit) == ("addition", "edited")
    assert len(await post.reports()) == 1


async def test_an_edit_of_an_edit_corrects_as_well(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    edit = a_tweet(CORRECTED, replaces=tweet.external_id)
    await post.bring(edit)

    await post.bring(a_tweet(LAMP, replaces=edit.external_id))

    assert (await post.report(report.id)).text == LAMP


async def test_what_staff_corrected_stays(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    await post.write(lambda tx: tx.reports.save(replace(tx.reports.lock(report.id), text="Jalan berlubang, KM 7")))

    await post.bring(a_tweet(CORRECTED, replaces=tweet.external_id))

    changed = await post.report(report.id)
    assert (changed.text, changed.original_text) == ("Jalan berlubang, KM 7", CORRECTED)


async def test_a_report_is_found_by_its_newer_words(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    await post.bring(a_tweet(f"{ROAD} dekat Bundaran Maruga", replaces=tweet.external_id))

    asked = Selection(states=frozenset({State.UNVERIFIED}), words=("maruga",))
    found = await post.read(lambda tx: tx.listing.page(asked, after=None, limit=9))

    assert [each.id for each in found.reports] == [report.id]


async def test_an_edit_of_an_addition_corrects_nothing(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    addition = a_tweet("Tadi pagi jatuh lagi", belongs_to=(tweet.external_id,))
    await post.bring(addition)

    await post.bring(a_tweet("Tadi malam jatuh lagi", replaces=addition.external_id))

    (line,) = await post.lines(report, Event.EDITED)
    assert (line.text, line.context) == ("Tadi malam jatuh lagi", "Tadi pagi jatuh lagi")
    assert (await post.report(report.id)).text == ROAD


async def test_a_newer_version_before_its_step_is_used_once(post: Post) -> None:
    tweet, edit = a_tweet(), a_tweet(CORRECTED)
    edit = replace(edit, replaces=tweet.external_id)
    _, edit_id = await post.take(tweet, edit)

    await post.write(lambda tx: converse(tx, edit_id, office=post.office, now=post.now))

    (report,) = await post.reports()
    assert report.text == CORRECTED
    assert [await post.outcome(each) for each in (tweet, edit)] == [("repeat", "edited"), ("report", "")]
    assert len(await post.send()) == 1


async def test_a_mention_that_gets_the_sign_becomes_a_report(post: Post) -> None:
    mention = a_tweet(mention=True)
    await post.bring(mention)
    edit = a_tweet(replaces=mention.external_id)

    await post.bring(edit)

    assert [await post.outcome(each) for each in (mention, edit)] == [("repeat", "edited"), ("report", "")]


async def test_nobody_edits_anothers_words(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)

    await post.bring(a_tweet(LAMP, sender=WATI, replaces=tweet.external_id))
    await post.bring(a_tweet("", sender=JOKO, replaces=tweet.external_id, marks=(Mark.DELETED,)))

    assert (await post.report(report.id)).text == ROAD
    assert await post.lines(report, Event.EDITED, Event.AUTHOR_DELETED) == []


async def test_what_its_author_deleted_stays_and_is_marked_once(post: Post) -> None:
    tweet, report = await a_reported_tweet(post)
    taken_back = [a_tweet("", replaces=tweet.external_id, marks=(Mark.DELETED,)) for _ in range(2)]

    replies = [await post.bring(each) for each in taken_back]

    (line,) = await post.lines(report, Event.AUTHOR_DELETED)
    changed = await post.report(report.id)
    assert (replies, line.public, changed.marks, changed.text) == ([[], []], False, (Mark.DELETED,), ROAD)


@pytest.mark.parametrize("mention", [False, True])
async def test_what_is_deleted_before_anything_came_of_it_comes_to_nothing(post: Post, mention: bool) -> None:
    tweet = a_tweet(mention=mention)
    taken_back = a_tweet("", replaces=tweet.external_id, marks=(Mark.DELETED,))
    if mention:
        await post.bring(tweet)
        await post.bring(taken_back)
    else:
        _, deletion = await post.take(tweet, taken_back)
        await post.write(lambda tx: converse(tx, deletion, office=post.office, now=post.now))

    assert [await post.outcome(each) for each in (tweet, taken_back)] == [("dismissed", "deleted")] * 2
    assert (await post.reports(), await post.send(), await post.balance()) == ([], [], {0})


async def test_deleting_what_is_unknown_comes_to_nothing(post: Post) -> None:
    taken_back = a_tweet("", replaces="99", marks=(Mark.DELETED,))

    await post.bring(taken_back)

    assert await post.outcome(taken_back) == (Outcome.DISMISSED.value, "deleted")
