/**
 * Paints seats into an SVG: one path per state, whose text is cached by row, so that a change of one seat rebuilds one
 * row. Knows neither choosing nor zooming; the picker and the seat map editor use it.
 *
 *     const painter = new SeatPainter(svg);
 *     painter.show(rows);            // [{ label, seats }]; seats is a string or array of letters, see SHAPES
 *     painter.repaint([3]);          // row 3 has changed
 *     painter.place(scale, x, y);    // pixels per unit, and where the left upper corner of the map is
 *
 * The colours are those of the classes `.seat-a` and so on in `seats.css`.
 */

import { FRONT, ROW, SEAT, cornerOf, sizeOf } from "./geometry.js";

const SVG = "http://www.w3.org/2000/svg";
const NUMBERS_FROM = 28; // pixels per seat
const LETTERS_APART = 15; // pixels
const DIGIT = 2.1; // the width of a digit of the numbers, in units

/** The outline of a seat by the letter of its state. They differ in shape, not only in colour. */
const SHAPES = {
  a: (x, y) => `M${x + 1.5} ${y + 1.5}h7v7h-7z`, // free: a filled square
  h: (x, y) => `M${x + 2} ${y + 2}h6v6h-6z`, // held: a hollow square
  r: (x, y) => `M${x + 5} ${y + 5}h0`, // taken: a dot, the round cap of a line without length
  y: (x, y) => `M${x + 0.8} ${y + 0.8}h8.4v8.4h-8.4zM${x + 7.2} ${y + 3.4}l-2.7 3.4-1.5-1.6`, // yours: a square with a check
  x: (x, y) => `M${x + 2} ${y + 2}l6 6M${x + 8} ${y + 2}l-6 6`, // would be deleted: a cross
};

const ALL = { firstRow: 0, lastRow: Infinity, firstColumn: 0, lastColumn: Infinity };

export class SeatPainter {
  /** @param {SVGSVGElement} svg is emptied, and hidden from assistive technology: say what it shows elsewhere. */
  constructor(svg) {
    svg.setAttribute("aria-hidden", "true");
    this.svg = svg;
    this.map = element("g");
    this.front = element("path", "seat-front");
    this.paths = Object.fromEntries(Object.keys(SHAPES).map((letter) => [letter, element("path", `seat-${letter}`)]));
    this.numbers = element("g", "seat-numbers");
    this.cursor = element("rect", "seat-cursor");
    this.edge = element("rect", "seat-edge");
    this.gutter = element("g", "seat-rows");
    this.map.append(this.front, ...Object.values(this.paths), this.numbers, this.cursor);
    svg.replaceChildren(this.map, this.edge, this.gutter);
    this.rows = [];
    this.window = ALL;
    this.cache = [];
    this.dirty = new Set();
    this.frame = 0;
    this.view = { scale: 1, x: 0, y: 0 };
    this.gutterWidth = 0;
    this.highlight(null);
  }

  /** Show these rows instead of the present ones. */
  show(rows) {
    this.rows = rows;
    this.columns = Math.max(1, ...rows.map((row) => row.seats.length));
    this.size = sizeOf(rows.length, this.columns);
    this.front.setAttribute("d", `M${this.size.width * 0.2} ${FRONT / 2}h${this.size.width * 0.6}`);
    this.forget();
  }

  /** Draw these rows again, at the next frame. */
  repaint(rows) {
    for (const row of rows) {
      this.cache[row] = undefined;
    }
    this.schedule(true);
  }

  /** Draw only what is in this window: { firstRow, lastRow, firstColumn, lastColumn }, the last ones included. */
  limit(window) {
    const same = Object.keys(ALL).every((key) => this.window[key] === window[key]);
    if (!same) {
      this.window = window;
      this.forget();
    }
  }

  /** Move and scale the picture: pixels per unit, and the pixel of the map's left upper corner. */
  place(scale, x, y) {
    this.view = { scale, x, y };
    this.schedule(false);
  }

  /** Show the whole map as large as it fits into the SVG's width, and give the SVG its height. For maps without zoom. */
  fit(maxSeat = 28) {
    const gutter = this.gutterWidth;
    const scale = Math.min((this.svg.clientWidth - gutter) / this.size.width, maxSeat / SEAT);
    this.svg.setAttribute("height", Math.ceil(this.size.height * scale));
    this.place(scale, gutter, 0);
  }

  /** Put the ring around a seat, or around none. */
  highlight(seat) {
    this.cursor.setAttribute("visibility", seat ? "visible" : "hidden");
    if (seat) {
      const { x, y } = cornerOf(seat.row, seat.column);
      set(this.cursor, { x: x - 0.5, y: y - 0.5, width: SEAT + 1, height: SEAT + 1, rx: 2 });
    }
  }

  forget() {
    this.cache = [];
    this.schedule(true);
  }

