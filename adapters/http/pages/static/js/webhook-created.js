// This page is the answer to a form. Reloading it shows the page of the webhook, and doesn't add another one.
history.replaceState(null, "", document.querySelector("[data-webhook-page]").href);
