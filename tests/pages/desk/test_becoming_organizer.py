"""Members ask at the desk to become organizers."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.api_client import Api, MakeApi, Person
from tests.support.form_browser import FormBrowser, form_browsers
from tests.support.permission_world import verify_email

ASK = "Ask to become an organizer"


async def test_users_see_how_to_become_an_organizer(new_browser: Callable[[], FormBrowser], ada: Person) -> None:
    browser = new_browser()
    assert (await browser.open("/desk")).path == "/sign-in"
    await browser.sign_in(ada.email)
    page = await browser.open("/desk")
    assert page.heading == "Organize events"
    page = await browser.submit(page, ASK, message="Jazz nights")
    assert (page.status, "Verify your email address first" in page.text) == (422, True)
    assert "Jazz nights" in page.html
    assert (await browser.open("/desk/events/new")).status == 403
    assert (await browser.submit(page, ASK, message="x" * 5000)).status == 422


async def test_admins_are_asked_once_the_address_is_verified(
    api: Api, new_browser: Callable[[], FormBrowser], ada: Person
) -> None:
    await verify_email(api, ada)
    browser = new_browser()
    await browser.sign_in(ada.email)
    asked = await browser.submit(await browser.open("/desk"), ASK, message="Jazz on Thursdays.")
    assert "You get an email when they have decided." in asked.html
    [request] = api.container.memory().organizer_requests
    assert request.message == "Jazz on Thursdays."


async def test_where_anybody_may_be_an_organizer_the_role_is_granted_at_once(make_api: MakeApi) -> None:
    api = await make_api(organizers="anybody")
    ada = await api.sign_in()
    await verify_email(api, ada)
    async with form_browsers(api) as new:
        browser = new()
        await browser.sign_in(ada.email)
        granted = await browser.submit(await browser.open("/desk"), ASK, message="")
    assert "You are an organizer now." in granted.html
