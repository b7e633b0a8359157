/** Shows for a moment what has changed. The document stays as it is, so that it can be compared with a newer one. */

const DURATION_MS = 600;
const COLOUR = "color-mix(in srgb, var(--moon) 35%, transparent)";
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function tint(element) {
  if (!still.matches) element.animate([{ backgroundColor: COLOUR, offset: 0 }], { duration: DURATION_MS, easing: "ease-out" });
}

/** Return the smallest parts of an element that differ from what it was before. */
export function changedParts(before, after) {
  if (before.isEqualNode(after)) return [];
  const [old, now] = [[...before.children], [...after.children]];
  const isSameShape = now.length > 0 && old.length === now.length && now.every((each, at) => each.localName === old[at].localName);
  return isSameShape ? now.flatMap((each, at) => changedParts(old[at], each)) : [after];
}
