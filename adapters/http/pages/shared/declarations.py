"""What a page's handler declares: who may open it, and how large its form may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from aiohttp.typedefs import Handler

from adapters.http.shared.declarations import H

MAX_FORM_BYTES = 256 * 1024


class Audience(Enum):
    """Who may open a page. Each is part of the one before; others are asked to sign in, or refused."""

    ANYBODY = auto()
    MEMBER = auto()
    ORGANIZER = auto()
    ADMIN = auto()


@dataclass(frozen=True, slots=True)
class PageDeclaration:
    """Who may open a page, the size of its form in bytes, and whether the page shows a secret of a link, in which case
    it is not compressed (BREACH). The secret may also be what a form proves itself by, in place of the token of forms;
    the handler reads it then.
    """

    audience: Audience
    max_form_bytes: int
    shows_secret: bool
    is_proven_by_link: bool


def page(
    audience: Audience = Audience.ANYBODY,
    *,
    max_form_bytes: int = MAX_FORM_BYTES,
    shows_secret: bool = False,
    is_proven_by_link: bool = False,
) -> Callable[[H], H]:
    """Declare that a handler shows a page, or takes the form of one."""

    def declare(handler: H) -> H:
        vars(handler)["__page__"] = PageDeclaration(audience, max_form_bytes, shows_secret, is_proven_by_link)
        return handler

    return declare


def public_file(handler: H) -> H:
    """Declare that a handler serves a file that belongs to the pages and is the same for everybody."""
    vars(handler)["__page__"] = None
    return handler


def page_declaration(handler: Handler) -> PageDeclaration | None:
    """Return what a handler of a page declares; None for any other handler."""
    declared: PageDeclaration | None = getattr(handler, "__page__", None)
    return declared
