/**
 * What the picture says to assistive technology and the keyboard: a grid of which only the current row is in the
 * document. A change of a seat patches its cell, so that focus survives; only moving to another row makes new cells.
 */

const CELLS = 100; // of a row with more seats, only those around the current one
const FAR = 10; // rows that PageUp and PageDown move by

export class SeatGrid {
  /**
   * @param {HTMLElement} grid has role=grid and gets the row.
   * @param {{ model, price: string, move: (seat) => void, act: (name: string) => void }} options `move` is called with
   * the seat that has become current, null when focus leaves; `act` with "toggle", "in", "out", "all", "leave", "help".
   */
  constructor(grid, { model, price, move, act }) {
    Object.assign(this, { grid, model, price, move, act, current: null, row: null });
    grid.addEventListener("keydown", (event) => this.onKey(event));
    grid.addEventListener("focusin", () => this.move(this.current));
    grid.addEventListener("focusout", (event) => {
      if (!grid.contains(event.relatedTarget)) this.move(null);
    });
  }

  /** Say the seats again after a change: of all rows, or of these. */
  update(rows) {
    this.grid.setAttribute("aria-rowcount", this.model.rows.length);
    this.grid.setAttribute("aria-colcount", this.model.columns);
    const seat = this.current && this.model.seat(this.current.row, this.current.column);
    if (!seat) {
      const first = this.model.nextFree({ row: 0, column: -1 }, 1) ?? this.model.seat(0, 0);
      if (first) this.go(first, false);
    } else if (rows === null || rows.has(seat.row)) {
      for (const cell of this.row.children) {
        this.patch(cell);
      }
    }
  }

  /** Make a seat the current one. */
  go(seat, withFocus = true) {
    const inSight = this.row && this.current.row === seat.row && this.cellOf(seat);
    const before = inSight && this.cellOf(this.current);
    this.current = seat;
    if (before) before.tabIndex = -1;
    if (!inSight) this.build(seat, withFocus);
    const cell = this.cellOf(seat);
    cell.tabIndex = 0;
    if (withFocus) cell.focus({ preventScroll: true });
    if (this.old) {
      this.old.remove();
      this.old = null;
    }
    if (this.grid.contains(document.activeElement)) this.move(seat);
  }

  build(seat) {
    const { seats } = this.model.rows[seat.row];
    const row = document.createElement("div");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", seat.row + 1);
    const first = Math.max(0, Math.min(seat.column - CELLS / 2, seats.length - CELLS));
    for (let column = first; column < Math.min(first + CELLS, seats.length); column += 1) {
      const cell = document.createElement("span");
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-colindex", column + 1);
      cell.tabIndex = -1;
      row.append(cell);
    }
    this.old = this.row; // removed once the new row has the focus
    this.row = row;
    this.grid.append(row);
    for (const cell of row.children) {
      this.patch(cell, seat.row);
    }
  }

  patch(cell, row = this.current.row) {
    const seat = this.model.seat(row, cell.getAttribute("aria-colindex") - 1);
    if (!seat) return;
    const isOpen = this.model.isOpen(seat);
    const text = this.model.describe(seat) + (isOpen ? `, ${this.price}` : "");
    if (cell.textContent === text) return;
    cell.textContent = text;
    cell.setAttribute("aria-selected", this.model.chosen.has(seat.label));
    cell.toggleAttribute("aria-disabled", false);
    if (!isOpen) cell.setAttribute("aria-disabled", "true");
  }

  cellOf(seat) {
    const first = this.row.firstElementChild?.getAttribute("aria-colindex") - 1;
    return this.row.children[seat.column - first];
  }

  onKey(event) {
    if (event.altKey || event.metaKey || !this.current) return;
    const action = ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()];
    const target = this.targetOf(event.key, event.ctrlKey);
    if (target === undefined && (action === undefined || event.ctrlKey)) return;
    event.preventDefault();
    if (target) this.go(target);
    if (action) this.act(action);
  }

  /** Return the seat that a key moves to, null if there is none there, undefined if the key does not move. */
  targetOf(key, withControl) {
    const { row, column } = this.current;
    const lastRow = this.model.rows.length - 1;
    const inRow = (r, c) => this.model.seat(r, Math.min(c, this.model.rows[r].seats.length - 1));
    switch (key) {
      case "ArrowLeft":
        return this.model.seat(row, column - 1);
      case "ArrowRight":
        return this.model.seat(row, column + 1);
      case "ArrowUp":
        return row > 0 ? inRow(row - 1, column) : null;
      case "ArrowDown":
        return row < lastRow ? inRow(row + 1, column) : null;
      case "PageUp":
        return inRow(Math.max(row - FAR, 0), column);
      case "PageDown":
        return inRow(Math.min(row + FAR, lastRow), column);
      case "Home":
        return this.model.seat(withControl ? 0 : row, 0);
      case "End":
        return inRow(withControl ? lastRow : row, Infinity);
      case "n":
      case "N":
        return this.model.nextFree(this.current, 1);
      case "p":
      case "P":
        return this.model.nextFree(this.current, -1);
      default:
        return undefined;
    }
  }
}

const ACTIONS = {
  " ": "toggle",
  "Enter": "toggle",
  "+": "in",
  "=": "in",
  "-": "out",
  "0": "all",
  "escape": "leave",
  "?": "help",
};
