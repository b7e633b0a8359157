"""Settings for a container in a test."""

from __future__ import annotations

from typing import Any

SETTINGS: dict[str, Any] = {
    "store": "memory",
    "database_url": "postgresql+asyncpg://nobody@localhost/nowhere",
    "database_pool_size": 5,
    "shared": "memory",
    "redis_url": "redis://nobody@localhost/0",
    "jwt_secret": "a secret that is long enough for HS256",
    "jwt_secret_previous": None,
    "access_token_expire_minutes": 15,
    "refresh_token_days": 30,
    "organizers": "invited",
    "argon2_time_cost": 1,
    "argon2_memory_kib": 1024,
    "argon2_parallelism": 1,
    "argon2_threads": 1,
    "hold_minutes": 10,
    "check_in_hours": None,
    "offer_minutes": 30,
    "payment_patience_seconds": 60,
    "public_cache_seconds": 2.0,
    "batcher_connections": 3,
    "booking_batch_size": 128,
    "cleanup_days": 30,
    "message_days": 90,
    "shutdown_seconds": 20.0,
    "delivery": "log",
    "smtp_url": "smtp://mail.example",
    "mail_from": "Nocturne <tickets@example.org>",
    "public_url": "https://tickets.example.org",
    "notification_service_url": "http://notifications.example/take",
    "notification_token": "a token",
    "webhook_private_addresses": False,
    "scrape_web_pages": [],
    "scrape_delay_seconds": 1.0,
    "scrape_browser": "auto",
}
