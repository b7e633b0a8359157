/** The clock of the payment form, and what its button shows while the bank is asked. */

import { startClock } from "./clock.js";

const form = document.querySelector("[data-pay]");
const button = form.querySelector("button.primary");
const label = button.textContent;

const clock = startClock();
fetch(location.href, { method: "HEAD" }).then(
  (answer) => clock?.correct(answer.headers.get("Date")),
  () => {},
);

form.addEventListener("submit", () => {
  clock?.stop(); // what is being paid stays held
  // After the form is sent: a disabled button would not send it.
  setTimeout(() => {
    button.disabled = true;
    button.textContent = "Asking the bank …";
  });
});

// Who comes back to this page sees what became of the payment, not the form again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  button.disabled = false;
  button.textContent = label;
  location.reload();
});
