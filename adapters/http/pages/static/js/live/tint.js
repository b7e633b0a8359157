/** Shows for a moment what has changed, see `.is-changed` in `components.css`. */

export function tint(element) {
  element.classList.add("is-changed");
  element.addEventListener("animationend", () => element.classList.remove("is-changed"), { once: true });
}

/** Return the smallest parts of an element that differ from what it was before. */
export function changedParts(before, after) {
  if (before.isEqualNode(after)) return [];
  const [old, now] = [[...before.children], [...after.children]];
  const isSameShape = now.length > 0 && old.length === now.length && now.every((each, at) => each.localName === old[at].localName);
  return isSameShape ? now.flatMap((each, at) => changedParts(old[at], each)) : [after];
}
