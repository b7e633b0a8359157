/**
 * The seats of an event and those that the viewer has chosen. Choosing is local: nothing is held by it.
 *
 * Seats change by `replace` (all rows, as the seat map of the API has them) or `apply` (a few, as live messages have
 * them). Subscribers are called with a Change:
 *
 *     rows    the indexes of the rows that look different now; null means all
 *     lost    the chosen seats that somebody else has now; they are no longer chosen
 *     wanted  what was chosen before, if seats were lost
 */

const FREE = "a";
const YOURS = "y";
export const MAX_CHOSEN = 10;
const LETTERS = { available: FREE, held: "h", reserved: "r" };
const WORDS = { a: "free", h: "held by somebody", r: "taken", y: "yours" };

export class SeatModel {
  constructor() {
    this.rows = [];
    this.columns = 0;
    this.total = 0;
    this.chosen = new Map();
    this.subscribers = [];
    this.rowOf = new Map();
  }

  subscribe(subscriber) {
    this.subscribers.push(subscriber);
  }

  /** Take over a seat map: [{ row_label, seats }], one letter for each seat. */
  replace(rows) {
    this.rows = rows.map((row) => ({ label: row.row_label, seats: [...row.seats] }));
    this.rowOf = new Map(this.rows.map((row, index) => [row.label, index]));
    this.columns = Math.max(0, ...this.rows.map((row) => row.seats.length));
    this.total = this.rows.reduce((sum, row) => sum + row.seats.length, 0);
    const wanted = this.seatsChosen();
    const lost = wanted.filter((seat) => !this.keep(seat));
    this.publish({ rows: null, lost, wanted });
  }

  /** Take over changes: [{ label, status }] with the statuses of the API. Labels that the map doesn't have are ignored. */
  apply(changes) {
    const wanted = this.seatsChosen();
    const rows = new Set();
    const lost = [];
    for (const { label, status } of changes) {
      const seat = this.find(label);
      if (!seat) continue;
      const letter = LETTERS[status];
      const isChosen = this.chosen.has(label);
      if (isChosen && letter !== FREE) {
        this.chosen.delete(label);
        lost.push(seat);
      }
      const shown = isChosen && letter === FREE ? YOURS : letter;
      if (this.rows[seat.row].seats[seat.column] !== shown) {
        this.rows[seat.row].seats[seat.column] = shown;
        rows.add(seat.row);
      }
    }
    this.publish({ rows, lost, wanted });
  }

  /** Choose a seat, or no longer choose it. Returns what became of it: "chosen", "released", "taken" or "too many". */
  toggle(seat) {
    if (this.chosen.has(seat.label)) {
      this.release(seat.label);
      return "released";
    }
    if (this.letterOf(seat) !== FREE) return "taken";
    if (this.chosen.size >= MAX_CHOSEN) return "too many";
    this.mark(seat, YOURS);
    this.publish({ rows: new Set([seat.row]), lost: [], wanted: [] });
    return "chosen";
  }

  /** Choose these seats in place of the present ones, as far as they are free. */
  choose(labels) {
    const released = this.seatsChosen();
    released.forEach((seat) => this.mark(seat, FREE));
    const seats = labels.map((label) => this.find(label)).filter((seat) => seat && this.letterOf(seat) === FREE);
    seats.slice(0, MAX_CHOSEN).forEach((seat) => this.mark(seat, YOURS));
    this.publish({ rows: new Set([...released, ...seats].map((seat) => seat.row)), lost: [], wanted: [] });
  }

  release(label) {
    const seat = this.chosen.get(label);
    if (seat) {
      this.mark(seat, FREE);
      this.publish({ rows: new Set([seat.row]), lost: [], wanted: [] });
    }
  }

  /** Return the seat with this label, { row, column, label }, or null. */
  find(label) {
    const at = label.lastIndexOf("-");
    return this.seat(this.rowOf.get(label.slice(0, at)) ?? -1, Number(label.slice(at + 1)) - 1);
  }

  /** Return the seat in this row and column, or null. */
  seat(row, column) {
    const seats = this.rows[row]?.seats;
    if (!seats || !(column in seats)) return null;
    return { row, column, label: `${this.rows[row].label}-${column + 1}` };
  }

  letterOf({ row, column }) {
    return this.rows[row].seats[column];
  }

  /** Return what people read of a seat: "Row C, seat 12, free". */
  describe(seat) {
    return `Row ${this.rows[seat.row].label}, seat ${seat.column + 1}, ${WORDS[this.letterOf(seat)]}`;
  }

  /** Return whether a seat is free for the viewer: also one that they have chosen. */
  isOpen(seat) {
    const letter = this.letterOf(seat);
    return letter === FREE || letter === YOURS;
  }

  /** Return the next free seat after this one, in reading order, or before it with step -1; null if there is none. */
  nextFree({ row, column }, step) {
    let at = column + step;
    for (let r = row; r >= 0 && r < this.rows.length; r += step) {
      const { seats } = this.rows[r];
      if (r !== row) at = step > 0 ? 0 : seats.length - 1;
      for (let c = at; c >= 0 && c < seats.length; c += step) {
        if (seats[c] === FREE) return this.seat(r, c);
      }
    }
    return null;
  }

  countFree(row) {
    return this.rows[row].seats.filter((letter) => letter === FREE || letter === YOURS).length;
  }

  seatsChosen() {
    return [...this.chosen.values()];
  }

  keep(seat) {
    const now = this.find(seat.label);
    this.chosen.delete(seat.label);
    if (!now || this.letterOf(now) !== FREE) return false;
    this.mark(now, YOURS);
    return true;
  }

  mark(seat, letter) {
    this.rows[seat.row].seats[seat.column] = letter;
    if (letter === YOURS) this.chosen.set(seat.label, seat);
    else this.chosen.delete(seat.label);
  }

  publish(change) {
    this.subscribers.forEach((subscriber) => subscriber(change));
  }
}
