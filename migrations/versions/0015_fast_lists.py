"""Serve every list of events from an index, and keep past events, weeks, tags and cities apart for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.shared.words import is_fragment

revision = "0015"
down_revision = "0014"

ASCENDING_PRICE = "coalesce(price, 1000000000)"
DESCENDING_PRICE = "coalesce(price, -1000000000)"
SORTED_NAME = '"left"(folded_name, 80)'
INDEXES: dict[str, tuple[str, ...]] = {
    "events_by_city_idx": ("has_ended", "folded_city", "start_time", "id"),
    "events_by_city_and_category_idx": ("has_ended", "folded_city", "category_key", "start_time", "id"),
    "events_by_city_and_price_idx": ("has_ended", "folded_city", ASCENDING_PRICE, "id"),
    "events_by_creation_idx": ("has_ended", "created_at", "id"),
    "events_by_name_idx": ("has_ended", SORTED_NAME, "id"),
    "events_by_price_idx": ("has_ended", ASCENDING_PRICE, "id"),
    "events_by_falling_price_idx": ("has_ended", DESCENDING_PRICE, "id"),
}
COVERING_INDEXES = {
    "events_by_start_idx": ("has_ended", "start_time", "id"),
    "events_by_category_idx": ("has_ended", "category_key", "start_time", "id"),
}

# Weeks and tags as the code writes them: the numbers of the weeks count from the beginning of 1970.
ADD_LEXEMES = """
UPDATE events SET
    has_ended = end_time < now() - interval '1 hour',
    search = search || array_to_tsvector(
        array_prepend(
            '@' || floor(extract(epoch FROM start_time) / 604800)::text,
            ARRAY(SELECT '#' || tag FROM unnest(tag_keys) AS tag)
        )
    )
"""
REMOVE_LEXEMES = """
UPDATE events SET
    tag_keys = ARRAY(SELECT substr(lexeme, 2) FROM unnest(lexemes) AS lexeme WHERE lexeme LIKE '#%'),
    search = ts_delete(search, ARRAY(SELECT lexeme FROM unnest(lexemes) AS lexeme WHERE lexeme ~ '^[@#]'))
FROM (SELECT id AS key, tsvector_to_array(search) AS lexemes FROM events) AS indexed
WHERE id = key
"""

KEEP_UTILIZATION = """
CREATE FUNCTION keep_utilization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_utilizations (event_id, has_ended, utilization)
    VALUES (NEW.id, NEW.has_ended, coalesce(NEW.booked_count::float8 / NEW.capacity, 0))
    ON CONFLICT (event_id) DO UPDATE SET has_ended = excluded.has_ended, utilization = excluded.utilization;
    RETURN NULL;
