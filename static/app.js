// Small comforts; every page works without this file.
"use strict";

const scan = document.querySelector("[data-scan]");

// A keyboard scanner sends the GS1 separator as Ctrl+]; a text field would lose it.
document.addEventListener("keydown", (event) => {
  if (scan && event.ctrlKey && event.key === "]") {
    event.preventDefault();
    scan.setRangeText("\x1d", scan.selectionStart, scan.selectionEnd, "end");
  }
});

// After a tap beside it the field takes the next scan again.
if (scan && matchMedia("(pointer: fine)").matches) {
  document.addEventListener("focusout", () => setTimeout(() => {
    if (document.activeElement === document.body && !document.querySelector("details[open] :focus")) scan.focus();
  }, 0));
}

// A picture is sent at once when nothing else is missing; the key in the form makes a second press harmless.
for (const picture of document.querySelectorAll("input[type=file][capture]")) {
  picture.addEventListener("change", () => {
    if (picture.files.length && picture.form.checkValidity()) picture.form.requestSubmit();
  });
}
