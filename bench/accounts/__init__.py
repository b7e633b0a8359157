"""Log-ins per second compared with what the machine can hash, and the latency of other requests meanwhile (P7)."""
