/**
 * When a page is read again because of a message. Many browsers get the same message at the same moment, so they read it
 * within a while at random, and not again for a while; one's own booking is read at once.
 */

const PACES = {
  booking: { within: 0, apart: 1000 },
  event: { within: 2000, apart: 5000 },
  places: { within: 1000, apart: 5000 },
}; // milliseconds

export class Pace {
  /** @param {() => void} read @param {number} seconds between readings because of places; 0 for the usual. */
  constructor(read, seconds) {
    this.paces = seconds ? { ...PACES, places: { within: seconds * 200, apart: seconds * 1000 } } : PACES;
    Object.assign(this, { read, due: Infinity, last: -Infinity, timer: 0 });
  }

  /** Read after a change of this kind: "booking", "event" or "places". */
  want(kind) {
    const { within, apart } = this.paces[kind];
    const now = performance.now();
    this.due = Math.min(this.due, Math.max(now + Math.random() * within, this.last + apart));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read(), this.due - now);
  }

  /** Note that the page is being read; what was wanted before is thereby done. */
  note() {
    if (this.due < Infinity) this.last = performance.now();
    this.due = Infinity;
    clearTimeout(this.timer);
  }
}
