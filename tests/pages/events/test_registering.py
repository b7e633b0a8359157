"""Registering for a free event without an account, without JavaScript."""

from __future__ import annotations

import html5lib
import pytest

from tests.support.event_pages import EventPages, text_of


async def test_a_visitor_registers_and_sees_what_happens_next(pages: EventPages) -> None:
    path = pages.states.path("open")
    response = await pages.post(f"{path}/register", full_name="Eve", email="eve@example.com")
    assert (response.status, response.headers["Location"]) == (303, f"{path}/registered")
    done = await (await pages.get(f"{path}/registered")).text()
    assert "You are registered" in text_of(done)
    assert "eve@example.com" not in done
    assert "79 of 80 left" in text_of(await pages.open("open"))


async def test_a_visitor_joins_the_line_of_a_full_event(pages: EventPages) -> None:
    path = pages.states.path("full")
    form = await (await pages.get(f"{path}/register")).text()
    assert "Join the line" in form
    response = await pages.post(f"{path}/register", full_name="Eve", email="eve@example.com")
    assert response.headers["Location"] == f"{path}/registered?waiting=1"
    assert "You are in line" in text_of(await (await pages.get(response.headers["Location"])).text())


async def test_mistakes_are_shown_beside_their_fields_and_what_was_typed_is_kept(pages: EventPages) -> None:
    response = await pages.post(f"{pages.states.path('open')}/register", full_name="", email='"><b>nobody')
    page = await response.text()
    assert response.status == 422
    assert "<title>Error: Register for" in page
    assert 'value="&#34;&gt;&lt;b&gt;nobody"' in page
    assert 'aria-describedby="email-hint email-error"' in page
    assert 'aria-invalid="true"' in page
    assert '<a href="#full_name">Your name: Please fill this in.</a>' in page
    html5lib.HTMLParser(strict=True).parse(page)


async def test_sending_the_form_twice_registers_once_and_is_no_mistake(pages: EventPages) -> None:
    path = pages.states.path("open")
    await pages.post(f"{path}/register", full_name="Eve", email="eve@example.com")
    response = await pages.post(f"{path}/register", full_name="Eve", email="Eve@Example.com")
    assert (response.status, response.headers["Location"]) == (303, f"{path}/registered?again=1")
    assert "You are registered already" in text_of(await (await pages.get(response.headers["Location"])).text())
    assert "79 of 80 left" in text_of(await pages.open("open"))


@pytest.mark.parametrize("state", ["priced", "closed", "deadline", "started", "ended", "gathered", "cancelled"])
async def test_what_cannot_be_registered_for_shows_the_event_instead(pages: EventPages, state: str) -> None:
    path = pages.states.path(state)
    response = await pages.get(f"{path}/register")
    assert response.status == 303
    assert response.headers["Location"].startswith(path)


@pytest.mark.parametrize(
    ("state", "notice"),
    [("closed", "not open for booking"), ("deadline", "is over"), ("priced", "sign in and book it")],
)
async def test_who_registers_too_late_is_told_on_the_page_of_the_event(
    pages: EventPages, state: str, notice: str
) -> None:
    path, form = f"{pages.states.path(state)}/register", f"{pages.states.path('open')}/register"
    response = await pages.post(path, form_of=form, full_name="Eve", email="eve@example.com")
    assert response.status == 303
    assert notice in text_of(await (await pages.get(response.headers["Location"])).text())


async def test_members_book_with_their_account(pages: EventPages) -> None:
    pages.sign_in()
    path = pages.states.path("open")
    response = await pages.get(f"{path}/register")
    assert (response.status, response.headers["Location"]) == (303, f"{path}/book")


async def test_a_form_of_another_site_is_refused(pages: EventPages) -> None:
    path = f"{pages.states.path('open')}/register"
    response = await pages.client.post(
        path, data={"full_name": "Eve", "email": "eve@example.com"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert response.status == 403
    assert "80 of 80 left" in text_of(await pages.open("open"))
