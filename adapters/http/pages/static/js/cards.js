// The picture of the card that is opened becomes that of the event's page.

document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-event-link]")?.closest(".event-card");
  if (!card) return;
  for (const each of document.querySelectorAll(".card-picture")) each.style.viewTransitionName = "";
  card.querySelector(".card-picture").style.viewTransitionName = "event-picture";
});
