// Nobody has to wait while the server draws a form anew: a button that is pressed
// meanwhile is pressed in the new form, and what is typed meanwhile stands there too.

let presses = [];
let sent = new Map(); // what the controls held when the form was sent
let typed = [];

const isBusy = (form) => Boolean(form?.classList.contains("htmx-request"));
const isSwitch = (control) => ["checkbox", "radio"].includes(control.type);
const held = (control) => (isSwitch(control) ? control.checked : control.value);
const controls = (form) =>
  [...form.elements].filter(
    ({ id, tagName, type }) =>
      id && ["INPUT", "SELECT", "TEXTAREA"].includes(tagName) && !["hidden", "file"].includes(type),
  );

function press(event) {
  const button = event.target.closest?.("[data-sf-action]");
  if (!button || !isBusy(button.form)) return;
  event.preventDefault();
  presses.push(button.value);
}

function retype({ id, value, hadFocus }) {
  const control = document.getElementById(id);
  if (!control || held(control) === value) return;
  if (isSwitch(control)) control.checked = value;
  else control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  if (hadFocus) control.focus({ preventScroll: true });
}

function pressNext() {
  const value = presses.shift();
  if (!value) return;
  const fits = (button) => button.value === value;
  const button = [...document.querySelectorAll("[data-sf-action]")].find(fits);
  if (button) button.click();
  else presses = []; // the form is gone, or has no more room
}

document.addEventListener("click", press, true);
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt.matches("form")) sent = new Map(controls(elt).map((each) => [each.id, held(each)]));
});
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig } }) => {
  const form = requestConfig?.elt;
  if (!form?.matches("form")) return;
  typed = controls(form)
    .filter((each) => sent.has(each.id) && sent.get(each.id) !== held(each))
    .map((each) => ({
      id: each.id,
      value: held(each),
      hadFocus: each === document.activeElement,
    }));
});
document.addEventListener("htmx:afterSettle", () => {
  typed.splice(0).forEach(retype);
  pressNext();
});
for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, () => (presses = []));
}
