// Small comforts; every page works without these files.
"use strict";

// What was done is heard before it is read: each class of refusal has its own tones (R-F26) and its own shake.
const TONES = {
  ok: [[880, 0.08], [1320, 0.12]],
  refused: [[220, 0.16], [0, 0.06], [220, 0.16]],
  fault: [[220, 0.16], [0, 0.06], [220, 0.4]],
  age: [[660, 0.14], [440, 0.14], [220, 0.24]],
  goods: [[220, 0.1], [440, 0.1], [220, 0.1], [440, 0.1]],
  place: [[300, 0.5]],
  unknown: [[520, 0.07], [0, 0.05], [520, 0.07], [0, 0.05], [520, 0.07]],
  ask: [[740, 0.1], [0, 0.05], [880, 0.14]],
  unsure: [[740, 0.25]],
};
let speaker = null;

// A browser gives sound only after the first tap or key.
function wake() {
  if (!speaker && window.AudioContext) speaker = new AudioContext();
  if (speaker && speaker.state === "suspended") speaker.resume().catch(() => {});
}

function sound(name) {
  const tones = TONES[name];
  if (!tones) return;
  wake();
  if (navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive) {
    navigator.vibrate(tones.map(([hertz, seconds]) => (hertz ? 1000 : 500) * seconds));
  }
  if (!speaker) return;
  let at = speaker.currentTime;
  for (const [hertz, seconds] of tones) {
    if (hertz) {
      const tone = speaker.createOscillator();
      const loudness = speaker.createGain();
      loudness.gain.value = 0.25;
      tone.type = "square";
      tone.frequency.value = hertz;
      tone.connect(loudness).connect(speaker.destination);
      tone.start(at);
      tone.stop(at + seconds);
    }
    at += seconds;
  }
}

function soundOfPanel(part) {
  const panel = part.querySelector(".panel[data-tone]");
  if (panel) sound(panel.dataset.tone);
}

for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wake, { passive: true });
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-sound]");
  if (button) sound(button.dataset.sound);
});
soundOfPanel(document);
