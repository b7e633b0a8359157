/** Amounts as pages write them (`shared/filters.py`): thousands apart by a thin space. */

export function formatMoney(amount, currency) {
  const parts = new Intl.NumberFormat("en", { style: "currency", currency }).formatToParts(amount);
  return parts.map((part) => (part.type === "group" ? "\u202f" : part.value)).join("");
}
