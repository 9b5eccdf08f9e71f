"""What the agency, the public and nobody will see."""

from itertools import product

import pytest

from core.preview import Draft, preview

SRI = {"name": "Sri Wahyuni", "phone": "081234567890", "email": "sri@contoh.id", "place": "Balaraja"}
TEXT = "Jalan Raya Serang km 12 berlubang, sudah dua motor jatuh."


@pytest.mark.parametrize(
    ("anonymous", "secret", "agency", "public", "hidden"),
    [
        (False, False, "text place name phone email", "text place name", ""),
        (True, False, "text place", "text place", "name phone email"),
        (False, True, "text place name phone email", "", ""),
        (True, True, "text place", "", "name phone email"),
    ],
)
def test_each_flag_hides_what_it_promises(anonymous: bool, secret: bool, agency: str, public: str, hidden: str) -> None:
    shown = preview(Draft(TEXT, anonymous=anonymous, secret=secret, **SRI))

    assert (shown.agency, shown.public, shown.hidden) == tuple(tuple(x.split()) for x in (agency, public, hidden))


def test_contacts_are_never_public() -> None:
    for anonymous, secret in product((False, True), repeat=2):
        assert not {"phone", "email"} & {*preview(Draft(TEXT, anonymous=anonymous, secret=secret, **SRI)).public}


def test_what_was_left_empty_is_not_listed() -> None:
    shown = preview(Draft(TEXT, anonymous=True))

    assert (shown.agency, shown.public, shown.hidden) == (("text",), ("text",), ())


def test_a_name_in_the_text_undoes_anonymity_and_is_told() -> None:
    shown = preview(Draft(f"{TEXT} Bu Wahyuni tahu.", anonymous=True, **SRI))

    assert [finding.words for finding in shown.findings] == ["Wahyuni"]
