// Lists: keys, how many rows are selected, and following a bulk action until it is done.

const KEYS_OFF = "nocturne-keys-off";
const FOLLOW_MILLISECONDS = 2000;
const rows = [...document.querySelectorAll("[data-row]")];
const picks = [...document.querySelectorAll("[data-pick]")];

function currentRow() {
  return rows.findIndex((row) => row.contains(document.activeElement));
}

function goTo(index) {
  const row = rows[Math.max(0, Math.min(index, rows.length - 1))];
  const link = row?.querySelector("th a") ?? row?.querySelector("a, input");
  link?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function togglePick() {
  const pick = rows[currentRow()]?.querySelector("[data-pick]");
  if (!pick) return;
  pick.checked = !pick.checked;
  pick.dispatchEvent(new Event("change", { bubbles: true }));
}

const actions = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  j: () => goTo(currentRow() + 1),
  k: () => goTo(currentRow() - 1),
  x: togglePick,
};

function isTyping(element) {
  return element.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
}

const keys = document.querySelector("[data-keys]");
const keysSwitch = document.querySelector("[data-keys-switch]");

if (keys && rows.length) {
  keys.hidden = false;
  keysSwitch.checked = localStorage.getItem(KEYS_OFF) === null;
  keysSwitch.addEventListener("change", () => {
    if (keysSwitch.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || !keysSwitch.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) return;
    event.preventDefault();
    action();
  });
}

// On phones the sections are one line that scrolls: show the current one.
const current = document.querySelector(".sections [aria-current]");
const sections = current?.closest(".sections");
if (sections && sections.scrollWidth > sections.clientWidth) {
  sections.scrollLeft = current.offsetLeft - sections.clientWidth / 2 + current.offsetWidth / 2;
}

// A box in the heading selects the whole page; without scripts one selects row by row.
const heading = document.querySelector("thead .pick");
const picked = document.querySelector("[data-picked]");
const selectedScope = document.querySelector("[data-scope-selected]");

function countPicked() {
  const count = picks.filter((pick) => pick.checked).length;
  if (picked) picked.textContent = count ? `(${count})` : "";
  if (count && selectedScope) selectedScope.checked = true;
  const all = heading?.querySelector("input");
  if (all) {
    all.checked = count === picks.length;
    all.indeterminate = count > 0 && count < picks.length;
  }
}

if (heading && picks.length) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "Select all rows of this page");
  const label = document.createElement("label");
  label.append(all);
  heading.replaceChildren(label);
  all.addEventListener("change", () => {
    for (const pick of picks) pick.checked = all.checked;
    countPicked();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick]")) countPicked();
  });
  countPicked();
}

// A bulk action that is under way: read its page again until it is done.
async function follow() {
  const region = document.querySelector("[data-follow]");
  if (!region || document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-region=run]");
    if (fresh) region.replaceWith(document.adoptNode(fresh));
  } catch {
    // The network is away; the next turn may find it again.
  }
}

if (document.querySelector("[data-follow]")) setInterval(follow, FOLLOW_MILLISECONDS);
