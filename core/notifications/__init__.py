"""Notifications: messages on their way to people and webhooks, and each account's inbox."""
