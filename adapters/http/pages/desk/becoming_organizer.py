"""What members see at the desk who are no organizers: what one can do there, and how to become one."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.organizer_schemas import OrganizerRequestIn
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.accounts.errors import AlreadyOrganizer, EmailNotVerified
from core.shared.access import Role
from core.shared.errors import InvalidFields


@page(Audience.MEMBER)
@rate_limit(ADMIN)
async def ask_to_organize(request: web.Request) -> web.Response:
    """Ask for the role of an organizer, which is granted at once where anybody may have it."""
    sent = form(request)
    try:
        user = await use_cases(request).accounts.request_organizer_role(
            by=principal(request), message=load_form(request, OrganizerRequestIn).message
        )
    except AlreadyOrganizer:
        return see_other(request, DESK)
    except InvalidFields as refusal:
        return become_organizer_page(request, sent, refusal.errors)
    except EmailNotVerified as refusal:
        return become_organizer_page(request, sent, {"email": [refusal.detail]})
    if user.role is Role.ORGANIZER:
        return see_other(request, DESK, "You are an organizer now. Create your first event.")
    return see_other(request, DESK, "We have asked the administrators. You get an email when they have decided.")


def become_organizer_page(request: web.Request, sent: Form, errors: Errors) -> web.Response:
    """Return the page that says what an organizer can do, with the form to ask for it."""
    return page_response(request, "desk/become-organizer.html", status=422 if errors else 200, form=sent, errors=errors)


ROUTES = [web.post(f"{DESK}/ask", ask_to_organize)]
