"""The page of a bulk run: its effect and exceptions before it is confirmed, and the outcome of each afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.admin.cells import Tone
from adapters.http.pages.admin.lists_of_operations import BULK_WORDS
from adapters.http.pages.admin.tables import ROWS_PER_PAGE
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.fields import Id
from adapters.http.shared.request_schemas import RequestSchema, get_input
from adapters.http.use_cases import use_cases
from core.administration.errors import NothingToDo
from core.administration.model import BulkAction, BulkRunId, Outcome
from core.shared.errors import InvalidFields
from core.shared.paging import BadCursor, PageRequest

TARGET_PATHS = {
    BulkAction.CANCEL_BOOKINGS: "/admin/bookings",
    BulkAction.CLOSE_EVENTS: "/admin/events",
    BulkAction.DEACTIVATE_EVENTS: "/admin/events",
    BulkAction.DEACTIVATE_USERS: "/admin/users",
    BulkAction.RETRY_JOBS: "/admin/jobs",
    BulkAction.RETRY_NOTIFICATIONS: "/admin/notifications",
}
OUTCOME_WORDS = {
    Outcome.PENDING: ("to do", Tone.QUIET),
    Outcome.EXCEPTION: ("left out", Tone.MOON),
    Outcome.DONE: ("done", Tone.GO),
    Outcome.REFUSED: ("refused", Tone.STOP),
}


@dataclass(frozen=True, slots=True)
class RunRef:
    run_id: BulkRunId


class RunPath(RequestSchema[RunRef]):
    run_id = Id(required=True)


@page(Audience.ADMIN)
@match_info_schema(RunPath)
async def show_run(request: web.Request) -> web.Response:
    """Show a run in the state it is in."""
    return await _run_page(request, {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(RunPath)
async def confirm_run(request: web.Request) -> web.Response:
    """Have a worker do it."""
    run_id = get_input(request, RunPath).run_id
    try:
        await use_cases(request).administration.confirm_bulk_run(
            run_id, by=principal(request), word=form(request).text("word")
        )
    except InvalidFields as refusal:
        return await _run_page(request, refusal.errors)
    except NothingToDo as refusal:
        return await _run_page(request, {"run": [refusal.detail]})
    return see_other(request, f"/admin/runs/{run_id}")


async def _run_page(request: web.Request, errors: Errors) -> web.Response:
    run_id = get_input(request, RunPath).run_id
    try:
        outcome = Outcome(request.query["outcome"]) if request.query.get("outcome") else None
        view = await use_cases(request).administration.read_bulk_run(
            run_id,
            PageRequest(limit=ROWS_PER_PAGE, cursor=request.query.get("cursor") or None),
            by=principal(request),
            outcome=outcome,
        )
    except (BadCursor, ValueError):
        return see_other(request, f"/admin/runs/{run_id}")
    return page_response(
        request,
        "admin/run.html",
        status=422 if errors else 200,
        view=view,
        action=BULK_WORDS[view.run.action],
        list_path=TARGET_PATHS[view.run.action],
        outcome=outcome,
        outcomes=[(each, *OUTCOME_WORDS[each], view.counts.get(each, 0)) for each in Outcome],
        words={each.value: words for each, words in OUTCOME_WORDS.items()},
        form=form(request) if errors else None,
        errors=errors,
    )


ROUTES = [web.get("/admin/runs/{run_id}", show_run), web.post("/admin/runs/{run_id}", confirm_run)]
