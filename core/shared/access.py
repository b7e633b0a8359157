"""The signed-in user, and what their role allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.shared.errors import Forbidden
from core.shared.ids import UserId


class Role(StrEnum):
    USER = "user"
    ORGANIZER = "organizer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user, as proven by the access token."""

    user_id: UserId
    role: Role

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def owns(self, owner_id: UserId | None) -> bool:
        """Return whether something of `owner_id` belongs to this user. Admins own everything."""
        return self.is_admin or (owner_id is not None and owner_id == self.user_id)

    def manages(self, organizer_id: UserId | None) -> bool:
        """Return whether this user may manage what `organizer_id` created: an organizer their own, an admin everything.

        Users who are no longer organizers can't manage what they created.
        """
        return self.is_admin or (self.role is Role.ORGANIZER and organizer_id == self.user_id)

    def must_be_organizer(self) -> None:
        """Raise Forbidden unless this is an organizer or an admin."""
        if self.role not in (Role.ORGANIZER, Role.ADMIN):
            raise Forbidden("Only organizers and admins may do that. You can ask to become an organizer.")

    def must_be_admin(self) -> None:
        """Raise Forbidden unless this is an admin."""
        if not self.is_admin:
            raise Forbidden("Only admins may do that.")
