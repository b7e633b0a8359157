"""Email addresses: one spelling of each (A2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shared.email import deliverable_email, is_email, normalise_email


@pytest.mark.parametrize(
    "spelling",
    [
        "ada@münchen.de",
        " Ada@MÜNCHEN.de ",
        "ada@xn--mnchen-3ya.de",
        "ADA@XN--MNCHEN-3YA.DE",
        "ada@mu\u0308nchen.de",
        "\uff41\uff44\uff41\uff20\uff4d\u00fc\uff4e\uff43\uff48\uff45\uff4e\uff0e\uff44\uff45",
    ],
)
def test_every_spelling_of_an_address_is_stored_as_one(spelling: str) -> None:
    assert is_email(spelling)
    assert normalise_email(spelling) == "ada@münchen.de"


@pytest.mark.parametrize(
    ("email", "deliverable"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
        ("ada@straße.de", "ada@xn--strae-oqa.de"),
        ("jörg@exämple.de", "jörg@xn--exmple-cua.de"),
    ],
)
def test_mail_servers_know_a_domain_in_ascii(email: str, deliverable: str) -> None:
    assert normalise_email(email) == email
    assert deliverable_email(email) == deliverable
    assert normalise_email(deliverable) == email


@pytest.mark.parametrize(("one", "other"), [("a@straße.de", "a@strasse.de"), ("jörg@x.de", "jorg@x.de")])
def test_addresses_of_different_mailboxes_are_told_apart(one: str, other: str) -> None:
    assert normalise_email(one) != normalise_email(other)


@given(st.text() | st.builds("{}@{}.com".format, st.text(), st.text()))
def test_any_text_can_be_normalised_and_stays_so(text: str) -> None:
    assert normalise_email(normalise_email(text)) == normalise_email(text)
    assert is_email(deliverable_email(normalise_email(text))) == is_email(normalise_email(text))
