"""The channels that messages go out through: email, webhooks, an HTTP notification service, and the log."""
