"""Delivery of messages: email, webhooks, an HTTP notification service, the log."""
