"""The stores of every slice on PostgreSQL: SQLAlchemy Core on asyncpg."""
