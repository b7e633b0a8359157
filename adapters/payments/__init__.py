"""The built-in payment gateway: a simulation with a ledger of its own."""
