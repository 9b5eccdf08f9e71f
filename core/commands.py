"""Commands a citizen may write in any channel: STATUS, BALAS, PUAS, BELUM, BATAL, BANTUAN, BERHENTI, MULAI, LANJUT.

They are understood in English as well, and where no other meaning is near in Javanese and Sundanese.

Reports often begin with the same words ("Info jalan rusak", "Stop pungli", "cek bansos tidak cair"), so a command
is read only where nothing else can be meant: with a tracking number right behind the verb, or as the whole text.
"""

import re
from dataclasses import dataclass, field

from core import tracking
from core.lexicon import words
from core.model.message import Command, Verb

VERBS: dict[str, Verb] = {
    **dict.fromkeys(("status", "cek", "lacak"), Verb.STATUS),
    **dict.fromkeys(("balas", "answer"), Verb.ANSWER),
    **dict.fromkeys(("puas", "satisfied"), Verb.SATISFIED),
    **dict.fromkeys(("belum", "unsolved"), Verb.UNSATISFIED),
    **dict.fromkeys(("batal", "cancel"), Verb.WITHDRAW),
    **dict.fromkeys(("lanjut", "continue"), Verb.CONTINUE),
    **dict.fromkeys(("bantuan", "info", "help"), Verb.HELP),
    **dict.fromkeys(("berhenti", "stop"), Verb.STOP),
    **dict.fromkeys(("mulai", "start"), Verb.START),
}
SPELLINGS: dict[str, Verb] = {
    **VERBS,
    **dict.fromkeys(("stts", "sts", "stat", "setatus", "check", "chek", "ceck", "cekk", "ceek", "cke"), Verb.STATUS),
    "track": Verb.STATUS,
    **dict.fromkeys(("bales", "jawab", "wangsulan", "reply"), Verb.ANSWER),
    **dict.fromkeys(("puass", "puaas", "pusa", "paus", "upas"), Verb.SATISFIED),
    **dict.fromkeys(("blm", "blum", "belom", "durung", "dereng", "unsatisfied", "dissatisfied"), Verb.UNSATISFIED),
    **dict.fromkeys(("batalkan", "cabut", "wurung"), Verb.WITHDRAW),
    **dict.fromkeys(("lanjutkan", "lanjutin", "teruskan"), Verb.CONTINUE),
    **dict.fromkeys(("pitulung", "pitulungan", "bantosan"), Verb.HELP),
    **dict.fromkeys(("setop", "unreg", "mandheg", "mandeg", "eureun"), Verb.STOP),
    **dict.fromkeys(("miwiti", "mimiti"), Verb.START),
}
ASIDES = {"pesan": Verb.MESSAGE, "message": Verb.MESSAGE, "tautan": Verb.LINK, "link": Verb.LINK}
"""Exactly so: they are everyday words."""
CONTINUING = frozenset({Verb.CONTINUE, Verb.START})
"""Links to Telegram say ``/start CODE``."""
ALONE = frozenset({Verb.HELP, Verb.STOP, Verb.START})
FILLERS = words(
    "status laporan lapor pengaduan aduan tiket nomor nomer nmr nmer no num id kode saya sy untuk utk dari dengan"
    " dgn tracking lacak puas selesai beres number report ticket my the of for with"
)
POLITE = words("pak bu bpk ibu bapak min admin kak mas mbak ya yah dong tolong tlg mohon mhn halo hai hello hi")
POLITE |= words("please pls sir madam dear you tulung nyuwun punten kulo nuwun sewu hatur")
THANKS = words("terima kasih terimakasih makasih trims tks thx thanks thank matur maturnuwun suwun nuhun")
NEGATIONS = words("tidak tdk tak gak ga gk nggak enggak belum blm kurang bukan not isn don didn doesn dont")
NEGATIONS |= words("ora mboten boten durung dereng henteu teu")
ABOUT_STATUS = FILLERS | POLITE | THANKS | words("bagaimana gimana gmn sampai mana 1708")
ABOUT_WITHDRAWAL = POLITE | THANKS | words("laporan lapor aduan pengaduan saya sy my the report")
ABOUT_LAPOR = POLITE | THANKS | words("lapor 1708 sp4n lapor1708 sms messages")
ABOUT_TALKS = words("kode code dengan dgn with pakai no nomor obrolan percakapan chat")

