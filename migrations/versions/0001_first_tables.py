"""Create the tables of accounts, catalog, booking and discovery, and the text search functions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

FUNCTIONS = (
    # unaccent() is only STABLE because its dictionary can be replaced; ours is not, and an index needs IMMUTABLE.
    """
    CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1))
    """,
    # Only letters and digits: the text parser would take "rock/pop" for one word, a file path.
    """
    CREATE FUNCTION words_of(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(public.fold(coalesce($1, '')), '[^[:alnum:]]+', ' ', 'g')
    """,
    # array_to_string() is only STABLE because some types depend on settings; text does not.
    """
    CREATE FUNCTION joined(text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_string($1, ' ')
    """,
    """
    CREATE FUNCTION event_search(name text, venue text, city text, category text, tags text[], description text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('simple', public.words_of(name)), 'A')
        || setweight(to_tsvector('simple', public.words_of(
               public.joined(ARRAY[venue, city, category, public.joined(tags)]))), 'B')
        || setweight(to_tsvector('simple', public.words_of(description)), 'D')
    """,
)

# Every word that an event has ever had. Sorted, so that two transactions never deadlock.
REMEMBER_WORDS = """
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
"""

REMEMBER_WORDS_TRIGGER = """
CREATE TRIGGER events_remember_words
AFTER INSERT OR UPDATE OF name, venue, city, category, tags, description ON events
FOR EACH ROW EXECUTE FUNCTION remember_words()
"""

# Each search word is the beginning of a known word. If no word begins with it, it is a typing mistake and replaced with
# the most similar known words: by shared trigrams, or by one wrong letter, two in a long word (swapped letters: two).
# Comparing with the vocabulary keeps this fast for any number of events.
SEARCH_QUERY = """
CREATE FUNCTION search_query(asked text) RETURNS tsquery LANGUAGE plpgsql STABLE PARALLEL SAFE
SET pg_trgm.similarity_threshold = 0.2 AS $$
DECLARE
    word_asked text;
    meant text;
    mistakes int;
    whole tsquery;
BEGIN
    FOR word_asked IN SELECT DISTINCT regexp_split_to_table(trim(words_of(asked)), ' ') LOOP
        CONTINUE WHEN word_asked = '';
        meant := word_asked || ':*';
        mistakes := CASE WHEN length(word_asked) > 5 THEN 2 WHEN length(word_asked) > 2 THEN 1 ELSE 0 END;
        IF NOT EXISTS (SELECT FROM search_words WHERE word LIKE word_asked || '%') THEN
            SELECT coalesce(string_agg(similar_word.word, ' | '), meant) INTO meant FROM (
                SELECT word FROM search_words
                WHERE word % word_asked
                    AND (similarity(word, word_asked) >= 0.4
                         OR levenshtein_less_equal(word, word_asked, mistakes) <= mistakes)
                ORDER BY similarity(word, word_asked) DESC LIMIT 50
            ) AS similar_word;
        END IF;
        whole := coalesce(whole && to_tsquery('simple', meant), to_tsquery('simple', meant));
    END LOOP;
    RETURN whole;
END
$$
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    op.execute("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch")
    for function in FUNCTIONS:
        op.execute(function)
    op.create_table(
        "areas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("areas_pkey")),
    )
    op.create_index("areas_lower_name_key", "areas", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "scrape_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "eventbrite",
                "dice",
                "meetup",
                "web",
                name=op.f("scrape_runs_source_check"),
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", postgresql.JSONB(), nullable=False),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("scrape_runs_pkey")),
    )
    op.create_index("scrape_runs_newest_idx", "scrape_runs", ["source", "scope", "id"], unique=False)
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("search_words_pkey")),
    )
    op.create_index(
        "search_words_trigrams_idx",
        "search_words",
        ["word"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "user",
                "organizer",
                "admin",
                name=op.f("users_role_check"),
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("email", name=op.f("users_email_key")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text(), as_tuple=True), server_default="{}", nullable=False),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("registration_deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("booked_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("price", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "closed",
                "inactive",
                "cancelled",
                name=op.f("events_status_check"),
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("organizer_id", sa.Uuid(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum(
                "local",
                "eventbrite",
                "dice",
                "meetup",
                "web",
                "ics",
                "partner",
                name=op.f("events_origin_check"),
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("event_search(name, venue, city, category, tags, description)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "booked_count >= 0 AND booked_count <= coalesce(capacity, booked_count)",
            name=op.f("events_booked_count_check"),
        ),
        sa.CheckConstraint("end_time >= start_time", name=op.f("events_end_time_check")),
        sa.CheckConstraint("price >= 0", name=op.f("events_price_check")),
        sa.CheckConstraint("registration_deadline <= start_time", name=op.f("events_registration_deadline_check")),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("events_area_id_fkey")),
        sa.ForeignKeyConstraint(["organizer_id"], ["users.id"], name=op.f("events_organizer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("events_pkey")),
    )
    op.create_index(op.f("events_area_id_idx"), "events", ["area_id"], unique=False)
    op.create_index(
        "events_folded_name_idx",
        "events",
        [sa.literal_column("fold(name)").label("folded")],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index(
        "events_listed_idx",
        "events",
        ["start_time", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('open', 'closed')"),
    )
    op.create_index(op.f("events_organizer_id_idx"), "events", ["organizer_id"], unique=False)
    op.create_index("events_search_idx", "events", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("sessions_user_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
    )
    op.create_index(op.f("sessions_user_id_idx"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "confirmed",
                "cancelled",
                name=op.f("bookings_status_check"),
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("bookings_amount_check")),
        sa.CheckConstraint("quantity > 0", name=op.f("bookings_quantity_check")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("bookings_event_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("bookings_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("bookings_pkey")),
    )
    op.create_index(op.f("bookings_event_id_idx"), "bookings", ["event_id"], unique=False)
    op.create_index("bookings_user_id_newest_idx", "bookings", ["user_id", sa.literal_column("id DESC")], unique=False)
    op.create_table(
        "event_sources",
        sa.Column(
            "source",
            sa.Enum(
                "eventbrite",
                "dice",
                "meetup",
                "web",
                name=op.f("event_sources_source_check"),
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("event_sources_event_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("event_sources_pkey")),
    )
    op.create_index(op.f("event_sources_event_id_idx"), "event_sources", ["event_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("idempotency_keys_booking_id_fkey")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("idempotency_keys_event_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("idempotency_keys_user_id_fkey")),
        sa.PrimaryKeyConstraint("user_id", "event_id", "key", name=op.f("idempotency_keys_pkey")),
    )
    # ### end Alembic commands ###

    op.execute(REMEMBER_WORDS)
    op.execute(REMEMBER_WORDS_TRIGGER)
    op.execute(SEARCH_QUERY)


def downgrade() -> None:
    op.execute("DROP FUNCTION search_query")
    for table in (
        "idempotency_keys",
        "event_sources",
        "bookings",
        "sessions",
        "events",
        "users",
        "search_words",
        "scrape_runs",
        "areas",
    ):
        op.drop_table(table)
    for function in ("remember_words", "event_search", "joined", "words_of", "fold"):
        op.execute(f"DROP FUNCTION {function}")
    # The extensions stay: they may have existed before.