END
$$
"""
UTILIZATION_TRIGGERS = (
    "CREATE TRIGGER events_new_utilization AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION keep_utilization()",
    """
    CREATE TRIGGER events_keep_utilization AFTER UPDATE OF booked_count, capacity, has_ended ON events FOR EACH ROW
    WHEN ((OLD.booked_count, OLD.capacity, OLD.has_ended)
        IS DISTINCT FROM (NEW.booked_count, NEW.capacity, NEW.has_ended))
    EXECUTE FUNCTION keep_utilization()
    """,
)
FILL_UTILIZATIONS = """
INSERT INTO event_utilizations (event_id, has_ended, utilization)
SELECT id, has_ended, coalesce(booked_count::float8 / capacity, 0) FROM events
"""

# As earlier migrations defined them.
OLD_FUNCTIONS = (
    """
    CREATE FUNCTION remember_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO search_words (word)
        SELECT lexeme FROM unnest(tsvector_to_array(NEW.search)) AS lexeme
        WHERE NOT EXISTS (SELECT FROM search_words WHERE word = lexeme)
        ORDER BY lexeme COLLATE "C"
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER events_remember_words AFTER INSERT OR UPDATE OF search ON events
    FOR EACH ROW EXECUTE FUNCTION remember_words()
    """,
    """
    CREATE FUNCTION search_query(words text[], mistakes int[], max_corrections int) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE
        wanted text;
        corrected text;
        whole tsquery;
    BEGIN
        FOR at IN 1 .. cardinality(words) LOOP
            wanted := words[at];
            corrected := NULL;
            IF mistakes[at] > 0 AND NOT EXISTS (
                SELECT FROM search_words WHERE word >= wanted AND word < wanted || chr(1114111)
            ) THEN
                SELECT string_agg(quote_literal(close.word), ' | ') INTO corrected FROM (
                    SELECT word FROM search_words
                    WHERE word >= left(wanted, 1) AND word < left(wanted, 1) || chr(1114111)
                        AND length(word) BETWEEN length(wanted) - mistakes[at] AND length(wanted) + mistakes[at]
                        AND levenshtein_less_equal(word, wanted, mistakes[at]) <= mistakes[at]
                    ORDER BY levenshtein_less_equal(word, wanted, mistakes[at]), word
                    LIMIT max_corrections
                ) AS close;
            END IF;
            wanted := coalesce(corrected, quote_literal(wanted) || ':*');
            whole := CASE WHEN whole IS NULL THEN wanted::tsquery ELSE whole && wanted::tsquery END;
        END LOOP;
        RETURN whole;
    END
    $$
    """,
)


def upgrade() -> None:
    op.execute("DROP TRIGGER events_remember_words ON events")
    for function in ("remember_words", "search_query"):
        op.execute(f"DROP FUNCTION {function}")
    op.add_column("events", sa.Column("has_ended", sa.Boolean, nullable=False, server_default=sa.false()))
    for index in ("events_listed_idx", "events_search_idx"):
        op.drop_index(index, "events")
    # Room for the counts that bookings change: where a page is full, a changed row goes to another one, and PostgreSQL
    # writes an entry to every index. The update below rewrites all rows.
    op.execute("ALTER TABLE events SET (fillfactor = 85)")
    op.execute(ADD_LEXEMES)
    op.drop_column("events", "tag_keys")
    op.create_index("events_search_idx", "events", ["search"], postgresql_using="gin")
    op.create_index("events_to_end_idx", "events", ["end_time"], postgresql_where=sa.text("NOT has_ended"))
    for name, columns in COVERING_INDEXES.items():
        op.create_index(name, "events", columns, postgresql_include=["end_time", "status"])
    for name, columns in INDEXES.items():
        op.create_index(name, "events", [sa.text(column) for column in columns])
    _index_parts("events", "folded_venue", "events_folded_venue_idx")
    _create_cities()
    _create_utilizations()
    _forget_fragments()
    op.execute("ANALYZE events")


def downgrade() -> None:
    op.drop_table("event_utilizations")
    for trigger in ("events_new_utilization", "events_keep_utilization"):
        op.execute(f"DROP TRIGGER {trigger} ON events")
    op.execute("DROP FUNCTION keep_utilization")
    op.drop_table("event_cities")
    for index in (*INDEXES, *COVERING_INDEXES, "events_to_end_idx", "events_folded_venue_idx", "events_search_idx"):
        op.drop_index(index, "events")
    op.add_column("events", sa.Column("tag_keys", postgresql.ARRAY(sa.Text)))
    op.execute(REMOVE_LEXEMES)
    op.alter_column("events", "tag_keys", nullable=False)
    op.drop_column("events", "has_ended")
    op.execute("ALTER TABLE events RESET (fillfactor)")
    op.create_index("events_search_idx", "events", ["search"], postgresql_using="gin")
    op.create_index(
        "events_listed_idx", "events", ["start_time", "id"], postgresql_where=sa.text("status IN ('open', 'closed')")
    )
    op.execute("TRUNCATE search_words")
    op.execute(
        "INSERT INTO search_words (word)"
        " SELECT DISTINCT lexeme FROM events, unnest(tsvector_to_array(search)) AS lexeme"
    )
    for function in OLD_FUNCTIONS:
        op.execute(function)


def _create_cities() -> None:
    op.create_table(
        "event_cities",
        sa.Column("folded_name", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("folded_name", name=op.f("event_cities_pkey")),
    )
    op.execute("INSERT INTO event_cities (folded_name) SELECT DISTINCT folded_city FROM events")
    _index_parts("event_cities", "folded_name", "event_cities_parts_idx")


def _create_utilizations() -> None:
    op.create_table(
        "event_utilizations",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("has_ended", sa.Boolean(), nullable=False),
        sa.Column("utilization", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("event_utilizations_event_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("event_utilizations_pkey")),
    )
    op.execute(FILL_UTILIZATIONS)
    op.create_index("event_utilizations_idx", "event_utilizations", ["has_ended", "utilization", "event_id"])
    for statement in (KEEP_UTILIZATION, *UTILIZATION_TRIGGERS):
        op.execute(statement)


def _index_parts(table: str, column: str, name: str) -> None:
    op.create_index(name, table, [column], postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"})


def _forget_fragments() -> None:
    """Leave in the vocabulary what can be completed and corrected: not the parts of runs without spaces."""
    words = op.get_bind().execute(sa.text("SELECT word FROM search_words WHERE word !~ '^[ -~]*$'")).scalars()
    fragments = [word for word in words if is_fragment(word)]
    delete = sa.text("DELETE FROM search_words WHERE word = ANY(:fragments)")
    op.get_bind().execute(delete, {"fragments": fragments})
