// Whoever leaves a field they have changed hears what the true validators say of it;
// nothing is written. Every form works without this file, and says the same when sent.

let changed = null; // the field that was typed into and not left yet

const mayRehearse = (field) =>
  field.isConnected && field.closest("[data-rehearse]:not(.htmx-request)") && !field.querySelector("[type=file]");

function typed(field) {
  const body = new FormData(field.closest("form"));
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  body.set(field.closest("[data-sf-form]").querySelector(".sf-enter").name, "check");
  return body;
}

async function rehearse(field) {
  const { action } = field.closest("form");
  const [body, headers] = [typed(field), { "HX-Request": "true" }];
  const held = body.getAll(field.dataset.sfField).join();
  const answer = await fetch(action, { method: "POST", body, headers }).catch(() => null);
  if (!answer?.ok || !mayRehearse(field) || field === changed) return;
  if (typed(field).getAll(field.dataset.sfField).join() !== held) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const judged = page.querySelector(`[data-sf-field="${CSS.escape(field.dataset.sfField)}"]`);
  if (judged) show(field, judged);
}

function show(field, judged) {
  for (const old of field.querySelectorAll(":scope > .sf-error")) old.remove();
  const before = field.querySelector(":scope > .sf-help") ?? field.firstElementChild;
  before.after(...judged.querySelectorAll(":scope > .sf-error"));
  field.className = judged.className;
  copy(judged, field);
  for (const control of field.querySelectorAll("[id]")) {
    const like = judged.querySelector(`#${CSS.escape(control.id)}`);
    if (like) copy(like, control);
  }
}

function copy(from, to) {
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
    else to.removeAttribute(name);
  }
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => (changed = target.closest(".sf-field") ?? changed));
}
document.addEventListener("focusout", ({ relatedTarget }) => {
  const field = changed;
  if (!field || field.contains(relatedTarget)) return;
  changed = null;
  // A button of the form asks the server anyway.
  if (mayRehearse(field) && relatedTarget?.type !== "submit") rehearse(field);
});
