/** How many places are left and how many parties wait, as `events/actions.py` words it. */

const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });

/**
 * Return what the page of an event says now where it had the places left ("places") or the parties that wait ("line");
 * null if more has changed than that number, so that the page must be read again.
 */
export function wordsOf(count, capacity, { available, waitlist_count: waiting }) {
  const isFull = waiting > 0 || available === 0;
  if (count === "places" && !isFull && available !== null) return `${available} of ${capacity} left`;
  if (count === "line" && isFull) return lineSentence(waiting);
  return null;
}

export function lineSentence(waiting) {
  if (waiting === 0) return "Nobody waits yet; you would be first. Nobody overtakes.";
  const parties = waiting === 1 ? "1 party waits" : `${waiting.toLocaleString("en")} parties wait`;
  return `${parties}; you would be ${ordinal(waiting + 1)}. Nobody overtakes.`;
}

function ordinal(number) {
  return `${number}${ENDINGS[ordinals.select(number)]}`;
}
