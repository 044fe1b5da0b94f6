// Seconds and pixels: how far apart ticks stand, how times are written, which part of the clip is drawn.

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300]; // seconds
const APART = 64; // px between ticks at least
const DENSE = 20; // px a second; below it words are too thin for letters and a curve of them for the eye
const GRAIN = 8; // px; drawn windows begin at multiples of it, so that hatching stays where it is

export function tickStep(perSecond) {
  return STEPS.find((step) => step * perSecond >= APART) ?? STEPS[STEPS.length - 1];
}

export function clockText(seconds, digits = 2) {
  const rounded = Number(seconds.toFixed(digits));
  const minutes = Math.floor(rounded / 60);
  const rest = (rounded - 60 * minutes).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}

export function tickText(seconds, step) {
  if (seconds >= 60) return clockText(seconds, step < 1 ? 1 : 0);
  return `${seconds.toFixed(step < 1 ? 1 : 0)} s`;
}

export function spanText(start, end) {
  return `${start.toFixed(2)}–${end.toFixed(2)} s`;
}

// The window to draw around what is seen: half a screen more on either side, so that scrolling finds it drawn.
export function makeView(scrolled, seen, perSecond, duration) {
  const whole = Math.ceil(duration * perSecond);
  const left = Math.max(0, Math.floor((scrolled - seen / 2) / GRAIN) * GRAIN);
  const width = Math.max(1, Math.min(whole - left, Math.ceil(2 * seen)));
  return {
    left,
    width,
    perSecond,
    from: left / perSecond,
    to: (left + width) / perSecond,
    dense: perSecond < DENSE,
    x: (time) => time * perSecond - left,
    // Whether what is seen at `at` px is drawn, with something to spare where the clip goes on.
    holds(at) {
      const spare = seen / 8;
      return at >= left + Math.min(left, spare) && at + seen <= left + width - (left + width < whole ? spare : 0);
    },
  };
}

// Pixels a second at which most words have room for their letters.
export function readableScale(words) {
  const needs = words
    .filter((word) => word.start !== null && word.end > word.start)
    .map((word) => (word.text.length * 7.2 + 12) / (word.end - word.start))
    .sort((a, b) => a - b);
  const wanted = needs.length ? needs[Math.floor(0.75 * (needs.length - 1))] : 0;
  return Math.min(260, wanted);
}