  schedule(seatsChanged) {
    this.seatsChanged ||= seatsChanged;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.seatsChanged) {
        this.paintSeats();
        this.seatsChanged = false;
      }
      this.paintView();
    });
  }

  paintSeats() {
    const texts = Object.fromEntries(Object.keys(SHAPES).map((letter) => [letter, ""]));
    const last = Math.min(this.window.lastRow, this.rows.length - 1);
    for (let row = Math.max(this.window.firstRow, 0); row <= last; row += 1) {
      const drawn = (this.cache[row] ??= drawRow(this.rows[row].seats, row, this.window));
      for (const letter in drawn) {
        texts[letter] += drawn[letter];
      }
    }
    for (const letter in texts) {
      if (this.paths[letter].getAttribute("d") !== texts[letter]) {
        this.paths[letter].setAttribute("d", texts[letter]);
      }
    }
  }

  paintView() {
    const { scale, x, y } = this.view;
    this.map.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    const height = this.svg.clientHeight;
    set(this.edge, { width: this.gutterWidth, height });
    const first = Math.max(0, Math.floor((-y / scale - FRONT) / ROW));
    const last = Math.min(this.rows.length - 1, Math.floor(((height - y) / scale - FRONT) / ROW));
    this.paintLetters(first, last);
    this.paintNumbers(first, last);
  }

  /** Row labels stay at the left edge. Where rows are close, only every second, fifth, … has its label. */
  paintLetters(first, last) {
    const { scale, y } = this.view;
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((rows) => rows * ROW * scale >= LETTERS_APART) ?? 1000;
    const texts = pool(this.gutter, this.gutterWidth ? count(first, last, step) : 0, "text");
    let index = 0;
    for (let row = Math.ceil(first / step) * step; index < texts.length; row += step, index += 1) {
      texts[index].textContent = this.rows[row].label;
      set(texts[index], { x: this.gutterWidth / 2, y: y + (FRONT + row * ROW + SEAT / 2) * scale });
    }
  }

  /** Numbers stand in large seats that are in sight: one text for each row, every digit of it with its own place. */
  paintNumbers(first, last) {
    const { scale, x } = this.view;
    const wanted = SEAT * scale >= NUMBERS_FROM;
    const texts = pool(this.numbers, wanted ? count(first, last, 1) : 0, "text");
    const left = Math.max(0, Math.floor(-x / scale / SEAT));
    const right = Math.floor((this.svg.clientWidth - x) / scale / SEAT);
    texts.forEach((text, index) => {
      const row = first + index;
      const seats = this.rows[row].seats;
      const digits = [];
      const places = [];
      for (let column = left; column <= Math.min(right, seats.length - 1); column += 1) {
        if (seats[column] === "a" || seats[column] === "h") {
          const number = String(column + 1);
          const start = column * SEAT + SEAT / 2 - ((number.length - 1) * DIGIT) / 2;
          for (let digit = 0; digit < number.length; digit += 1) {
            digits.push(number[digit]);
            places.push(Math.round((start + digit * DIGIT) * 10) / 10);
          }
        }
      }
      text.textContent = digits.join("");
      set(text, { x: places.join(" "), y: FRONT + row * ROW + SEAT / 2 });
    });
  }
}

/** Return the rows of a map of which nothing is sold, with so many seats in each row but the last. */
export function emptyRows(seats, perRow) {
  return Array.from({ length: Math.ceil(seats / perRow) }, (_, row) => ({
    label: rowLabel(row),
    seats: "a".repeat(Math.min(perRow, seats - row * perRow)),
  }));
}

/** Return A, B … Z, AA, AB … like the columns of a spreadsheet. */
export function rowLabel(row) {
  let label = "";
  for (let rest = row + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    label = String.fromCharCode(65 + ((rest - 1) % 26)) + label;
  }
  return label;
}

function drawRow(seats, row, window) {
  const drawn = {};
  const last = Math.min(window.lastColumn, seats.length - 1);
  for (let column = Math.max(window.firstColumn, 0); column <= last; column += 1) {
    const letter = seats[column];
    const { x, y } = cornerOf(row, column);
    drawn[letter] = (drawn[letter] ?? "") + SHAPES[letter](x, y);
  }
  return drawn;
}

function count(first, last, step) {
  return Math.max(0, Math.floor(last / step) - Math.ceil(first / step) + 1);
}

/** Return exactly so many children of a group; existing ones are used again. */
function pool(group, length, name) {
  while (group.childElementCount > length) {
    group.lastElementChild.remove();
  }
  while (group.childElementCount < length) {
    group.append(element(name));
  }
  return [...group.children];
}

function element(name, className) {
  const made = document.createElementNS(SVG, name);
  if (className) {
    made.setAttribute("class", className);
  }
  return made;
}

function set(target, attributes) {
  for (const name in attributes) {
    target.setAttribute(name, attributes[name]);
  }
}
