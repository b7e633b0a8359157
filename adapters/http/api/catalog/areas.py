"""Areas: list, create, change and delete them."""

from __future__ import annotations

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.catalog.schemas import (
    AreaChange,
    AreaIn,
    AreaListOut,
    AreaOut,
    AreaPath,
)
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.public_cache import (
    AREA_LIVES,
    changes_public_lists,
    public_response,
)
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.queries import NoParameters
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import no_content_response, render, resource_response
from adapters.http.use_cases import use_cases
from core.catalog.editing import ChangeArea, CreateArea, DeleteArea
from core.catalog.errors import (
    AreaExists,
    AreaInUse,
    AreaNotFound,
)
from core.catalog.finding import ListAreas
from core.shared.cache import Entry
from core.shared.errors import Forbidden


@docs(tags=["areas"], summary="Create an area", description=CreateArea.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@json_schema(AreaIn)
@response_schema(AreaOut, 201, description="The new area.")
@refuses(Forbidden, AreaExists)
async def create_area(request: web.Request) -> web.Response:
    body = get_input(request, AreaIn)
    area = await use_cases(request).catalog.create_area(
        by=principal(request),
        name=body.name,
        address=body.address,
        city=body.city,
        latitude=body.latitude,
        longitude=body.longitude,
    )
    return resource_response(AreaOut, area, 201, version=area.version)


@docs(tags=["areas"], summary="Change an area", description=ChangeArea.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(AreaPath)
@json_schema(AreaChange)
@response_schema(AreaOut)
@refuses(Forbidden, AreaNotFound, AreaExists)
async def change_area(request: web.Request) -> web.Response:
    area = await use_cases(request).catalog.change_area(
        get_input(request, AreaPath).area_id,
        by=principal(request),
        wanted=get_input(request, AreaChange),
        expected=expected_versions(request),
    )
    return resource_response(AreaOut, area, version=area.version)


@docs(tags=["areas"], summary="Delete an area", description=DeleteArea.__doc__)
@accepts_if_match
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(AreaPath)
@response_schema(Schema, 204, description="Deleted.")
@refuses(Forbidden, AreaNotFound, AreaInUse)
async def delete_area(request: web.Request) -> web.Response:
    await use_cases(request).catalog.delete_area(
        get_input(request, AreaPath).area_id, by=principal(request), expected=expected_versions(request)
    )
    return no_content_response()


@docs(tags=["areas"], summary="List all areas", description=ListAreas.__doc__)
@accepts_if_none_match
@querystring_schema(NoParameters)
@response_schema(AreaListOut)
async def list_areas(request: web.Request) -> web.Response:
    async def render_areas() -> Entry:
        summaries = await use_cases(request).catalog.list_areas()
        return render(AreaListOut, {"items": summaries, "total": len(summaries)})

    return await public_response(request, render_areas, lives=AREA_LIVES)


ROUTES = [
    web.get("/api/events/areas", list_areas),
    web.post("/api/events/areas", create_area),
    web.patch("/api/events/areas/{area_id}", change_area),
    web.delete("/api/events/areas/{area_id}", delete_area),
]
