"""Every port in plain memory: the harness of the tests, and the store of the `memory` profile."""
