"""Background work on PgQueuer, in the same PostgreSQL as everything else."""
