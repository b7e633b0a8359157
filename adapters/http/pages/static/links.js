// Follows a one-time link: when its reader says so, and not when a mail program looks at what the link leads to.
const token = new URLSearchParams(location.search).get("token") ?? "";
// Out of the address bar and the history: whoever looks over a shoulder could use it.
history.replaceState(null, "", location.pathname);

const form = document.querySelector("form");
const told = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  told.textContent = "";
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), token }),
    });
    if (answer.ok) {
      form.remove();
      told.textContent = form.dataset.done;
    } else {
      told.textContent = (await answer.json()).detail;
      button.disabled = false;
    }
  } catch {
    told.textContent = "The server can't be reached just now. Try again in a moment.";
    button.disabled = false;
  }
});
