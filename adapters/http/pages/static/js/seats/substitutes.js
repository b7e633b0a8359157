/** Which seats to offer to somebody who has lost chosen ones. `core/booking/seat_choice.py` has the same rule. */

const ROW_COSTS = 2; // a row further back is as bad as two seats further aside

/**
 * Return as many seats as were wanted, near to them, or null if not enough are free.
 *
 * Wanted seats that are side by side form a group. Groups that lost nothing stay. Another moves to the nearest place
 * where all of it is side by side; if there is none, its lost seats are replaced one by one.
 */
export function nearestEqualSet(model, wanted) {
  const groups = groupSideBySide(wanted);
  const isWhole = (group) => group.every((seat) => isOpen(model, seat));
  const set = groups.filter(isWhole).flat();
  for (const group of groups.filter((each) => !isWhole(each))) {
    const found = nearestRun(model, group, set) ?? nearestSingles(model, group, set);
    if (!found) return null;
    set.push(...found);
  }
  return set.sort(inOrder);
}

/** Return whether these seats are next to each other in one row, in whatever order. */
export function areSideBySide(seats) {
  return groupSideBySide(seats).length === 1;
}

function groupSideBySide(seats) {
  const groups = [];
  for (const seat of [...seats].sort(inOrder)) {
    const last = groups.at(-1)?.at(-1);
    if (last && last.row === seat.row && last.column + 1 === seat.column) groups.at(-1).push(seat);
    else groups.push([seat]);
  }
  return groups;
}

function nearestRun(model, group, except) {
  const used = new Set(except.map((seat) => seat.label));
  const { row, column } = group[0];
  let best = null;
  model.rows.forEach(({ seats }, r) => {
    let open = 0;
    seats.forEach((_, c) => {
      open = model.isOpen({ row: r, column: c }) && !used.has(model.seat(r, c).label) ? open + 1 : 0;
      const first = c - group.length + 1;
      const cost = Math.abs(r - row) * ROW_COSTS + Math.abs(first - column);
      if (open >= group.length && (!best || cost < best.cost)) best = { cost, row: r, first };
    });
  });
  return best && group.map((_, index) => model.seat(best.row, best.first + index));
}

function nearestSingles(model, group, except) {
  const found = group.filter((seat) => isOpen(model, seat));
  for (const lost of group.filter((seat) => !isOpen(model, seat))) {
    const nearest = nearestRun(model, [lost], [...except, ...found]);
    if (!nearest) return null;
    found.push(...nearest);
  }
  return found;
}

function isOpen(model, seat) {
  return Boolean(model.seat(seat.row, seat.column)) && model.isOpen(seat);
}

function inOrder(a, b) {
  return a.row - b.row || a.column - b.column;
}
