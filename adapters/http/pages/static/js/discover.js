// Search as you type, on the page that works without this: links and forms load the same addresses, of which only the
// parts marked with `data-region` are replaced. The address always says what is shown.

import "./cards.js";
import { fetchPage, replaceRegions } from "./regions.js";

const TYPING_MS = 200;
const PAUSE_MS = 1000;

const form = document.querySelector("[data-search]");
const field = form.querySelector("input[type=search]");
const facets = document.querySelector("[data-facets]");
const results = document.querySelector("[data-results]");
const failure = document.querySelector("[data-search-error]");
const said = document.querySelector("[data-announce]");
const saidNothing = document.querySelector("[data-announce-nothing]");

let loading = null;
let typing = 0;
let announcing = 0;
let wanted = location.href;

document.documentElement.classList.add("scripted");

function addressOf(source) {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(source)) if (value) params.append(name, value);
  const query = params.toString();
  return new URL(query ? `/?${query}` : "/", location.href).href;
}

/** Show what is at an address. Of several calls only the last one counts. */
async function show(address, { push = false, scroll = false } = {}) {
  loading?.abort();
  const mine = (loading = new AbortController());
  wanted = address;
  results.setAttribute("aria-busy", "true");
  try {
    replaceRegions((await fetchPage(address, mine.signal)).page);
    failure.hidden = true;
    if (address !== location.href) history[push ? "pushState" : "replaceState"](null, "", address);
    if (scroll) results.scrollIntoView({ block: "start" });
    announce();
  } catch (error) {
    if (error.name === "AbortError") return;
    failure.hidden = false; // what was found before stays
  }
  if (loading === mine) results.removeAttribute("aria-busy");
}

// Said after a pause, so that nobody is interrupted while typing; at once only that there is nothing.
function announce() {
  clearTimeout(announcing);
  const { total, isEmpty } = document.querySelector('[data-region="results"]').dataset;
  said.textContent = saidNothing.textContent = "";
  announcing = setTimeout(
    () => ((isEmpty === "true" ? saidNothing : said).textContent = isEmpty === "true" ? "Nothing found" : `${total} found`),
    isEmpty === "true" ? 0 : PAUSE_MS,
  );
}

field.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => show(addressOf(form)), TYPING_MS);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  show(addressOf(form), { push: true });
});

facets.addEventListener("change", () => show(addressOf(facets)));
facets.addEventListener("submit", (event) => {
  event.preventDefault();
  closeFilters();
  show(addressOf(facets), { push: true, scroll: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-search-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const query = new URL(link.href).searchParams.get("q") ?? "";
  if (field.value.trim() !== query) field.value = query;
  show(link.href, { push: true, scroll: "page" in link.dataset });
});

document.querySelector("[data-retry]").addEventListener("click", () => show(wanted));
window.addEventListener("popstate", () => {
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show(location.href);
});

// On phones the filters are in a dialog.
const dialog = document.querySelector("[data-filters-dialog]");
const aside = document.querySelector("[data-filters]");

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-open-filters]")) return;
  event.preventDefault();
  dialog.append(facets);
  dialog.showModal();
});

function closeFilters() {
  if (dialog.open) dialog.close();
}

dialog.addEventListener("close", () => aside.append(facets));
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-close-filters]")) closeFilters();
});
