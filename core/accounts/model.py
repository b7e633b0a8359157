"""Users, and the rules for changing them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.accounts.errors import LastAdmin
from core.shared.access import Principal, Role
from core.shared.email import NO_EMAIL, is_email, normalise_email
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import OrganizerRequestId, UserId
from core.shared.text import find_name_mistake, fold_text
from core.shared.versions import Version, version_of_content

MIN_PASSWORD, MAX_PASSWORD = 8, 128
MAX_NAME = 100
MAX_MESSAGE = 1000


class OrganizerPolicy(StrEnum):
    """Who may be an organizer: those whom an admin makes one, or anybody whose email address is verified."""

    INVITED = "invited"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. `email` is normalised, so that its spelling does not matter."""

    id: UserId
    name: str
    email: str
    password_hash: str
    role: Role
    email_verified: bool
    is_active: bool
    created_at: datetime

    @property
    def principal(self) -> Principal:
        return Principal(self.id, self.role)

    @property
    def version(self) -> Version:
        """The version of the editable fields."""
        return version_of_content(self.name, self.email, self.role, str(self.email_verified), str(self.is_active))

    @property
    def search_text(self) -> str:
        """What admins find the account by: its name and email address, folded."""
        return fold_text(f"{self.name}\n{self.email}")

    def with_verified_email(self, organizers: OrganizerPolicy) -> User:
        """Return the user with a verified address: an organizer from now on, if anybody may be one."""
        promotes = organizers is OrganizerPolicy.ANYBODY and self.role is Role.USER
        return replace(self, email_verified=True, role=Role.ORGANIZER if promotes else self.role)

    def with_name(self, name: str) -> User:
        return replace(self, name=name.strip())

    def with_email(self, email: str) -> User:
        """Return the user with another address, which has to be verified."""
        email = normalise_email(email)
        return self if email == self.email else replace(self, email=email, email_verified=False)


@dataclass(frozen=True, slots=True)
class OrganizerRequest:
    """A user asks to become an organizer, with a message to the admins that may be empty. A user has one at most."""

    id: OrganizerRequestId
    user_id: UserId
    message: str
    requested_at: datetime


def check_message(text: str, *, field: str = "message") -> None:
    """Raise InvalidFields if a message between users and admins is too long."""
    if len(text.strip()) > MAX_MESSAGE:
        raise InvalidFields({field: [f"Must not be longer than {MAX_MESSAGE} characters."]})


def check_fields(*, name: str | None = None, email: str | None = None, password: str | None = None) -> None:
    """Check the given fields. Raises InvalidFields, which names all invalid ones."""
    errors: dict[str, list[str]] = {}
    if name is not None and (mistake := find_name_mistake(name, MAX_NAME)):
        errors["name"] = [mistake]
    if email is not None and not is_email(email):
        errors["email"] = [NO_EMAIL]
    if password is not None and not MIN_PASSWORD <= len(prepare_password(password)) <= MAX_PASSWORD:
        errors["password"] = [f"Must be {MIN_PASSWORD} to {MAX_PASSWORD} characters long."]
    if errors:
        raise InvalidFields(errors)


def must_include_password(given: Set[str]) -> None:
    """Raise InvalidFields if a change of one's own account lacks the current password, although the email address or
    the password is among the given fields.
    """
    if given & {"email", "password"} and "current_password" not in given:
        raise InvalidFields({"current_password": ["Is needed to change the email address or the password."]})


def prepare_password(typed: str) -> str:
    """Return the password to hash, the same for every keyboard that it is typed on.

    It is the OpaqueString profile of RFC 8265 (section 4.2.2): each space is U+0020, and the whole is in NFC.
    """
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in typed)
    return unicodedata.normalize("NFC", spaced)


def new_user(user_id: UserId, *, name: str, email: str, password_hash: str, role: Role, now: datetime) -> User:
    """Return a new user. Name, email and password have passed `check_fields`."""
    return User(
        id=user_id,
        name=name.strip(),
        email=normalise_email(email),
        password_hash=password_hash,
        role=role,
        email_verified=False,
        is_active=True,
        created_at=now,
    )


def must_be_among(admins: Collection[UserId], user_id: UserId) -> None:
    """Raise Forbidden unless the user is still an active admin: the role in a token may be outdated."""
    if user_id not in admins:
        raise Forbidden("Only admins may do that, and you are no longer one.")


def must_keep_an_admin(admins: Collection[UserId], user_id: UserId) -> None:
    """Raise LastAdmin if the user is the only active admin."""
    if set(admins) == {user_id}:
        raise LastAdmin("This is the last active admin: make somebody else an admin first.")
