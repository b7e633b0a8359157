"""What handlers share: fields, schemas, responses, declarations, statuses."""
