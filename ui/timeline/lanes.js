// Lanes of the timeline: a label that stays where it is, and a plot on the time axis beside or, when narrow, under it.
import { clockText } from "./axis.js";
import { element } from "./elements.js";
import { paintAttention, paintAxis, paintContribution, paintSentiment, paintUtterances, prepared } from "./paint.js";

export function makeRow(kind, height, ...label) {
  const plot = element("div", { class: "tl-plot" });
  plot.style.height = `${height}px`;
  const heading = element("div", { class: "tl-label" }, ...label);
  const lane = element("div", { class: `tl-lane tl-lane-${kind}` }, heading, plot);
  return { lane, plot, height };
}

// A row with a canvas. `paint(context, view, height, inks)` draws it; `about(time)` says what is there, or null.
export function makeLane(kind, height, title, detail, paint, about) {
  const name = element("span", { class: "tl-name", text: title });
  const more = element("span", { class: "tl-detail", text: detail });
  const row = makeRow(kind, height, name, more);
  const canvas = element("canvas", { "aria-hidden": "true" });
  row.plot.append(canvas);
  return {
    ...row,
    about,
    say: (text) => (more.textContent = text),
    draw: (view, inks) => paint(prepared(canvas, view, height, inks), view, height, inks),
  };
}

// The lanes that every clip has, top to bottom; `state` holds clip, reading and limit as they are at the moment.
export function makeMainLanes(state) {
  const axis = makeLane("axis", 26, "time", "", paintAxis, () => null);
  const sentiment = makeLane("sentiment", 104, "sentiment", "−3 to +3", (context, view, height, inks) =>
    paintSentiment(context, view, height, state.clip, state.reading, state.limit, inks),
  );
  const ends = ["+3", "0", "−3"].map((text) => element("i", { text }));
  sentiment.lane.firstChild.append(element("span", { class: "tl-ends", "aria-hidden": "true" }, ...ends));
  const attention = makeLane("attention", 46, "attention", "", (context, view, height, inks) =>
    paintAttention(context, view, height, state.clip, state.reading, inks),
  );
  const contribution = makeLane("contribution", 56, "contribution", "", (context, view, height, inks) =>
    paintContribution(context, view, height, state.clip, state.reading, inks),
  );
  const utterances = makeLane("utterances", 26, "utterances", "", (context, view, height, inks) =>
    paintUtterances(context, view, height, state.reading, inks),
  );
  utterances.about = (time) => {
    const at = state.reading.utterances.findIndex((one) => one.start !== null && one.start <= time && time < one.end);
    if (at < 0) return null;
    const { start, end, name, signed } = state.reading.utterances[at];
    return [`utterance ${at + 1}`, `${name} ${signed}`, `${clockText(start)} to ${clockText(end)}`];
  };
  return { axis, utterances, sentiment, attention, contribution };
}

// What the labels say of the reading's size.
export function sayRanges(lanes, reading) {
  const most = reading.words.reduce((a, b) => (b.attention > a.attention ? b : a));
  const push = reading.words.reduce((a, b) => (Math.abs(b.contribution) > Math.abs(a.contribution) ? b : a));
  lanes.attention.say(`0 to ${most.share}`);
  lanes.contribution.say(`±${push.push.replace(/^[+−]/, "")}, sum ${reading.signed}`);
  lanes.utterances.say(`${reading.utterances.length}, mean ${reading.signed}`);
  lanes.utterances.lane.hidden = reading.utterances.length < 2;
}
