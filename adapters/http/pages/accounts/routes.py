"""The routes of the pages to sign up and in, and of the links in emails about accounts and subscriptions."""

from __future__ import annotations

from adapters.http.pages.accounts import passwords, signing_in, subscription_links, verification

ROUTES = [
    *signing_in.ROUTES,
    *passwords.ROUTES,
    *verification.ROUTES,
    *subscription_links.ROUTES,
]
