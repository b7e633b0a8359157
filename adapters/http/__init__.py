"""The HTTP API, on aiohttp. `app.create_app` makes it. A handler translates: it reads, calls one use case, shows.

Every request passes, from outside to inside: `requests` (id, log line, metrics), `cors`, `problems` (refusals become
problem+json), `auth` (who is asking), `validation` (what was sent), `conditional` (what is known already). What comes
out is written by `answers`. What a handler takes and gives is declared on it (`declaring`); `openapi` writes the
document from that alone.
"""
