// Measurements over time: their numbers out of a block of bytes, and their curves with what is missing hatched.

import { between } from "./elements.js";

const LEVELS = 65534; // from the smallest to the largest value of a column; 0 is a missing one
const TOGETHER = 1.6; // periods; frames further apart than this have a gap between them

// The frames of each track; see ui/timeline/measured.py for the block.
export function opened(block, frames) {
  return frames.map(({ count, period, offset }) => ({
    period,
    times: new Float32Array(block, offset, count),
    column: (number) => new Uint16Array(block, offset + 4 * count + 2 * count * number, count),
  }));
}

export async function loadBlock(tracks, signal) {
  if (tracks.url === null) {
    const text = atob(tracks.base64);
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
  }
  const reply = await fetch(tracks.url, { signal });
  if (!reply.ok) throw new Error(`status ${reply.status}`);
  return reply.arrayBuffer();
}

export function valueAt(track, row, time) {
  const i = firstAfter(track.times, time);
  const nearest = [i - 1, i].filter((n) => n >= 0 && n < track.times.length);
  nearest.sort((a, b) => Math.abs(track.times[a] - time) - Math.abs(track.times[b] - time));
  const [at] = nearest;
  if (at === undefined || Math.abs(track.times[at] - time) > TOGETHER * track.period) return null;
  const step = track.column(row.column)[at];
  return step === 0 ? null : row.low + ((step - 1) / LEVELS) * (row.high - row.low);
}

// Three digits that count, and no more than four after the point: less is nothing that could be seen.
export function numberText(value) {
  const rounded = Number(Number(value.toPrecision(3)).toFixed(4));
  return String(rounded === 0 ? 0 : rounded).replace("-", "−");
}

export function rangeText([low, high], unit = "") {
  const [first, last] = [numberText(low), numberText(high)];
  return first === last ? `${first}${unit} throughout` : `${first} to ${last}${unit}`;
}

export function paintTrack(context, view, height, track, row, inks) {
  const steps = track.column(row.column);
  const first = Math.max(0, firstAfter(track.times, view.from - track.period) - 1);
  const last = Math.min(track.times.length, firstAfter(track.times, view.to + track.period) + 1);
  const y = place(row, height);
  paintGaps(context, view, height, track, steps, first, last, inks);
  context.lineWidth = 1.2;
  context.beginPath();
  if (last - first > 2 * view.width) traceEnvelope(context, view, track.times, steps, first, last, y);
  else traceLine(context, view, track, steps, first, last, y);
  context.stroke();
}

// From a step to px: the row's edges are at its ends, and what lies beyond is drawn there.
function place({ low, high, edges: [bottom, top] }, height) {
  if (bottom === top) return () => height / 2;
  const share = (step) => between((low + ((step - 1) / LEVELS) * (high - low) - bottom) / (top - bottom), 0, 1);
  return (step) => height - 3 - share(step) * (height - 6);
}

function traceLine(context, view, { times, period }, steps, first, last, y) {
  let before = -Infinity; // the time of the last value drawn
  for (let i = first; i < last; i++) {
    if (steps[i] === 0) before = -Infinity;
    else {
      const x = view.x(times[i]);
      if (times[i] - before <= TOGETHER * period) context.lineTo(x, y(steps[i]));
      else {
        context.moveTo(x - 0.6, y(steps[i])); // a value that stands alone is a dot
        context.lineTo(x + 0.6, y(steps[i]));
      }
      before = times[i];
    }
  }
}

// Where many values share a pixel: one upright stroke a pixel, from the smallest to the largest of them.
function traceEnvelope(context, view, times, steps, first, last, y) {
  let [pixel, low, high] = [-1, Infinity, -Infinity];
  const flush = () => {
    if (high < low) return;
    context.moveTo(pixel + 0.5, y(low) + 0.6);
    context.lineTo(pixel + 0.5, y(high) - 0.6);
  };
  for (let i = first; i < last; i++) {
    const x = Math.floor(view.x(times[i]));
    if (x !== pixel) {
      flush();
      [pixel, low, high] = [x, Infinity, -Infinity];
    }
    if (steps[i] === 0) continue;
    low = Math.min(low, steps[i]);
    high = Math.max(high, steps[i]);
  }
  flush();
}

function paintGaps(context, view, height, { times, period }, steps, first, last, inks) {
  context.fillStyle = inks.hatch;
  const fill = (from, to) => {
    const [left, right] = [Math.max(0, view.x(from)), Math.min(view.width, view.x(to))];
    if (right > left) context.fillRect(left, 0, right - left, height);
  };
  let end = first < last && first > 0 ? times[first] - period / 2 : 0; // up to here it is known what was observed
  let missing = null; // where the present gap began
  for (let i = first; i < last; i++) {
    const [from, to] = [times[i] - period / 2, times[i] + period / 2];
    if (missing === null && (steps[i] === 0 || from - end > (TOGETHER - 1) * period)) missing = end;
    if (steps[i] !== 0 && missing !== null) {
      fill(missing, from);
      missing = null;
    }
    end = to;
  }
  if (missing !== null) fill(missing, end);
  if (last >= times.length && view.to - end > period) fill(end, view.to);
  context.fillStyle = inks.text;
}

function firstAfter(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
