"""Accounts and emails without an account: registering, resetting a password, subscribing."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from core.accounts.links import SEND_RESET_LINK
from tests.support.browsing import OpenTab
from tests.support.site import EMAILS, PASSWORD, Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_newcomer_signs_up_after_mistakes_that_are_explained(site: Site, open_tab: OpenTab) -> None:
    tab = await open_tab()
    page = tab.page
    await tab.open("/sign-up")
    await page.get_by_label("Name").fill("Nina Newcomer")
    await page.get_by_label("Email").fill("nina")
    await page.get_by_role("button", name="Create the account").click()
    await expect(page).to_have_title(re.compile("^Error: "))
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("Name")).to_have_value("Nina Newcomer")
    await page.get_by_role("alert").get_by_role("link", name=re.compile("Email")).click()
    await expect(page.get_by_label("Email")).to_be_focused()
    assert await tab.find_barriers() == []
    await tab.shoot("sign up, mistakes")
    email = f"nina.{uuid4().hex}@example.com"
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create the account").click()
    await expect(page.get_by_role("group").filter(has_text="Nina Newcomer").first).to_be_visible()
    assert site.user(email).name == "Nina Newcomer"


async def test_a_forgotten_password_is_replaced(site: Site, open_tab: OpenTab) -> None:
    user = site.add_member("Fay Forgetful")
    tab = await open_tab()
    page = tab.page
    await tab.open("/sign-in")
    await page.get_by_role("link", name="I forgot my password").click()
    await page.get_by_label("Email").fill(user.email)
    await page.get_by_role("main").get_by_role("button").click()
    await tab.shoot("forgot, sent")
    site.run_jobs(SEND_RESET_LINK)
    await tab.open(f"/reset-password?token={site.last_secret('account.password-forgotten')}")
    await page.get_by_label("New password").fill("a better password")
    await tab.shoot("reset password")
    await page.get_by_role("main").get_by_role("button").click()
    await tab.open("/sign-in?next=/me/profile")
    await page.get_by_label("Email").fill(user.email)
    await page.get_by_label("Password").fill("a better password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile("/me/profile$"))


async def test_a_visitor_registers_without_an_account_and_cancels_by_the_link(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Open Door")
    tab = await open_tab()
    page = tab.page
    await tab.open(f"/events/{event_id}")
    await page.get_by_role("link", name="Register without an account").click()
    await page.get_by_label("Your name").fill("Gus Guest")
    await page.get_by_label("Email").fill("gus@example.com")
    await page.get_by_role("button", name="Register").click()
    await expect(page.get_by_role("heading", level=1, name="You are registered")).to_be_visible()
    await tab.shoot("registered")
    await tab.open(f"/booking?token={site.last_secret('booking.confirmed')}")
    assert await tab.find_barriers() == []
    await tab.shoot("linked booking")
    await page.get_by_role("main").get_by_role("button").click()
    await expect(page.get_by_text(re.compile("cancelled", re.IGNORECASE)).first).to_be_visible()
    assert site.event(event_id).booked_count == 0


async def test_a_search_is_subscribed_to_confirmed_and_ended(site: Site, open_tab: OpenTab) -> None:
    tab = await open_tab()
    page = tab.page
    email = f"sue.{uuid4().hex}@example.com"
    await tab.open("/subscribe?q=jazz&city=Berlin")
    await expect(page.get_by_label("Words")).to_have_value("jazz")
    await page.get_by_role("textbox", name="Email").fill(email)
    await tab.shoot("subscribe")
    await page.get_by_role("button", name="Subscribe").click()
    await expect(page.get_by_role("heading", level=1, name="Check your email")).to_be_visible()
    await tab.shoot("subscribe, sent")
    await tab.open(f"/confirm-subscription?token={site.last_secret('subscription.to-confirm')}")
    await page.get_by_role("main").get_by_role("button").click()
    await expect(page.get_by_text("You are subscribed")).to_be_visible()
    [kept] = [each for each in site.container.memory().subscriptions if each.email == email]
    await tab.open(f"/unsubscribe?token={kept.frequency}.{kept.key}")
    await page.get_by_role("main").get_by_role("button").click()
    await expect(page.get_by_text("You are unsubscribed")).to_be_visible()


async def test_a_stranger_is_asked_to_sign_in_and_others_are_refused(site: Site, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.open("/me/bookings")
    await expect(tab.page).to_have_url(re.compile(r"/sign-in\?next="))
    member = await open_tab(Role.MEMBER)
    await member.open("/admin")
    await expect(member.page.get_by_role("heading", level=1)).to_be_visible()
    assert await member.find_barriers() == []
    await member.shoot("forbidden")
    await member.open("/nowhere")
    await expect(member.page.get_by_role("banner")).to_contain_text(site.user(EMAILS[Role.MEMBER]).name)
    assert await member.find_barriers() == []
    await member.shoot("not found")
