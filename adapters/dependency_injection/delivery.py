"""Providers of the senders of notifications and webhooks."""

from __future__ import annotations

from dependency_injector.providers import Callable as Call
from dependency_injector.providers import Factory, Provider, Selector, Singleton

from adapters.delivery.dispatcher import ParallelDispatcher
from adapters.delivery.email.servers import parse_sender, parse_server
from adapters.delivery.email.smtp import SmtpSender
from adapters.delivery.http_service import HttpServiceSender
from adapters.delivery.log import LogSender
from adapters.delivery.webhooks import SEND_TIMEOUT_SECONDS, WebhookSender
from adapters.dependency_injection.stores import Stores
from adapters.network.public_resolver import PublicResolver
from core.notifications.ports import Sender
from core.webhooks.delivering import DisableWebhook, FindTarget


class Delivery(Stores):
    """Notifications by email, by an HTTP service or into the log; and webhooks."""

    settings, clock, calendars = Stores.settings, Stores.clock, Stores.calendars
    stop_grace_seconds = Stores.stop_grace_seconds

    smtp_sender = Singleton(
        SmtpSender,
        Call(parse_server, settings.smtp_url),
        sender=Call(parse_sender, settings.mail_from),
        public_url=settings.public_url,
        calendars=calendars,
    )
    service_sender = Singleton(HttpServiceSender, settings.notification_service_url, settings.notification_token, clock)
    sender: Provider[Sender] = Selector(
        settings.delivery, log=Singleton(LogSender, settings.public_url), smtp=smtp_sender, http=service_sender
    )
    webhook_sender = Singleton(
        WebhookSender,
        Factory(FindTarget, Stores.webhooks.provider),
        Factory(DisableWebhook, Stores.webhooks.provider, clock),
        clock,
        Factory(PublicResolver, allow_private=settings.webhook_private_addresses),
    )
    dispatcher = Singleton(ParallelDispatcher, sender, stop_grace_seconds=stop_grace_seconds)
    webhook_dispatcher = Singleton(
        ParallelDispatcher,
        webhook_sender,
        timeout_seconds=SEND_TIMEOUT_SECONDS,
        stop_grace_seconds=stop_grace_seconds,
    )
