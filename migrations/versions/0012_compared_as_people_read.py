"""Fold what people type in the application, so that every store compares and finds the same; requests of organizers.

Names get keys, events get the columns that they are searched by, and a search is a list of words. All are computed by
the functions of `core`: whoever changes those functions fills these columns again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.alerts.messages import comparable_location
from core.alerts.search import SavedSearch
from core.catalog.search import weigh_words
from core.shared.email import normalise_email
from core.shared.geography import Circle, Position
from core.shared.text import fold_text, name_key

revision = "0012"
down_revision = "0011"

BATCH = 1000
MAX_POSITION = 16_383
FOLDED = ("folded_name", "folded_venue", "folded_city", "category_key", "tag_keys")

# Each search word is the beginning of a known word. If no known word begins with it, it stands for the known words with
# the same first letter that it can be turned into by changing, adding or removing this many letters.
SEARCH_QUERY = """
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
"""

REMEMBER_WORDS_TRIGGER = """
CREATE TRIGGER events_remember_words
AFTER INSERT OR UPDATE OF search ON events
FOR EACH ROW EXECUTE FUNCTION remember_words()
"""

# As the first migrations defined them.
OLD_FUNCTIONS = (
    """
    CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1))
    """,
    """
    CREATE FUNCTION words_of(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(public.fold(coalesce($1, '')), '[^[:alnum:]]+', ' ', 'g')
    """,
    """
    CREATE FUNCTION join_words(text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_string($1, ' ')
    """,
    """
    CREATE FUNCTION event_search(name text, venue text, city text, category text, tags text[], description text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('simple', public.words_of(name)), 'A')
        || setweight(to_tsvector('simple', public.words_of(
               public.join_words(ARRAY[venue, city, category, public.join_words(tags)]))), 'B')
        || setweight(to_tsvector('simple', public.words_of(description)), 'D')
    """,
    """
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
    """,
)
OLD_TRIGGER = """
CREATE TRIGGER events_remember_words
AFTER INSERT OR UPDATE OF name, venue, city, category, tags, description ON events
FOR EACH ROW EXECUTE FUNCTION remember_words()
"""


def upgrade() -> None:
    _key_areas()
    _fold_events()
    _replace_functions()
    _fold_sent_alerts()
    _normalise_emails()
    _fold_users()
    _fold_visitors()
    _fold_subscriptions()
    op.create_table(
        "organizer_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("organizer_requests_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("organizer_requests_pkey")),
        sa.UniqueConstraint("user_id", name=op.f("organizer_requests_user_id_key")),
    )


def downgrade() -> None:
    op.drop_table("organizer_requests")
    op.drop_column("bookings", "visitor_search_text")
    op.drop_column("users", "search_text")
    op.alter_column("subscriptions", "category_key", new_column_name="lower_category")
    _restore_functions()
    op.drop_constraint("areas_name_key_key", "areas")
    op.drop_column("areas", "name_key")
    op.create_index("areas_lower_name_key", "areas", [sa.literal_column("lower(name)")], unique=True)


def _key_areas() -> None:
    """Give areas the keys of their names. Of areas that people read as the same, the later ones get a number."""
    op.add_column("areas", sa.Column("name_key", sa.Text(collation="C")))
    op.drop_index("areas_lower_name_key", "areas")
    areas = op.get_bind().execute(sa.text("SELECT id, name FROM areas ORDER BY created_at, id")).all()
    taken = {name_key(area.name) for area in areas}
    keys: set[str] = set()
    for area in areas:
        name = area.name
        if name_key(name) in keys:
            name = next(each for number in count(2) if name_key(each := f"{area.name} ({number})") not in taken)
        keys.add(name_key(name))
        taken.add(name_key(name))
        _execute(
            "UPDATE areas SET name = :name, name_key = :key WHERE id = :id", id=area.id, name=name, key=name_key(name)
        )
    op.alter_column("areas", "name_key", nullable=False)
    op.create_unique_constraint("areas_name_key_key", "areas", ["name_key"])


def _fold_events() -> None:
    op.execute("DROP TRIGGER events_remember_words ON events")
    op.drop_index("events_folded_name_idx", "events")
    op.drop_index("events_search_idx", "events")
    op.execute("ALTER TABLE events ALTER COLUMN search DROP EXPRESSION")
    op.add_column("events", sa.Column("folded_name", sa.Text(collation="C")))
    for name in ("folded_venue", "folded_city", "category_key"):
        op.add_column("events", sa.Column(name, sa.Text))
    op.add_column("events", sa.Column("tag_keys", postgresql.ARRAY(sa.Text)))
    for rows in _batches("events", "id, name, venue, city, category, tags, description"):
        values = [
            {
                "id": row.id,
                "folded_name": fold_text(row.name),
                "folded_venue": fold_text(row.venue or ""),
                "folded_city": fold_text(row.city or ""),
                "category_key": name_key(row.category or ""),
                "tag_keys": [name_key(tag) for tag in row.tags],
                "search": _search_vector(row),
            }
            for row in rows
        ]
        op.get_bind().execute(
            sa.text(
                "UPDATE events SET folded_name = :folded_name, folded_venue = :folded_venue,"
                " folded_city = :folded_city, category_key = :category_key, tag_keys = :tag_keys,"
                " search = CAST(:search AS tsvector) WHERE id = :id"
            ).bindparams(
                sa.bindparam("id", type_=sa.Uuid),
                sa.bindparam("tag_keys", type_=postgresql.ARRAY(sa.Text)),
                sa.bindparam("search", type_=postgresql.TSVECTOR),
            ),
            values,
        )
    for name in (*FOLDED, "search"):
        op.alter_column("events", name, nullable=False)
    op.create_index("events_search_idx", "events", ["search"], postgresql_using="gin")
    op.create_index(
        "events_folded_name_idx",
        "events",
        ["folded_name"],
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )


def _search_vector(event: Any) -> str:
    words = weigh_words(event.name, (event.venue, event.city, event.category, *event.tags), event.description)
    return " ".join(f"'{word}':{min(at, MAX_POSITION)}{weight}" for at, (word, weight) in enumerate(words.items(), 1))


def _replace_functions() -> None:
    op.execute("DROP FUNCTION search_query")
    op.execute(SEARCH_QUERY)
    for function in ("event_search", "join_words", "words_of", "fold"):
        op.execute(f"DROP FUNCTION {function}")
    # Corrections need no trigrams any more, only the words in their order.
    op.drop_index("search_words_trigrams_idx", "search_words")
    _refill_vocabulary()
    op.execute(REMEMBER_WORDS_TRIGGER)


def _restore_functions() -> None:
    op.execute("DROP TRIGGER events_remember_words ON events")
    op.execute("DROP FUNCTION search_query")
    for function in OLD_FUNCTIONS:
        op.execute(function)
    for name in (*FOLDED, "search"):
        op.drop_column("events", name)
    op.add_column(
        "events",
        sa.Column(
            "search",
            postgresql.TSVECTOR,
            sa.Computed("event_search(name, venue, city, category, tags, description)", persisted=True),
        ),
    )
    op.create_index("events_search_idx", "events", ["search"], postgresql_using="gin")
    op.create_index(
        "events_folded_name_idx",
        "events",
        [sa.literal_column("fold(name)").label("folded")],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index(
        "search_words_trigrams_idx",
        "search_words",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    _refill_vocabulary()
    op.execute(OLD_TRIGGER)


# Where an address may be given once: of the whole table, or of an event.
EMAILS = (
    ("users", "email", "email_verified DESC, id", "true"),
    ("bookings", "visitor_email", "id", "other.event_id = mine.event_id"),
    ("one_time_links", "email", "id", "false"),
)


def _normalise_emails() -> None:
    """Spell every address as it is spelled now.

    Of accounts that turn out to have one address, the one spelled so has it, else the first verified one. The others
    keep their old spelling, under which nobody can sign in: an admin finds them in the list of accounts.
    """
    for table, column, order, is_rival in EMAILS:
        # Only addresses with other letters or in punycode may have another spelling.
        query = (
            f"SELECT id, {column} AS email FROM {table}"  # noqa: S608 - constants
            f" WHERE {column} !~ '^[ -~]*$' OR {column} LIKE '%xn--%' ORDER BY {order}"
        )
        for row in op.get_bind().execute(sa.text(query)).all():
            _execute(
                f"UPDATE {table} AS mine SET {column} = :email WHERE id = :id AND NOT EXISTS"  # noqa: S608 - constants
                f" (SELECT FROM {table} AS other WHERE other.{column} = :email AND {is_rival})",
                id=row.id,
                email=normalise_email(row.email),
            )


def _fold_users() -> None:
    op.add_column("users", sa.Column("search_text", sa.Text))
    for rows in _batches("users", "id, name, email"):
        values = [{"id": row.id, "text": fold_text(f"{row.name}\n{row.email}")} for row in rows]
        update = sa.text("UPDATE users SET search_text = :text WHERE id = :id")
        op.get_bind().execute(update.bindparams(sa.bindparam("id", type_=sa.Uuid)), values)
    op.alter_column("users", "search_text", nullable=False)


def _fold_visitors() -> None:
    op.add_column("bookings", sa.Column("visitor_search_text", sa.Text))
    for rows in _batches("bookings", "id, visitor_name, visitor_email"):
        values = [
            {"id": row.id, "text": fold_text(f"{row.visitor_name}\n{row.visitor_email}")}
            for row in rows
            if row.visitor_email is not None
        ]
        if values:
            update = sa.text("UPDATE bookings SET visitor_search_text = :text WHERE id = :id")
            op.get_bind().execute(update.bindparams(sa.bindparam("id", type_=sa.Uuid)), values)


def _fold_subscriptions() -> None:
    """Compute what subscriptions are looked up by. Of several for the same, the first confirmed one stays."""
    op.alter_column("subscriptions", "lower_category", new_column_name="category_key")
    rows = op.get_bind().execute(sa.text("SELECT * FROM subscriptions ORDER BY confirmed_at NULLS LAST, id")).all()
    kept: dict[Any, tuple[Any, str, SavedSearch]] = {}
    for row in rows:
        near = None if row.radius_km is None else Circle(Position(row.latitude, row.longitude), row.radius_km)
        search = SavedSearch(row.text, row.category, row.city, near, row.price_max)
        email = normalise_email(row.email)
        same_search = (email, search.key)
        same_request = (*same_search, row.frequency, row.timezone)
        if same_request in kept or (row.confirmed_at is not None and same_search in kept):
            _execute("DELETE FROM subscriptions WHERE id = :id", id=row.id)
        else:
            kept[same_request] = kept[same_search] = (row.id, email, search)
    for subscription_id, email, search in kept.values():
        _execute(
            "UPDATE subscriptions SET email = :email, search_key = :key, term = :term, category_key = :category,"
            " folded_city = :city WHERE id = :id",
            id=subscription_id,
            email=email,
            key=search.key,
            term=search.lookup_term,
            category=search.category_key,
            city=search.folded_city,
        )


def _fold_sent_alerts() -> None:
    rows = op.get_bind().execute(sa.text("SELECT DISTINCT venue, city, location FROM sent_alerts")).all()
    for row in rows:
        location = comparable_location(row.venue, row.city)
        if location != row.location:
            _execute(
                "UPDATE sent_alerts SET location = :location WHERE venue IS NOT DISTINCT FROM :venue"
                " AND city IS NOT DISTINCT FROM :city",
                location=location,
                venue=row.venue,
                city=row.city,
            )


def _refill_vocabulary() -> None:
    op.execute("TRUNCATE search_words")
    op.execute(
        "INSERT INTO search_words (word)"
        " SELECT DISTINCT lexeme FROM events, unnest(tsvector_to_array(search)) AS lexeme"
    )


def _batches(table: str, columns: str) -> Iterator[Sequence[Any]]:
    """Yield all rows, a batch at a time, in the order of their ids."""
    query = sa.text(f"SELECT {columns} FROM {table} WHERE id > :last ORDER BY id LIMIT {BATCH}")  # noqa: S608 - constants
    last = "00000000-0000-0000-0000-000000000000"
    while (
        rows := op.get_bind()
        .execute(query.bindparams(sa.bindparam("last", type_=sa.Uuid(False))), {"last": last})
        .all()
    ):
        yield rows
        last = str(rows[-1].id)


def _execute(statement: str, **values: Any) -> None:
    op.get_bind().execute(sa.text(statement), values)
