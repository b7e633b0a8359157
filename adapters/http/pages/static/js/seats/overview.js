/**
 * The small picture of the whole map beside the large one: where seats are free, and what part is in sight. A tap or
 * drag moves there. Maps with more seats than are drawn at once show, row by row, how much of it is free.
 */

import { ROW, SEAT, cornerOf } from "./geometry.js";
import { WINDOW } from "./view.js";

const SVG = "http://www.w3.org/2000/svg";
const BARS = 150;
const DELAY = 300; // milliseconds

export class Overview {
  /** @param {(x: number, y: number) => void} move is called with a point of the map, in units. */
  constructor(svg, model, move) {
    Object.assign(this, { svg, model });
    this.free = svg.appendChild(document.createElementNS(SVG, "path"));
    this.frame = svg.appendChild(document.createElementNS(SVG, "rect"));
    this.free.setAttribute("class", "overview-free");
    this.frame.setAttribute("class", "overview-frame");
    const follow = (event) => {
      const box = svg.getBoundingClientRect();
      const { width, height } = this.size;
      move(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
    };
    svg.addEventListener("pointerdown", (event) => {
      svg.setPointerCapture(event.pointerId);
      follow(event);
    });
    svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && follow(event));
  }

  /** Draw the free seats of a map of this size, soon: several changes within a moment are drawn once. */
  repaint(size) {
    this.size = size;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.paint(this.size);
    }, DELAY);
  }

  paint(size) {
    this.svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    const [text, thickness] = this.model.total > WINDOW ? bars(this.model, size) : runs(this.model);
    this.free.setAttribute("d", text);
    this.free.setAttribute("stroke-width", thickness);
  }

  /** Show what part is in sight; nothing if all of it is. */
  place({ x, y, width, height }, isAll) {
    this.svg.classList.toggle("is-idle", isAll);
    const attributes = { x, y, width, height };
    for (const name in attributes) {
      this.frame.setAttribute(name, attributes[name]);
    }
  }
}

/** Return a line for each run of free seats. */
function runs(model) {
  let text = "";
  model.rows.forEach(({ seats }, row) => {
    let length = 0;
    for (let column = 0; column <= seats.length; column += 1) {
      if (column < seats.length && model.isOpen({ row, column })) {
        length += 1;
      } else if (length) {
        const { x, y } = cornerOf(row, column - length);
        text += `M${x} ${y + SEAT / 2}h${length * SEAT}`;
        length = 0;
      }
    }
  });
  return [text, SEAT * 0.8];
}

/** Return a bar for each row, or for several if there are many, as long as the share of its seats that is free. */
function bars(model, size) {
  const rows = model.rows.length;
  const step = Math.ceil(rows / BARS);
  let text = "";
  for (let first = 0; first < rows; first += step) {
    const last = Math.min(first + step, rows);
    let [free, all] = [0, 0];
    for (let row = first; row < last; row += 1) {
      free += model.countFree(row);
      all += model.rows[row].seats.length;
    }
    text += `M0 ${cornerOf((first + last) / 2, 0).y}h${Math.round((free / all) * size.width)}`;
  }
  return [text, step * ROW * 0.7];
}
