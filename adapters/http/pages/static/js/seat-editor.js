/**
 * The picture beside the form of a seat map: what there is, and what the numbers in the form would make of it. The
 * server says what that means for bookings, with the same page that the button of the form leads to.
 */

import { emptyRows, rowLabel, SeatPainter } from "./seats/painter.js";

const QUIET = 500; // milliseconds without typing until the server is asked
const MOST = 20000; // seats that the picture shows
const LARGEST = 24; // pixels of a seat
const GUTTER = 32; // pixels for the labels of rows
const TOO_LARGE = "A map has 100,000 seats at most, and 1,000 in a row.";
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const root = document.querySelector("[data-seat-editor]");
const form = root.querySelector("[data-generate], [data-resize]");
const picture = root.querySelector("[data-picture]");
const caption = root.querySelector("[data-caption]");
const map = root.querySelector("[data-map]");
const painter = new SeatPainter(map);
const isResize = form.matches("[data-resize]");
const fields = isResize ? ["capacity"] : ["rows", "per_row"];
const present = { seats: root.dataset.statuses, perRow: Number(root.dataset.perRow) };

/** Return the number in a field, or NaN if it holds none. */
function readNumber(name) {
  const text = form.elements[name].value.trim();
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : NaN;
}

/** Return the rows of the map after the change: seats that would go are crossed out, new ones stand out. */
function rowsAfter(capacity) {
  const kept = present.seats.slice(0, capacity);
  const letters = kept + "x".repeat(Math.max(present.seats.length - capacity, 0)) + "y".repeat(Math.max(capacity - present.seats.length, 0));
  const rows = [];
  for (let first = 0; first < letters.length; first += present.perRow) {
    rows.push({ label: rowLabel(rows.length), seats: letters.slice(first, first + present.perRow) });
  }
  return rows;
}

function describe() {
  if (isResize) {
    const capacity = readNumber("capacity");
    if (!capacity) return { rows: rowsAfter(present.seats.length), text: "Type how many seats there should be." };
    if (capacity > 100000) return { rows: [], text: TOO_LARGE };
    return { rows: rowsAfter(capacity), text: plural(capacity, "seat") };
  }
  const [rows, perRow] = [readNumber("rows"), readNumber("per_row")];
  if (!rows || !perRow) return { rows: [], text: "Type how many rows there are, and how many seats each has." };
  if (rows * perRow > 100000 || perRow > 1000) return { rows: [], text: TOO_LARGE };
  const last = `${rowLabel(rows - 1)}-${perRow}`;
  return { rows: emptyRows(rows * perRow, perRow), text: `${plural(rows * perRow, "seat")}, A-1 to ${last}` };
}

function draw() {
  const { rows, text } = describe();
  const count = rows.reduce((sum, row) => sum + row.seats.length, 0);
  const isShown = count > 0 && count <= MOST;
  root.querySelector(".seat-stage").hidden = !isShown;
  caption.textContent = count > MOST ? `${text}. Too many to draw.` : text;
  for (const item of root.querySelectorAll("[data-legend]")) {
    item.hidden = !isShown || !rows.some((row) => row.seats.includes(item.dataset.legend));
  }
  if (isShown) {
    painter.show(rows);
    painter.gutterWidth = GUTTER;
    map.style.maxWidth = `${GUTTER + painter.columns * LARGEST}px`;
    painter.fit(LARGEST);
  }
}

let waiting = 0;
let asking = null;

/** Ask the server what the numbers would do, and show its answer in place. */
async function ask() {
  asking?.abort();
  if (fields.some((name) => !readNumber(name))) return;
  asking = new AbortController();
  const address = new URL(form.querySelector("[data-preview]").dataset.preview, location.href);
  for (const name of fields) {
    address.searchParams.set(name, form.elements[name].value);
  }
  try {
    const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    root.querySelector("[data-region=preview]").replaceChildren(...page.querySelector("[data-region=preview]").childNodes);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

form.addEventListener("input", () => {
  draw();
  clearTimeout(waiting);
  waiting = setTimeout(ask, QUIET);
});
addEventListener("resize", draw);

picture.hidden = false;
draw();
