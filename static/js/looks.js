// Says now and again that a request is open here, and shows who else looks at it.
// Nobody is kept from anything by it.

const EVERY = 20_000;

const slot = () => document.querySelector("#task [data-look]");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
let told = null;

async function tell() {
  const place = slot();
  told = place;
  if (!place || document.hidden) return;
  const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
  const answer = await fetch(place.dataset.look, { method: "POST", headers }).catch(() => null);
  const said = answer?.ok && (await answer.text()).trim();
  if (typeof said !== "string" || !place.isConnected) return;
  if (place.innerHTML !== said) place.innerHTML = said;
  const id = place.closest("#task").dataset.approval;
  document.getElementById(`approval-${id}`)?.querySelector("[data-unread]")?.remove();
}

setInterval(tell, EVERY);
document.addEventListener("visibilitychange", tell);
document.addEventListener("htmx:afterSettle", () => {
  if (slot() !== told) tell();
});
tell();
