/** What part of the map is in sight: pixels per unit, and the pixel of the map's left upper corner. Pure arithmetic. */

import { FRONT, ROW, SEAT, cellAt, cornerOf } from "./geometry.js";

const LARGEST = 56; // pixels per seat
/** A tap on a smaller seat zooms there instead of choosing it. */
const TAPPABLE = 24;
const COMFORTABLE = 34;
const TINY = 8; // a map of so small seats begins as wide as the picture, not as high
/** At most so many seats are drawn at once. */
export const WINDOW = 5000;

export class View {
  constructor() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.gutter = 0;
  }

  /** Set the size of the map in units and its number of seats, and the size of the picture in pixels. */
  resize({ map, seats, width, height, gutter }) {
    const isFirst = !this.map;
    const wasFitted = isFirst || this.isFitted;
    Object.assign(this, { map, width, height, gutter });
    const wide = Math.min((width - gutter) / map.width, LARGEST / SEAT);
    const fitting = Math.min(wide, height / map.height);
    const readable = Math.sqrt(((width - gutter) * height) / (WINDOW * SEAT * ROW));
    this.smallest = seats > WINDOW ? Math.max(fitting, readable) : fitting;
    this.scale = wasFitted ? this.smallest : Math.max(this.scale, this.smallest);
    if (isFirst && this.seatPixels < TINY) this.scale = Math.max(this.scale, Math.min(wide, TAPPABLE / SEAT));
    if (isFirst) this.y = 0;
    this.clamp();
  }

  /** Return whether the whole map is in sight. */
  get seesAll() {
    return this.map.width * this.scale <= this.width - this.gutter + 1 && this.map.height * this.scale <= this.height + 1;
  }

  /** The values that change when one moves or zooms. */
  get position() {
    return { scale: this.scale, x: this.x, y: this.y };
  }

  get isFitted() {
    return this.scale <= this.smallest * 1.001;
  }

  get seatPixels() {
    return this.scale * SEAT;
  }

  /** Return whether a tap on a seat chooses it. */
  get isTappable() {
    return this.seatPixels >= TAPPABLE - 0.01 || this.scale >= this.largest - 0.001;
  }

  get largest() {
    return Math.max(LARGEST / SEAT, this.smallest);
  }

  /** Zoom by a factor around a pixel, which stays where it is. */
  zoom(factor, px = (this.width + this.gutter) / 2, py = this.height / 2) {
    const scale = Math.min(Math.max(this.scale * factor, this.smallest), this.largest);
    const grown = scale / this.scale;
    this.x = px - (px - this.x) * grown;
    this.y = py - (py - this.y) * grown;
    this.scale = scale;
    this.clamp();
  }

  /** Zoom so far around a pixel that seats there are easy to tap. */
  zoomToTap(px, py) {
    this.zoom(COMFORTABLE / this.seatPixels, px, py);
    this.pan(this.width / 2 - px, this.height / 2 - py);
  }

  reset() {
    this.scale = this.smallest;
    this.clamp();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.clamp();
  }

  /** Move as little as needed to have a seat in sight. */
  reveal(seat) {
    const corner = cornerOf(seat.row, seat.column);
    const [left, top] = [this.x + corner.x * this.scale, this.y + corner.y * this.scale];
    const [right, bottom] = [left + SEAT * this.scale, top + ROW * this.scale];
    const margin = this.seatPixels / 2;
    this.pan(
      Math.max(0, this.gutter + margin - left) || Math.min(0, this.width - margin - right),
      Math.max(0, margin - top) || Math.min(0, this.height - margin - bottom),
    );
  }

  /** Move the middle of the picture to a point of the map. */
  center(ux, uy) {
    this.x = (this.width + this.gutter) / 2 - ux * this.scale;
    this.y = this.height / 2 - uy * this.scale;
    this.clamp();
  }

  /** Return the row and column at a pixel. */
  cellAt(px, py) {
    return cellAt((px - this.x) / this.scale, (py - this.y) / this.scale);
  }

  /** Return the part of the map that is in sight, in units. */
  get visible() {
    return {
      x: (this.gutter - this.x) / this.scale,
      y: -this.y / this.scale,
      width: (this.width - this.gutter) / this.scale,
      height: this.height / this.scale,
    };
  }

  /** Return the window of seats to draw: all of a map with few seats, otherwise what is in sight. */
  window(seats) {
    if (seats <= WINDOW) return { firstRow: 0, lastRow: Infinity, firstColumn: 0, lastColumn: Infinity };
    const { x, y, width, height } = this.visible;
    return {
      firstRow: Math.floor((y - FRONT) / ROW),
      lastRow: Math.floor((y + height - FRONT) / ROW),
      firstColumn: Math.floor(x / SEAT),
      lastColumn: Math.floor((x + width) / SEAT),
    };
  }

  /** A map that is smaller than the picture stays in its middle; a larger one covers it. */
  clamp() {
    const [width, height] = [this.map.width * this.scale, this.map.height * this.scale];
    const room = this.width - this.gutter;
    this.x = width <= room ? this.gutter + (room - width) / 2 : between(this.x, this.width - width, this.gutter);
    this.y = height <= this.height ? (this.height - height) / 2 : between(this.y, this.height - height, 0);
  }
}

function between(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
