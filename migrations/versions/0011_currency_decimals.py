"""Amounts have the decimals of their currency: none in yen, three in Kuwaiti dinar.

Amounts that were stored with a fraction of the smallest unit are rounded up, so that what has a price keeps one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

AMOUNTS = (("events", "price"), ("bookings", "amount"), ("payments", "amount"), ("simulated_charges", "amount"))
CHECKED = AMOUNTS[:3]


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION currency_decimals(code text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE
            WHEN code IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
                          'XAF', 'XOF', 'XPF') THEN 0
            WHEN code IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
            ELSE 2
        END
    """)
    for table, column in AMOUNTS:
        decimals = "currency_decimals(currency)"
        rounded = f"CASE {decimals} WHEN 0 THEN ceil({column}) ELSE round({column}, {decimals}) END"
        op.alter_column(table, column, type_=sa.Numeric(), postgresql_using=rounded)
    for table, column in CHECKED:
        op.create_check_constraint(f"{column}_decimals", table, f"scale({column}) = currency_decimals(currency)")


def downgrade() -> None:
    for table, column in CHECKED:
        op.drop_constraint(f"{column}_decimals", table)
    for table, column in AMOUNTS:
        op.alter_column(table, column, type_=sa.Numeric(12, 2))
    op.execute("DROP FUNCTION currency_decimals(text)")
