"""Subscriptions: saved searches that tell people of new events, and of what becomes of those they were told of."""
