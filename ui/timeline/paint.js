// Drawing on a lane's canvas, which covers the drawn window only.
import { tickStep, tickText } from "./axis.js";
import { between } from "./elements.js";

const AGAIN = 320; // px from one score of an utterance to the same again

export function prepared(canvas, view, height, inks) {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.ceil(view.width * density);
  canvas.height = Math.ceil(height * density);
  Object.assign(canvas.style, { width: `${view.width}px`, height: `${height}px`, left: `${view.left}px` });
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.font = `12px ${inks.font}`;
  context.fillStyle = context.strokeStyle = inks.text;
  return context;
}

export function rule(context, y, width, alpha) {
  context.globalAlpha = alpha;
  context.fillRect(0, Math.round(y) - 0.5, width, 1);
  context.globalAlpha = 1;
}

// Seconds along the top, one tick a step.
export function paintAxis(context, view, height) {
  const step = tickStep(view.perSecond);
  for (let n = Math.max(0, Math.floor(view.from / step)); n * step <= view.to; n++) {
    const x = Math.round(view.x(n * step));
    context.globalAlpha = 0.45;
    context.fillRect(x, height - 6, 1, 6);
    context.globalAlpha = 0.9;
    context.fillText(tickText(n * step, step), x + 4, height - 8);
  }
  context.globalAlpha = 1;
}

// Utterances: where each begins, in every lane that has a curve.
export function paintBorders(context, view, height, utterances) {
  if (utterances.length < 2 || view.dense) return;
  context.globalAlpha = 0.4;
  for (const { start } of utterances.filter((one) => one.start !== null && one.start >= view.from)) {
    for (let y = 0; y < height; y += 5) context.fillRect(Math.round(view.x(start)), y, 1, 2);
  }
  context.globalAlpha = 1;
}

// A bar a word, from `base` (px) to where `level` puts it.
export function paintBars(context, view, words, base, level, colour) {
  words.forEach((word, i) => {
    if (word.start === null || word.end < view.from || word.start > view.to) return;
    const x = view.x(word.start);
    const y = level(i);
    context.fillStyle = colour(i);
    const width = Math.max(1, (word.end - word.start) * view.perSecond - 1);
    context.fillRect(x, Math.min(base, y), width, Math.max(1, Math.abs(y - base)));
  });
}

// Sentiment a word: bars from the zero line, and a curve through their ends that breaks between utterances. Seen from
// far away, the curve of a long recording goes through its utterances' scores.
export function paintSentiment(context, view, height, clip, reading, limit, inks) {
  const middle = height / 2;
  const y = (value) => middle - (between(value, -limit, limit) / limit) * (middle - 5);
  for (const value of [-limit, limit]) rule(context, y(value), view.width, 0.15);
  paintBars(context, view, clip.words, middle, (i) => y(reading.words[i].sentiment), (i) => reading.words[i].colour);
  context.fillStyle = inks.text;
  rule(context, middle, view.width, 0.7);
  paintBorders(context, view, height, reading.utterances);
  context.globalAlpha = 0.75;
  context.lineWidth = 1.3;
  const far = view.dense && reading.utterances.length > 1;
  const curves = far ? [reading.utterances] : reading.utterances.map((one) => pointsOf(clip, reading, one));
  for (const points of curves) paintCurve(context, view, points, y);
  context.globalAlpha = 1;
}

function pointsOf(clip, reading, { first, stop }) {
  return clip.words.slice(first, stop).map((word, i) => ({ ...word, sentiment: reading.words[first + i].sentiment }));
}

function paintCurve(context, view, points, y) {
  context.beginPath();
  for (const { start, end, sentiment } of points) {
    if (start !== null) context.lineTo(view.x((start + end) / 2), y(sentiment));
  }
  context.stroke();
}

// Attention: grey bars, the most attended word at full height.
export function paintAttention(context, view, height, clip, reading, inks) {
  const most = Math.max(...reading.words.map((word) => word.attention), 1e-9);
  const level = (i) => height - 1 - (reading.words[i].attention / most) * (height - 4);
  paintBars(context, view, clip.words, height - 1, level, () => inks.grey);
  context.fillStyle = inks.text;
  rule(context, height - 1, view.width, 0.4);
  paintBorders(context, view, height, reading.utterances);
}

// Contribution: the bars add up to the score.
export function paintContribution(context, view, height, clip, reading, inks) {
  const most = Math.max(...reading.words.map((word) => Math.abs(word.contribution)), 1e-9);
  const level = (i) => height / 2 - (reading.words[i].contribution / most) * (height / 2 - 3);
  paintBars(context, view, clip.words, height / 2, level, (i) => reading.words[i].colour);
  context.fillStyle = inks.text;
  rule(context, height / 2, view.width, 0.7);
  paintBorders(context, view, height, reading.utterances);
}

// One block an utterance, with its score.
export function paintUtterances(context, view, height, reading, inks) {
  for (const one of reading.utterances) {
    if (one.start === null || one.end < view.from || one.start > view.to) continue;
    const [x, width] = [view.x(one.start), Math.max(2, (one.end - one.start) * view.perSecond - 2)];
    context.fillStyle = one.tint;
    context.fillRect(x, 2, width, height - 4);
    context.fillStyle = inks.text;
    for (let at = x + 6; at < x + width - 40; at += AGAIN) context.fillText(one.signed, at, height / 2 + 4);
  }
}
