"""The people of the demo. Their addresses are under a domain that can't receive email (RFC 2606)."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "nocturne.example"


@dataclass(frozen=True, slots=True)
class Person:
    name: str

    @property
    def email(self) -> str:
        """The address, such as `clara.carvalho@nocturne.example`."""
        return f"{'.'.join(self.name.lower().split())}@{DOMAIN}"


ORGANIZER_EMAIL = f"organizer@{DOMAIN}"
ORGANIZER_NAME = "Nocturne Nights"
FORMER_ORGANIZER_EMAIL = f"demo@{DOMAIN}"
"""The organizer of the demo events of earlier versions."""
MEMBER_EMAIL = f"member@{DOMAIN}"
MEMBER_NAME = "Robin Ashdown"

_GUESTS = """
Amara Okafor, Jonas Keller, Clara Carvalho, Tom Whitcombe, Priya Raman, Lena Hoffmann, Mateo Rivas, Sofia Lindqvist,
Kwame Mensah, Hannah Brandt, Duarte Pinto, Yuki Tanaka, Elif Demir, Caleb Turner, Nadia Haddad, Oskar Nowak,
Grace Adeyemi, Felix Baumann, Camille Laurent, Ruth Goldberg
"""
_VISITORS = "Maya Iyer, Paul Jansen, Beatriz Sousa, Owen Price, Anna Weiss, Leo Martins, Dana Cole, Ravi Shah"


def _people(names: str) -> tuple[Person, ...]:
    return tuple(Person(name.strip()) for name in names.split(","))


GUESTS = _people(_GUESTS)
"""They have accounts that nobody can log in to."""
VISITORS = _people(_VISITORS)
"""They register without an account."""
