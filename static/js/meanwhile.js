// Nobody has to wait while the server draws a form anew: a button that is pressed
// meanwhile is pressed in the new form, and what is typed meanwhile stands there too. So
// does what was begun in the other forms of a request, whatever is done with it.

let presses = [];
let sent = new Map(); // what the controls held when the form was sent
let kept = []; // what is to stand in the page that comes

const task = () => document.getElementById("task");
const isBusy = (form) => Boolean(form?.classList.contains("htmx-request"));
const isSwitch = (control) => ["checkbox", "radio"].includes(control.type);
const property = ({ type }) => ({ checkbox: "checked", radio: "checked", file: "files" })[type] ?? "value";
const held = (control) => control[property(control)];
const controls = (form) =>
  [...form.elements].filter(
    ({ id, tagName, type }) => id && ["INPUT", "SELECT", "TEXTAREA"].includes(tagName) && type !== "hidden",
  );

function press(event) {
  const button = event.target.closest?.("[data-sf-action]");
  if (!button || !isBusy(button.form)) return;
  event.preventDefault();
  presses.push(button.value);
}

// Whether somebody has typed or chosen here since the page was drawn.
function isBegun(control) {
  if (control.type === "file") return control.files.length > 0;
  if (isSwitch(control)) return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  const drawn = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
  return control.value !== drawn?.value;
}

function toKeep(control, waits) {
  const hadFocus = control === document.activeElement;
  return { control, id: control.id, value: held(control), hadFocus, waits, approval: task()?.dataset.approval };
}

// Whether there is nothing left to do: what has no place now may have one again, when
// its act is offered anew.
function retype({ control: old, id, value, hadFocus, waits, approval }) {
  if (old.isConnected || task()?.dataset.approval !== approval) return true;
  const control = document.getElementById(id);
  if (!control) return !waits;
  if (held(control) === value) return true;
  control[property(control)] = value;
  const fold = control.closest("details");
  if (fold) fold.open = true;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  if (hadFocus) control.focus({ preventScroll: true });
  return true;
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
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig, target } }) => {
  const form = requestConfig?.elt.matches("form") ? requestConfig.elt : null;
  const since = form ? controls(form).filter((each) => sent.has(each.id) && sent.get(each.id) !== held(each)) : [];
  const others = target === task() ? [...target.querySelectorAll("form")].filter((each) => each !== form) : [];
  const begun = others.flatMap(controls).filter(isBegun);
  kept = kept.filter(({ control }) => !control.isConnected); // the page stayed as it was
  kept.push(...since.map((each) => toKeep(each, false)), ...begun.map((each) => toKeep(each, true)));
});
document.addEventListener("htmx:afterSettle", () => {
  kept = kept.filter((each) => !retype(each));
  pressNext();
});
for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, () => (presses = []));
}
