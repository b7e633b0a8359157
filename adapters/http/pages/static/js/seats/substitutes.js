/** Which seats to offer to somebody who has lost chosen ones. `core/booking/seat_choice.py` has the same rule. */

const ROW_COSTS = 2; // a row further back is as bad as two seats further aside

/**
 * Return as many seats as were wanted, near to them, or null if there are not enough free ones.
 *
 * Seats that were side by side are replaced by a set that is side by side, if there is one; others, and those that
 * nobody can replace so, keep the seats that are still free and get the nearest for each lost one.
 */
export function nearestEqualSet(model, wanted) {
  return (areSideBySide(wanted) && nearestRun(model, wanted)) || nearestSingles(model, wanted);
}

/** Return whether these seats are next to each other in one row, in whatever order. */
export function areSideBySide(seats) {
  const columns = seats.map((seat) => seat.column).sort((a, b) => a - b);
  return seats.every((seat) => seat.row === seats[0].row) && columns.every((c, i) => c === columns[0] + i);
}

function nearestRun(model, wanted) {
  const row = wanted[0].row;
  const first = Math.min(...wanted.map((seat) => seat.column));
  let best = null;
  model.rows.forEach(({ seats }, r) => {
    let open = 0;
    seats.forEach((_, c) => {
      open = model.isOpen({ row: r, column: c }) ? open + 1 : 0;
      const start = c - wanted.length + 1;
      const cost = Math.abs(r - row) * ROW_COSTS + Math.abs(start - first);
      if (open >= wanted.length && (!best || cost < best.cost)) {
        best = { cost, row: r, start };
      }
    });
  });
  return best && wanted.map((_, index) => model.seat(best.row, best.start + index));
}

function nearestSingles(model, wanted) {
  const kept = wanted.filter((seat) => model.seat(seat.row, seat.column) && model.isOpen(seat));
  const set = [...kept];
  for (const lost of wanted.filter((seat) => !kept.includes(seat))) {
    const found = nearestOpen(model, lost, set);
    if (!found) return null;
    set.push(found);
  }
  return set.sort((a, b) => a.row - b.row || a.column - b.column);
}

function nearestOpen(model, to, except) {
  const taken = new Set(except.map((seat) => seat.label));
  let best = null;
  model.rows.forEach(({ seats }, row) => {
    seats.forEach((_, column) => {
      const cost = Math.abs(row - to.row) * ROW_COSTS + Math.abs(column - to.column);
      if (model.isOpen({ row, column }) && (!best || cost < best.cost)) {
        const seat = model.seat(row, column);
        if (!taken.has(seat.label)) best = { cost, seat };
      }
    });
  });
  return best && best.seat;
}
