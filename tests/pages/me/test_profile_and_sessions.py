"""The profile, becoming an organizer, and sessions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.api_client import PASSWORD, Api, Person
from tests.support.form_browser import FormBrowser
from tests.support.permission_world import verify_email


async def test_the_name_is_changed_and_mistakes_are_explained(browser: FormBrowser) -> None:
    page = await browser.open("/me/profile/name")
    wrong = await browser.submit(page, "Save", name="")
    assert (wrong.status, "<title>Error: " in wrong.html) == (422, True)
    assert "Name: Type your name." in wrong.text
    too_long = await browser.submit(page, "Save", name="x" * 101)
    assert too_long.field("name")["value"] == "x" * 101
    done = await browser.submit(page, "Save", name="<b>Ada</b> King")
    assert done.path == "/me/profile"
    assert "Your name is changed." in done.html
    assert "<b>Ada</b> King" in done.text


async def test_a_new_address_needs_the_password_and_is_to_be_verified(
    api: Api, browser: FormBrowser, ada: Person
) -> None:
    await verify_email(api, ada)
    await api.sign_in("bob")
    page = await browser.open("/me/profile/email")
    for fields, says in (
        ({"email": "nonsense", "current_password": PASSWORD}, "New email:"),
        ({"email": "ada@new.example", "current_password": ""}, "Current password: Type your current password."),
        ({"email": "ada@new.example", "current_password": "a guess"}, "The current password is wrong."),
        ({"email": "bob@example.com", "current_password": PASSWORD}, "There is already an account"),
    ):
        wrong = await browser.submit(page, "Change it", **fields)
        assert wrong.status == 422
        assert says in wrong.text
        assert wrong.field("email")["value"] == fields["email"]
        assert not wrong.field("current_password").has_attr("value")
    done = await browser.submit(page, "Change it", email="ada@new.example", current_password=PASSWORD)
    assert "ada@new.example not verified" in done.text


async def test_a_new_password_signs_out_everywhere_else(
    browser: FormBrowser, new_browser: Callable[[], FormBrowser], ada: Person
) -> None:
    other = new_browser()
    await other.sign_in(ada.email)
    page = await browser.open("/me/profile/password")
    wrong = await browser.submit(page, "Change it", password="short", current_password=PASSWORD)
    assert "New password: Must be 8 to 128 characters long." in wrong.text
    done = await browser.submit(page, "Change it", password="a new password", current_password=PASSWORD)
    assert (done.path, "signed out everywhere else" in done.html) == ("/me/profile", True)
    assert (await browser.open("/me")).path == "/me"
    assert (await other.open("/me")).path == "/sign-in"
    assert (await ada.get("/api/auth/me")).status == 401


async def test_sessions_are_ended_one_by_one_or_all_others(
    browser: FormBrowser, new_browser: Callable[[], FormBrowser], ada: Person
) -> None:
    others = [new_browser() for _ in range(2)]
    for other in others:
        await other.sign_in(ada.email)
    page = await browser.open("/me/sessions")
    assert page.text.count("Last used") == 4
    assert page.text.count("this browser") == 1
    [first, *_] = [button for form in page.document.select("main form") for button in form.select("button")]
    one_less = await browser.submit(page, " ".join(first.get_text(" ").split()))
    assert one_less.text.count("Last used") == 3
    alone = await browser.submit(one_less, "Sign out everywhere else")
    assert alone.text.count("Last used") == 1
    for other in others:
        assert (await other.open("/me")).path == "/sign-in"
    assert (await ada.get("/api/auth/me")).status == 401


@pytest.mark.parametrize(
    "path", ["", "/bookings", "/inbox", "/subscriptions", "/profile", "/sessions", "/data", "/delete"]
)
async def test_pages_of_members_ask_strangers_to_sign_in(new_browser: Callable[[], FormBrowser], path: str) -> None:
    page = await new_browser().open(f"/me{path}")
    assert (page.path, page.address.query["next"]) == ("/sign-in", f"/me{path}")