NOISE = re.compile(r"(?:@\w*|#(?:lapor|sp4n)\w*|[^\w@])*", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]+")
BETWEEN = re.compile(rf"(?:[\W_]*(?:{'|'.join(sorted(FILLERS))})(?![^\W\d_])){{0,5}}[\W_]*", re.IGNORECASE)
TRACKED = re.compile(rf"[1-9](?:{tracking.SEPARATORS}[0-9]){{9}}(?![0-9])")
MISCOUNTED = re.compile(r"[0-9](?:[\s.-]?[0-9]){3,19}(?![0-9])")
PIN = re.compile(r"[\s.,:;/-]*(?:pin[\s.:]*)?([0-9]{4,6}|[0-9]{3}[ -][0-9]{3})(?![0-9])", re.IGNORECASE)
DOTS = "••••••"
SAID_PIN = re.compile(
    rf"((?<![0-9]){TRACKED.pattern}[\s.,:;/-]*(?:pin[\s.:]*)?|\bpin\b(?:\s(?:anda|saya|is|adalah)){{0,2}}[\s.:]*)"
    r"(?:[0-9]{6}|[0-9]{3}[ -][0-9]{3})(?![0-9])",
    re.IGNORECASE,
)
RATING = re.compile(
    r"[\s.,:;=-]*(?:(?:nilai|bintang|rating|skor|rate|score)[\s:=]*)?([1-5])(?:\s*/\s*5)?(?![\w,./]*\w)", re.IGNORECASE
)
UNHAPPY = re.compile(r"\s+(?:puas|satisfied|solved)(?![^\W\d_])", re.IGNORECASE)
PUNCTUATION = " \t\r\n.,:;-#/"
HEAD = 200


@dataclass(frozen=True, slots=True)
class Opening:
    """A verb and what stands behind it. ``exact``: the verb is written as it is announced."""

    verb: Verb
    exact: bool
    rest: str = field(repr=False)


def read_command(text: str, *, public: bool = False, title: bool = False) -> Command | None:
    """The command in ``text``, or None when it may be anything else. ``public``: everyone reads what is written there,
    so PESAN and TAUTAN mean something. ``title``: it is a subject line, where a number alone names a report and asks
    nothing.

    ``Command.tracking_id`` is empty where none was given (the caller takes the sender's latest report). It may be
    a number that was never issued, or of another length: the caller answers that there is no such report.
    """
    body = _behind(NOISE, text)
    aside = _read_aside(body) if public else None
    if aside is not None:
        return aside
    opening = _read_opening(body)
    bare = None if title else _read_bare_number(body)
    command = _read_rest(opening) if opening else bare
    return command or _read_behind_courtesy(body)


def _read_bare_number(body: str) -> Command | None:
    """Who writes nothing but the number of a report, with its PIN or without, asks how it stands."""
    body = _behind(BETWEEN, body)
    tracked = TRACKED.match(body)
    if tracked is None or not tracking.is_valid(number := tracking.digits_of(tracked.group())):
        return None
    command = _status(number, body[tracked.end() :])
    return command if command is not None and not command.text else None


def _read_aside(body: str) -> Command | None:
    """As the whole text, or with a number and nothing more: "Pesan saya belum dijawab" is none."""
    first = LETTERS.match(body)
    verb = ASIDES.get(first.group().casefold()) if first else None
    if first is None or verb is None:
        return None
    rest = body[first.end() :]
    behind_fillers = _behind(BETWEEN, rest)
    tracked = TRACKED.match(behind_fillers)
    number = tracking.digits_of(tracked.group()) if tracked else ""
    rest = behind_fillers[tracked.end() :] if tracked else rest
    return Command(verb, tracking_id=number) if _says_only(rest, POLITE | THANKS) else None


def read_choice(text: str) -> int | None:
    """1 or 2 when ``text`` is an answer to "1 tambahan, 2 laporan baru" and nothing more; else None."""
    said = [word for word in re.findall(r"[a-z]+|[0-9]+", text[:HEAD].casefold()) if word not in POLITE | THANKS]
    while said and said[0] in CHOICE_LEADS:
        del said[0]
    return CHOICES.get(" ".join(said)) if len(text) <= HEAD else None


def read_in_thread(text: str) -> Command | None:
    """A command that names no report, in an answer to what we wrote about one: there also "BELUM jalan masih rusak",
    "BALAS teks" and "PUAS 5 sudah bagus" mean that report. None for anything else.
    """
    opening = _read_opening(_behind(NOISE, text))
    if opening is None or not opening.exact:
        return None
    words_behind = opening.rest.strip(PUNCTUATION)
    if opening.verb is Verb.UNSATISFIED or (opening.verb is Verb.ANSWER and words_behind):
        return Command(opening.verb, text=words_behind)
    if opening.verb is Verb.SATISFIED and RATING.match(opening.rest):
        return _satisfied("", opening.rest)
    return None


