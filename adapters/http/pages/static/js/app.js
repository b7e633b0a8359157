// What every page does with scripts: close the menu, and put the focus on what is wrong in a form.

const menu = document.querySelector("[data-menu]");

document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.querySelector("[data-error-summary]")?.focus();

// A transition between pages that the browser gives up, as when somebody clicks twice, is no mistake.
for (const event of ["pageswap", "pagereveal"]) {
  addEventListener(event, ({ viewTransition }) => {
    for (const step of ["updateCallbackDone", "ready", "finished"]) viewTransition?.[step]?.catch(() => {});
  });
}

// A form that is being sent isn't sent once more by a second click. It can be again when its page comes back, or after
// a while, as when the answer was a file.
const PATIENCE_MS = 4000;
const sending = new Set();

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sending.has(form)) {
    event.preventDefault();
    return;
  }
  sending.add(form);
  setTimeout(() => sending.delete(form), PATIENCE_MS);
});
addEventListener("pageshow", () => sending.clear());
