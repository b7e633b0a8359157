"""Providers of passwords, tokens and revoked sessions."""

from __future__ import annotations

from datetime import timedelta

from dependency_injector.providers import Factory, Provider, Selector, Singleton

from adapters.dependency_injection.stores import Stores
from adapters.memory.accounts import MemoryRevocations
from adapters.postgres.accounts.revocations import PostgresRevocations
from adapters.postgres.shared.listening import PostgresListener
from adapters.security.booking_links import JwtBookingLinks
from adapters.security.passwords import Argon2Hasher
from adapters.security.tokens import JwtTokens
from core.accounts.ports import Revocations


class Security(Stores):
    """Who somebody is: passwords, access tokens, links to bookings, revoked sessions."""

    settings, clock, memory, engine = Stores.settings, Stores.clock, Stores.memory, Stores.engine

    token_lifetime = Factory(timedelta, minutes=settings.access_token_expire_minutes.as_int())
    hasher = Singleton(
        Argon2Hasher,
        time_cost=settings.argon2_time_cost.as_int(),
        memory_kib=settings.argon2_memory_kib.as_int(),
        parallelism=settings.argon2_parallelism.as_int(),
        threads=settings.argon2_threads,
    )
    tokens = Singleton(
        JwtTokens,
        secret=settings.jwt_secret.required(),
        lifetime=token_lifetime,
        clock=clock,
        previous=settings.jwt_secret_previous,
    )
    booking_links = Singleton(
        JwtBookingLinks, secret=settings.jwt_secret.required(), previous=settings.jwt_secret_previous
    )
    listener = Singleton(PostgresListener, Stores.new_connection)
    revocations: Provider[Revocations] = Selector(
        settings.store,
        memory=Singleton(MemoryRevocations, memory),
        postgres=Singleton(PostgresRevocations, engine, listener, clock, token_lifetime=token_lifetime),
    )
