// Keys of a hand scanner: they come faster than fingers, end with Enter or Tab, and belong in the scan field wherever
// the focus is. In a quantity they are never a quantity. A second end key is nothing.
"use strict";

const GAP_MS = 100; // fingers are slower
const SHORTEST = 4; // keys of a scan
const SHORTEST_NUMBER = 6; // of a scan of digits only, where a number is typed
const END_MS = 500; // in which a second end key belongs to the first
const burst = { text: "", at: -Infinity, field: null, before: "" };
let endedAt = -Infinity;

function isEditable(element) {
  return element.matches("input:not([type=radio], [type=checkbox], [type=file], [type=hidden]), select, textarea");
}

function keep(event, text) {
  if (event.timeStamp - burst.at > GAP_MS || event.target !== burst.field) {
    Object.assign(burst, { text: "", field: event.target, before: event.target.value });
  }
  burst.text += text;
  burst.at = event.timeStamp;
}

function isScan(event) {
  if (event.timeStamp - burst.at > GAP_MS || burst.text.length < SHORTEST) return false;
  return !event.target.matches("[data-quantity]") || burst.text.length >= SHORTEST_NUMBER || /[^0-9.]/.test(burst.text);
}

// The field that still waits for a scan; in a form that has all of them, the one for the goods.
function waitingField() {
  const fields = [...document.querySelectorAll("main [data-scan]")];
  return fields.find((field) => !field.value) || fields.find((field) => field.name === "code") || fields[0];
}

function isFilled(field, form) {
  const picture = form.querySelector("input[type=file][capture]");
  return Boolean(field.value) || (field.name === "code" && picture && picture.files.length > 0);
}

function missingOf(form, but = null) {
  const wanted = [...form.querySelectorAll("[data-scan], [data-quantity][data-wanted], [required]:not([type=radio])")];
  return wanted.find((field) => field !== but && field.offsetParent && !isFilled(field, form));
}

// On to what is still missing; with nothing missing the form is sent.
function advance(form) {
  const missing = missingOf(form);
  if (missing) {
    missing.focus();
    return;
  }
  form.requestSubmit();
}

function take(text) {
  const field = waitingField();
  if (!field) return;
  field.value = text;
  field.focus();
  advance(field.form);
}

function onEnd(event) {
  const target = event.target;
  if (event.timeStamp - endedAt < END_MS && !burst.text && !target.value) {
    event.preventDefault();
    return;
  }
  const scanned = isScan(event);
  const { text, before } = burst;
  burst.text = "";
  if (target.matches("[data-scan]")) {
    if (event.key === "Tab" && !scanned) return; // a person walks on
    event.preventDefault();
    if (event.isComposing) return;
    if (isFilled(target, target.form)) {
      endedAt = event.timeStamp;
      advance(target.form);
    }
  } else if (scanned && (target.matches("[data-quantity]") || !isEditable(target)) && waitingField()) {
    event.preventDefault();
    endedAt = event.timeStamp;
    if (isEditable(target)) target.value = before;
    take(text);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "]") {
    event.preventDefault();
    keep(event, "\x1d");
    if (event.target.matches("[data-scan]")) {
      event.target.setRangeText("\x1d", event.target.selectionStart, event.target.selectionEnd, "end");
    }
  } else if (event.key === "Enter" || event.key === "Tab") {
    onEnd(event);
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
    keep(event, event.key);
    if (event.key === " " && burst.text.length > 1 && !isEditable(event.target)) event.preventDefault();
  }
});

// After a tap beside it the field takes the next scan again.
document.addEventListener("focusout", () => setTimeout(() => {
  const field = waitingField();
  if (field && document.activeElement === document.body) field.focus();
}, 0));

// On a phone the field waits without the soft keyboard, which would hide half of the page; a button brings it.
const SOFT = "keyboard";
function showKeys(part) {
  if (!matchMedia("(pointer: coarse)").matches) return;
  for (const button of part.querySelectorAll("button.keys")) {
    const field = button.previousElementSibling;
    const set = (wanted) => {
      field.inputMode = wanted ? "text" : "none";
      button.setAttribute("aria-pressed", String(wanted));
    };
    button.hidden = false;
    set(localStorage.getItem(SOFT) === "yes");
    button.addEventListener("click", () => {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      localStorage.setItem(SOFT, wanted ? "yes" : "no");
      set(wanted);
      field.blur();
      field.focus();
    });
  }
}

// A picture is sent at once when nothing else is missing; the key in the form makes a second press harmless.
document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][capture]") && event.target.files.length) advance(event.target.form);
});

showKeys(document);
