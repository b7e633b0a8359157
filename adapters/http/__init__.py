"""The HTTP API and the pages, on aiohttp. `app.create_app` builds it. A handler parses, calls one use case, responds.

Every request passes these middlewares, from the outside in: `request_log` (id, log line, metrics), `cors`, `problems`
(refusals become problem+json), `auth` (who is calling), `rate_limiting`, `validation` (the request as typed values),
`conditional` (ETags). Handlers declare what they take and return with `shared.declarations`; the OpenAPI document is
built from these declarations alone.
"""
