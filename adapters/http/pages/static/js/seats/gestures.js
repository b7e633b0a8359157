/** Touch, mouse and wheel on the picture. Everything they do, buttons and keys do, too. */

const STILL = 8; // pixels that a finger may move in a tap
const DOUBLE = 350; // milliseconds between the taps of a double tap

/**
 * Report gestures on an element:
 *
 *     tap(px, py, isDouble)    pan(dx, dy)    zoom(factor, px, py)
 *
 * `mayPan()` says whether a drag moves the picture; otherwise it scrolls the page.
 */
export function listen(target, { tap, pan, zoom, mayPan }) {
  const pointers = new Map();
  let moved = false;
  let lastTap = 0;

  const at = (event) => {
    const box = target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) moved = false;
    pointers.set(event.pointerId, at(event));
    target.setPointerCapture(event.pointerId);
  });

  target.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (pointers.size === 2) {
      const [other] = [...pointers.entries()].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      moved = true;
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      zoom(distance(now, other) / Math.max(distance(before, other), 1), middle.x, middle.y);
      pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (moved || distance(now, before) > STILL) {
      moved = true;
      if (mayPan()) pan(now.x - before.x, now.y - before.y);
    } else {
      return;
    }
    pointers.set(event.pointerId, now);
  });

  const end = (event) => {
    const isTap = pointers.delete(event.pointerId) && !moved && event.type === "pointerup";
    if (!isTap) return;
    const isDouble = event.timeStamp - lastTap < DOUBLE;
    lastTap = isDouble ? 0 : event.timeStamp;
    const { x, y } = at(event);
    tap(x, y, isDouble);
  };
  target.addEventListener("pointerup", end);
  target.addEventListener("pointercancel", end);

  // The wheel alone scrolls the page; with Ctrl, as trackpads send a pinch, it zooms.
  target.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const { x, y } = at(event);
      zoom(Math.exp(-event.deltaY / 200), x, y);
    },
    { passive: false },
  );
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
