"""Shared by all handlers: fields, schemas, responses, declarations, statuses."""
