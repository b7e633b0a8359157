"""The pages that links in emails open, without scripts: only their buttons use a link."""

from __future__ import annotations

from tests.support.api_client import PASSWORD, UNKNOWN_ID, Api
from tests.support.form_browser import FormBrowser

NEW_PASSWORD = "a new password"


async def test_a_forgotten_password_looks_the_same_for_every_address(api: Api, browser: FormBrowser) -> None:
    ada = await api.sign_in()
    page = await browser.open("/forgot")
    wrong = await browser.submit(page, "Send me the link", email="nonsense")
    assert (wrong.status, wrong.field("email")["value"]) == (422, "nonsense")
    sent = [await browser.submit(page, "Send me the link", email=email) for email in (ada.email, "no@example.com")]
    assert {(each.path, each.text) for each in sent} == {("/forgot/sent", sent[0].text)}


async def test_a_reset_link_is_used_by_its_form_and_shown_as_often_as_it_is_opened(
    api: Api, browser: FormBrowser
) -> None:
    ada = await api.sign_in()
    token = await api.request_reset(ada.email)
    for _ in range(2):
        page = await browser.open(f"/reset-password?token={token}")
        assert ada.email in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Content-Encoding" not in page.headers
    wrong = await browser.submit(page, "Change my password", password="short")
    assert (wrong.status, "New password: Must be 8 to 128 characters long." in wrong.text) == (422, True)
    done = await browser.submit(wrong, "Change my password", password=NEW_PASSWORD)
    assert (done.path, "Your password is changed" in done.html) == ("/sign-in", True)
    for password, status in ((PASSWORD, 401), (NEW_PASSWORD, 200)):
        login = await api.anonymous.post("/api/auth/login", {"email": ada.email, "password": password})
        assert login.status == status
    used = await browser.submit(page, "Change my password", password=NEW_PASSWORD)
    assert (used.status, used.heading) == (400, "This link does not work")
    assert "/forgot" in used.links()


async def test_an_address_is_verified_by_the_button(api: Api, browser: FormBrowser) -> None:
    ada = await api.sign_in()
    [token] = api.pending_secrets("account.email-to-verify")
    page = await browser.open(f"/verify-email?token={token}")
    assert ada.email in page.text
    assert not (await (await ada.get("/api/auth/me")).json())["email_verified"]
    done = await browser.submit(page, "Verify my address")
    assert (done.path, "Your address is verified" in done.html) == ("/sign-in", True)
    assert (await (await ada.get("/api/auth/me")).json())["email_verified"]
    assert (await browser.open(f"/verify-email?token={token}")).status == 400
    await browser.sign_in(ada.email)
    again = await browser.open(f"/verify-email?token={token}")
    assert (again.path, "verified already" in again.html) == ("/me", True)


async def test_a_subscription_is_confirmed_and_ended_by_the_buttons(api: Api, browser: FormBrowser) -> None:
    wish = {"email": "ada@example.com", "query": {"q": "jazz"}, "frequency": "daily"}
    await api.anonymous.post("/api/subscriptions", wish)
    [token] = api.pending_secrets("subscription.to-confirm")
    page = await browser.open(f"/confirm-subscription?token={token}")
    [kept] = api.container.memory().subscriptions
    assert not kept.is_confirmed
    assert (await browser.submit(page, "Subscribe me")).heading == "You are subscribed"
    assert (await browser.submit(page, "Subscribe me")).heading == "This link does not work"
    page = await browser.open(f"/unsubscribe?token=daily.{kept.key}")
    assert list(api.container.memory().subscriptions) != []
    assert (await browser.submit(page, "Unsubscribe me")).heading == "You are unsubscribed"
    assert list(api.container.memory().subscriptions) == []


async def test_the_one_click_of_an_email_program_needs_no_page(api: Api) -> None:
    wish = {"email": "ada@example.com", "query": {"q": "jazz"}, "frequency": "daily"}
    await api.anonymous.post("/api/subscriptions", wish)
    [kept] = api.container.memory().subscriptions
    answer = await api.anonymous.request(
        "POST", f"/unsubscribe?token=daily.{kept.key}", data={"List-Unsubscribe": "One-Click"}
    )
    assert answer.status == 204
    assert list(api.container.memory().subscriptions) == []


async def test_links_without_a_token_or_with_a_made_up_one_say_so(browser: FormBrowser) -> None:
    for path in ("/verify-email", "/reset-password", "/confirm-subscription", "/unsubscribe"):
        for query in ("", "?token=x", f"?token={UNKNOWN_ID}.x"):
            page = await browser.open(path + query)
            if (path, query) != ("/unsubscribe", f"?token={UNKNOWN_ID}.x"):  # it may have ended already
                assert (page.status, page.heading) == (400, "This link does not work")


async def test_what_a_link_starts_or_ends_is_shown_and_escaped(api: Api, browser: FormBrowser) -> None:
    wish = {"email": "ada@example.com", "query": {"q": "<script>alert(1)</script>"}, "frequency": "daily"}
    await api.anonymous.post("/api/subscriptions", wish)
    [token] = api.pending_secrets("subscription.to-confirm")
    confirm = await browser.open(f"/confirm-subscription?token={token}")
    await browser.submit(confirm, "Subscribe me")
    [kept] = api.container.memory().subscriptions
    unsubscribe = await browser.open(f"/unsubscribe?token=daily.{kept.key}")
    for page in (confirm, unsubscribe):
        assert "<script>alert(1)</script>" in page.text
        assert "Every morning at 8" in page.text
        assert "ada@example.com" in page.text
        assert "<script>alert" not in page.html
    await browser.submit(unsubscribe, "Unsubscribe me")
    again = await browser.open(f"/unsubscribe?token=daily.{kept.key}")
    assert again.heading == "You are unsubscribed"
