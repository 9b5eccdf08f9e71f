"""What the bot asks, with what can be chosen for each question."""

from collections.abc import Iterator
from types import MappingProxyType

from core.dialogue.contents import brings_files, missing, text_of
from core.dialogue.suggestions import region_names, suggest_agencies
from core.dialogue.turn import Turn, add_held, begin_draft, change_draft, is_only_files, part_held
from core.model.dialogue import Offer, Question, Visibility
from core.privacy import find_traces

SEND = Offer("send", says="KIRIM")
SKIP = Offer("skip", says="LEWATI", aside=True)
UNKNOWN = Offer("unknown", says="LEWATI")
CANCEL = Offer("cancel", says="BATAL", aside=True)
PHOTO = Offer("photo", says="FOTO")
HIDE_NAME = Offer("hide_name", says="ANONIM")
HIDE_REPORT = Offer("hide_report", says="RAHASIA")
SHOW = Offer("show", says="TERBUKA")
AGENCY = Offer("agency", says="INSTANSI")
NAME = Offer("name", says="NAMA")
SEND_ASIDE = Offer("send", says="KIRIM", aside=True)
RESUME = (Offer("resume", says="YA"), Offer("new", says="BARU"))
ADDITION = (Offer("addition", says="TAMBAHAN"), Offer("new", says="BARU"))
START_OVER = (Offer("throw_away", says="YA"), Offer("keep", says="TIDAK"))
LANGUAGES = (Offer("indonesian", says="BAHASA INDONESIA"), Offer("english", says="ENGLISH"))
OFFERS = MappingProxyType(
    {
        Question.WHERE: (SKIP,),
        Question.WHEN: (SKIP,),
        Question.EVIDENCE: (SKIP,),
        Question.IDENTITY: (SKIP,),
        Question.RESUME: RESUME,
        Question.ADDITION: ADDITION,
        Question.START_OVER: START_OVER,
        Question.LANGUAGE: LANGUAGES,
    }
)
EVENTS = MappingProxyType(
    {
        Question.WHAT: "talk_ask_what",
        Question.WHERE: "talk_ask_where",
        Question.WHEN: "talk_ask_when",
        Question.AGENCY: "talk_ask_agency",
        Question.EVIDENCE: "talk_ask_evidence",
        Question.IDENTITY: "talk_ask_name",
        Question.RESUME: "talk_resume",
        Question.START_OVER: "talk_start_over",
        Question.LANGUAGE: "talk_language",
        Question.ADDITION: "talk_addition",
        Question.SEND: "talk_send",
    }
)
SEEN = MappingProxyType({Visibility.ANONYMOUS: "talk_seen_anonymous", Visibility.SECRET: "talk_seen_secret"})
LONGEST_SAYS = 64
LONGEST_TRACE = 20
MOST_TRACES = 2


def ask(turn: Turn, question: Question, *, event: str = "", **facts: str) -> None:
    """Ask it, in the words of ``event`` where others fit better."""
    offers = _offers(turn, question)
    turn.change(asked=question, offered=offers, tries=turn.state.tries if turn.state.asked in (None, question) else 0)
    turn.say(event or _event(turn, question), offers=offers, **(facts or _facts(turn, question)))


def ask_next(turn: Turn) -> None:
    """What is to be known next: where held words belong, what is missing, whether to send. Nothing where nothing is."""
    if turn.state.held and turn.state.draft is None and turn.state.last is None:
        part_held(turn)
    if turn.state.held and turn.state.draft is None and is_only_files(turn.state.held):
        add_held(turn)
        turn.change(asked=None, offered=())
    elif turn.state.held:
        ask(turn, Question.RESUME if turn.state.draft else Question.ADDITION)
    elif turn.state.draft is not None:
        ask(turn, next_of(turn))
    else:
        turn.change(asked=None, offered=())


def next_of(turn: Turn) -> Question:
    """What is still to be asked for the draft."""
    if not turn.draft.pieces:
        return Question.WHAT
    return missing(turn.draft, region_names(turn.directory)) or Question.SEND


def greet(turn: Turn) -> None:
    """Say what this is, once, and ask for the report."""
    if turn.state.draft is None:
        begin_draft(turn)
    ask(turn, Question.WHAT, event="" if turn.state.greeted else "talk_welcome")
    turn.change(greeted=True)


def warn(turn: Turn) -> bool:
    """Whether the person had to be told first what gives them away in words that are to be sent without their name."""
    draft = turn.draft
    if draft.warned or draft.visibility not in SEEN:
        return False
    traces = find_traces(text_of(draft.pieces), name=draft.name)
    if not traces:
        return False
    change_draft(turn, warned=True)
    shown = dict.fromkeys(" ".join(trace.words.split())[:LONGEST_TRACE] for trace in traces)
    ask(turn, Question.SEND, event="talk_traces", jejak=", ".join(list(shown)[:MOST_TRACES]))
    return True


def remind(turn: Turn) -> None:
    """That a draft is not sent yet; the open question stays."""
    turn.change(reminded=True)
    if turn.state.held and turn.state.asked is not None:
        ask(turn, turn.state.asked)
    else:
        turn.say("talk_remind", offers=(SEND_ASIDE, CANCEL))


def _event(turn: Turn, question: Question) -> str:
    hidden = SEEN.get(turn.draft.visibility) if turn.draft.visibility else None
    return hidden if question is Question.SEND and hidden else EVENTS[question]


def _facts(turn: Turn, question: Question) -> dict[str, str]:
    last = turn.state.last
    return {"nomor": last.tracking_id} if question is Question.ADDITION and last else {}


def _offers(turn: Turn, question: Question) -> tuple[Offer, ...]:
    if question is Question.SEND:
        return tuple(_ways_to_send(turn))
    if question is Question.AGENCY:
        return (*_agencies(turn), UNKNOWN)
    return OFFERS.get(question, ())


def _ways_to_send(turn: Turn) -> Iterator[Offer]:
    draft = turn.draft
    done = {answer.question for answer in draft.answers}
    yield SEND
    if turn.manner.files and not brings_files(draft.pieces):
        yield PHOTO
    yield from (SHOW,) if draft.visibility in SEEN else (HIDE_NAME, HIDE_REPORT)
    if Question.AGENCY not in done and _suggested(turn):
        yield AGENCY
    if Question.IDENTITY not in done and draft.visibility is not Visibility.ANONYMOUS:
        yield NAME


def _suggested(turn: Turn) -> tuple[str, ...]:
    return suggest_agencies(text_of(turn.draft.pieces), turn.directory)


def _agencies(turn: Turn) -> Iterator[Offer]:
    for agency_id in _suggested(turn):
        agency = turn.directory.agency(agency_id)
        if agency is not None:
            short = len(agency.name.encode()) <= LONGEST_SAYS
            yield Offer(label=agency.name, says=agency.name if short else agency.id)
