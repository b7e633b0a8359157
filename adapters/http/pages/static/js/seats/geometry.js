/**
 * Where seats are in the picture. Units are those of the drawing: a seat is SEAT wide, rows are ROW apart, and the
 * front of the room is above row 0. Rows and columns count from 0; labels are a row label, a hyphen, a place from 1.
 */

export const SEAT = 10;
export const ROW = 12;
/** The strip above the first row that says where the front is. */
export const FRONT = 16;
/** The strip after the last column. */
const EDGE = 4;

/** Return the left upper corner of a seat. */
export function cornerOf(row, column) {
  return { x: column * SEAT, y: FRONT + row * ROW };
}

/** Return the size of a map with so many rows, the longest of which has so many columns. */
export function sizeOf(rows, columns) {
  return { width: Math.max(columns, 1) * SEAT + EDGE, height: FRONT + Math.max(rows, 1) * ROW };
}

/** Return the row and column at a point; they may lie outside of the map. */
export function cellAt(x, y) {
  return { row: Math.floor((y - FRONT) / ROW), column: Math.floor(x / SEAT) };
}
