"""What handlers use: fields, responses, declarations, statuses."""