def is_courtesy(text: str) -> bool:
    """Whether nothing is said but a greeting or thanks, if anything."""
    return _says_only(text, POLITE | THANKS)


def is_thanks(text: str) -> bool:
    """Whether ``text`` thanks, and says nothing more."""
    return _says_only(text, GRATEFUL) and bool(THANKS & set(_words_of(text)))


def says_yes(text: str) -> bool:
    """Whether a word of agreement is in it."""
    return bool(YES & set(_words_of(text[:HEAD])))


def is_yes(text: str) -> bool:
    """Whether ``text`` says "YA bila benar" and nothing more: a word of doubt or correction makes it more."""
    said = set(_words_of(text[:HEAD]))
    return len(text) <= HEAD and bool(said & YES) and said <= YES | AGREEING | POLITE | THANKS


GRATEFUL = (
    POLITE
    | THANKS
    | words(
        "atas bantuan bantuannya banyak sekali sangat respon responnya respons responsnya tanggapan tanggapannya"
        " informasi informasinya infonya kabar kabarnya perhatian perhatiannya kerjasama kerjasamanya sudah telah"
        " dibantu baik siap ok oke sip salam sama untuk kepada kpd yth tim lapor semoga sukses selalu wassalam"
        " sanget pisan so very much for your help quick answer"
    )
)
YES = words("ya iya yaa ye y yes benar betul bener tul setuju sesuai ok oke okay sip correct right true")
YES |= words("nggih inggih enggih leres muhun enya")
AGREEING = words("sudah sdh udah itu semua semuanya sekali laporan laporannya saya sy datanya that this is it all")
AGREEING |= words("sampun parantos")
CHOICE_LEADS = words("no nomor nomer nmr pilih pilihan saya sy balas jawab jawaban opsi yang yg ke angka number option")
CHOICES = {
    **dict.fromkeys(("1", "satu", "pertama", "kesatu", "tambahan", "1 tambahan", "satu tambahan", "one"), 1),
    **dict.fromkeys(
        ("2", "dua", "kedua", "laporan baru", "2 laporan baru", "dua laporan baru", "baru", "2 baru", "two"), 2
    ),
    **dict.fromkeys(("new", "new report", "a new report", "2 new report"), 2),
}


def read_verb(word: str) -> Verb | None:
    """The verb meant by one word in any case. One slip (a letter wrong, missing, added, or two swapped) is understood.

    In words of four letters only swapped or doubled letters count as a slip: too many other words are near.
    """
    word = word.casefold()
    if word in SPELLINGS:
        return SPELLINGS[word]
    meant = {verb for spelling, verb in VERBS.items() if is_slip(word, spelling)}
    return meant.pop() if len(meant) == 1 else None


def _read_opening(body: str) -> Opening | None:
    first = LETTERS.match(body)
    if first is None:
        return None
    word, rest = first.group().casefold(), body[first.end() :]
    if word in NEGATIONS and (unhappy := UNHAPPY.match(rest)):
        return Opening(Verb.UNSATISFIED, exact=True, rest=rest[unhappy.end() :])
    verb = read_verb(word)
    return Opening(verb, exact=word in VERBS, rest=rest) if verb else None


def _read_rest(opening: Opening) -> Command | None:
    if opening.verb in CONTINUING and (code := _read_code(opening.rest)):
        return Command(Verb.CONTINUE, text=code)
    if opening.verb is Verb.CONTINUE:
        return None
    if opening.verb in ALONE:
        return Command(opening.verb) if _says_only(opening.rest, ABOUT_LAPOR) else None
    behind_fillers = _behind(BETWEEN, opening.rest)
    tracked = TRACKED.match(behind_fillers)
    if tracked:
        return _numbered(opening.verb, tracking.digits_of(tracked.group()), behind_fillers[tracked.end() :])
    return _unnumbered(opening) or _miscounted(opening.verb, behind_fillers)


def _read_code(rest: str) -> str:
    """The code, where nothing is said beside it: "lanjut ke laporan saya" is none."""
    said = re.findall(r"[\w.-]+", rest.casefold()) if len(rest) <= HEAD else []
    while said and said[0].strip(PUNCTUATION) in ABOUT_TALKS:
        del said[0]
    while said and said[-1].strip(PUNCTUATION) in POLITE | THANKS:
        del said[-1]
    return tracking.read_code(" ".join(said).strip(PUNCTUATION)) if len(said) <= 2 else ""


