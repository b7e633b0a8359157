"""Who is acting, and what that alone allows (A4)."""

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
    """A signed-in person, as the access token tells."""

    user_id: UserId
    role: Role

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def owns(self, owner_id: UserId | None) -> bool:
        """Whether a thing of `owner_id` is this person's, whatever their role. An admin's is everything, ownerless
        things too.
        """
        return self.is_admin or (owner_id is not None and owner_id == self.user_id)

    def manages(self, organizer_id: UserId | None) -> bool:
        """Whether what an organizer has made is this person's to manage: their own while they are one, and all of it
        for an admin. What was theirs is nobody's but the admins' when they are no organizer any more.
        """
        return self.is_admin or (self.role is Role.ORGANIZER and organizer_id == self.user_id)

    def must_be_organizer(self) -> None:
        """Raises Forbidden unless this is an organizer or an admin."""
        if self.role not in (Role.ORGANIZER, Role.ADMIN):
            raise Forbidden("Only organizers and admins may do that.")

    def must_be_admin(self) -> None:
        """Raises Forbidden unless this is an admin."""
        if not self.is_admin:
            raise Forbidden("Only admins may do that.")
