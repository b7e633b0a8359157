/** The buttons of the quantity, and the total that follows it. */

import { formatMoney } from "../money.js";

const form = document.querySelector("form[data-price]");
const input = form?.querySelector("[name=quantity]");
const total = form?.querySelector("[data-total]");

function update() {
  const { price, currency } = form.dataset;
  const count = Number(input.value);
  const isValid = input.checkValidity() && count > 0;
  for (const button of form.querySelectorAll("[data-step]")) {
    const next = count + Number(button.dataset.step);
    button.disabled = isValid && (next < Number(input.min) || next > Number(input.max));
  }
  if (Number(price) && isValid) {
    total.textContent = formatMoney(Number(price) * count, currency);
  }
}

if (input) {
  for (const button of form.querySelectorAll("[data-step]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (Number(button.dataset.step) > 0) input.stepUp();
      else input.stepDown();
      update();
    });
  }
  input.addEventListener("input", update);
  addEventListener("pageshow", update);
  update();
}
