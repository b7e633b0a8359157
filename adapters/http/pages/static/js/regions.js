/** The parts of a page that are replaced by those of the same page, fetched again: what is marked with `data-region`. */

/** Fetch a page. Throws unless the answer is one, with its `status` if there is an answer. */
export async function fetchPage(address, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) throw Object.assign(new Error(`status ${answer.status}`), { status: answer.status });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, date: answer.headers.get("Date") };
}

/** Replace regions by those of a loaded page, and keep the focus. Returns what was replaced: [{ before, after }]. */
export function replaceRegions(page, regions = document.querySelectorAll("[data-region]")) {
  const replaced = [];
  for (const before of regions) {
    const after = counterpartOf(before, page);
    if (!after) continue;
    const focus = before.contains(document.activeElement) ? document.activeElement : null;
    before.replaceWith(after);
    replaced.push({ before, after });
    if (focus) refocus(focus, after);
  }
  if (page.title) document.title = page.title;
  return replaced;
}

/** Return the region of a loaded page that stands for this one, or null. */
export function counterpartOf(region, page) {
  return page.querySelector(`[data-region="${region.dataset.region}"]`);
}

/** Put the focus on the element that is the same as one that was replaced; or on its region, so that it is not lost. */
function refocus(element, region) {
  const isSame = (other) => {
    if (element.id) return other.id === element.id;
    const isAlike = ["href", "name", "value"].every((name) => other.getAttribute(name) === element.getAttribute(name));
    return isAlike && other.textContent === element.textContent;
  };
  const same = [...region.querySelectorAll(element.localName)].find(isSame);
  if (!same) region.tabIndex = -1;
  (same ?? region).focus({ preventScroll: true });
}
