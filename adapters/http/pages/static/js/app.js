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
