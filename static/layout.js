// The layout editor with less pressing: every change is shown at once, arrows and dragging move. The form works without.
"use strict";

const form = document.querySelector("[data-layout]");
const proof = document.querySelector("[data-proof]");
const WAIT_MS = 250; // after the last key
const GRID_MM = 0.25; // dragging stops at these
const WAYS = { left: ["x_mm", -1], right: ["x_mm", 1], up: ["y_mm", -1], down: ["y_mm", 1] };
let waiting = 0;
let asked = 0;

function input(element, key) {
  return form.elements.namedItem(`${element}.${key}`);
}

function add(field, by) {
  field.value = String(Math.round((Number(field.value) + by) * 100) / 100);
}

// The same answer that the Preview button gets; an older one that comes late is thrown away.
async function refresh() {
  const number = ++asked;
  const sent = new URLSearchParams(new FormData(form));
  sent.set("move", `${proof.dataset.held || ""} `);
  const answer = await fetch(form.action, { method: "POST", body: sent });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-proof]");
  if (!fresh || number !== asked) return;
  proof.replaceChildren(...fresh.childNodes);
  for (const part of form.querySelectorAll("details.element")) {
    const now = page.querySelector(`details.element[data-element="${CSS.escape(part.dataset.element)}"]`);
    part.classList.toggle("wrong", Boolean(now && now.classList.contains("wrong")));
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, WAIT_MS);
}

function hold(element) {
  proof.dataset.held = element;
  for (const part of form.querySelectorAll("details.element")) {
    part.open = part.dataset.element === element;
  }
  for (const box of proof.querySelectorAll("rect.place")) {
    box.classList.toggle("held", box.dataset.element === element);
  }
}

form.addEventListener("input", soon);

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=move]");
  if (!button) return;
  event.preventDefault();
  const [element, way] = button.value.split(" ");
  const [key, sign] = WAYS[way];
  add(input(element, key), sign * Number(form.elements.step.value));
  hold(element);
  soon();
});

// A finger or the mouse takes a box and moves it; the numbers follow.
proof.addEventListener("pointerdown", (event) => {
  const box = event.target.closest("rect.place");
  if (!box) return;
  event.preventDefault();
  const element = box.dataset.element;
  const scale = box.ownerSVGElement.getScreenCTM().a;
  const from = { x: event.clientX, y: event.clientY };
  const snapped = (pixels) => Math.round(pixels / scale / GRID_MM) * GRID_MM;
  hold(element);
  box.setPointerCapture(event.pointerId);
  box.onpointermove = (now) => {
    box.setAttribute("transform", `translate(${snapped(now.clientX - from.x)} ${snapped(now.clientY - from.y)})`);
  };
  box.onpointerup = box.onpointercancel = (now) => {
    box.onpointermove = box.onpointerup = box.onpointercancel = null;
    const [x, y] = [snapped(now.clientX - from.x), snapped(now.clientY - from.y)];
    if (now.type === "pointercancel" || (!x && !y)) {
      box.removeAttribute("transform");
      return;
    }
    add(input(element, "x_mm"), x);
    add(input(element, "y_mm"), y);
    refresh();
  };
});