def _numbered(verb: Verb, tracking_id: str, rest: str) -> Command | None:
    text = rest.strip(PUNCTUATION)
    match verb:
        case Verb.STATUS:
            return _status(tracking_id, rest)
        case Verb.SATISFIED:
            return _satisfied(tracking_id, rest)
        case Verb.WITHDRAW if not tracking.is_valid(tracking_id) and len(text.split()) > 3:
            return None
        case _:
            return Command(verb, tracking_id=tracking_id, text=text)


def _status(tracking_id: str, rest: str) -> Command | None:
    """A wrong number with a longer text behind it is no question: "cek 1234567890 rekening penipu ..."."""
    pin = PIN.match(rest)
    text = (rest[pin.end() :] if pin else rest).strip(PUNCTUATION)
    if not tracking.is_valid(tracking_id) and len(text.split()) > 3:
        return None
    return Command(Verb.STATUS, tracking_id=tracking_id, text=text, pin=tracking.digits_of(pin.group(1)) if pin else "")


def _satisfied(tracking_id: str, rest: str) -> Command:
    """Whoever writes "PUAS nomor? tidak ..." is not satisfied."""
    rating = RATING.match(rest)
    text = (rest[rating.end() :] if rating else rest).strip(PUNCTUATION + "?")
    if rating is None and NEGATIONS & set(_words_of(rest)):
        return Command(Verb.UNSATISFIED, tracking_id=tracking_id, text=text)
    return Command(Verb.SATISFIED, tracking_id=tracking_id, text=text, rating=int(rating.group(1)) if rating else None)


def _unnumbered(opening: Opening) -> Command | None:
    rest = opening.rest
    if opening.verb is Verb.STATUS and _says_only(rest, ABOUT_STATUS):
        return Command(Verb.STATUS)
    if opening.verb is Verb.WITHDRAW and opening.exact and _says_only(rest, ABOUT_WITHDRAWAL):
        return Command(Verb.WITHDRAW)
    if opening.verb is Verb.SATISFIED and opening.exact and "?" not in rest:
        rating = RATING.match(rest)
        if _says_only(rest[rating.end() :] if rating else rest, POLITE | THANKS):
            return Command(Verb.SATISFIED, rating=int(rating.group(1)) if rating else None)
    return None


def _miscounted(verb: Verb, rest: str) -> Command | None:
    """A number of another length: clear when nothing else is written, or behind BALAS, which begins no report."""
    number = MISCOUNTED.match(rest)
    if number is None:
        return None
    digits, text = tracking.digits_of(number.group()), rest[number.end() :].strip(PUNCTUATION)
    if not text or (verb is Verb.ANSWER and len(digits) >= 7):
        return Command(verb, tracking_id=digits, text=text)
    return None


def _read_behind_courtesy(body: str) -> Command | None:
    """A command behind up to three polite words ("Tolong cek 4821 093 756"), where its number is a right one."""
    for _ in range(3):
        first = LETTERS.match(body)
        if first is None or first.group().casefold() not in POLITE:
            return None
        body = _behind(NOISE, body[first.end() :])
        opening = _read_opening(body)
        command = _read_rest(opening) if opening else None
        if command and tracking.is_valid(command.tracking_id):
            return command
    return None


def _says_only(text: str, allowed: frozenset[str]) -> bool:
    return len(text) <= HEAD and allowed.issuperset(_words_of(text))


def _words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _behind(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return text[match.end() :] if match else text


def is_slip(word: str, spelling: str) -> bool:
    """Whether one slip leads from ``spelling`` to ``word`` (Damerau distance 1, restricted for short words)."""
    if len(spelling) < 4 or abs(len(word) - len(spelling)) > 1:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(word, spelling, strict=False)) if a != b), min(len(word), len(spelling))
    )
    left, right = word[same:], spelling[same:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    if len(spelling) == 4:
        return swapped or (len(word) == 5 and left[1:] == right and same > 0 and word[same] == word[same - 1])
    return swapped or left[1:] == right or left == right[1:] or left[1:] == right[1:]


def without_pin(text: str, pin: str = "") -> str:
    """What a reporter wrote, or was told, as others may read it: the PIN is theirs alone. ``pin``: where known."""
    shown = SAID_PIN.sub(rf"\1{DOTS}", text)
    return re.sub(rf"(?<![0-9]){pin[:3]}[ -]?{pin[3:]}(?![0-9])", DOTS, shown) if pin else shown
