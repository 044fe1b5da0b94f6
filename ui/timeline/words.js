// The words as blocks on the time axis. Only those near the window are in the page; one of them takes the keyboard.
import { spanText } from "./axis.js";
import { element, listen } from "./elements.js";
import { makeRow } from "./lanes.js";

const LETTERS = 13; // px, of a word that has room
const SMALLEST = 9; // px; a word without room even for these is cut
const SPARE = 4; // px of a block that are not for letters

export const percent = (share) => `${Math.round(100 * share)}%`;

// What is known of a word, as lines of text: shown on hover and focus, and said to screen readers.
export function wordLines(word, felt) {
  const lines = [`${felt.name} ${felt.signed}`, `attention ${felt.share}, contribution ${felt.push}`];
  const when = word.start === null ? "no time" : spanText(word.start, word.end);
  lines.push(word.interpolated ? `${when} (estimated from its neighbours)` : when);
  const sure = [];
  if (word.fit !== null) sure.push(`sound fits the word ${percent(word.fit)}`);
  if (word.confidence !== null) sure.push(`recogniser sure ${percent(word.confidence)}`);
  if (sure.length) lines.push(sure.join(", "));
  return lines;
}

// The row, and `place(view)`, `read(reading)`, `mark(i)`, `active()`; what the reader asks of a word goes to `on`.
export function makeWords(clip, signal, on) {
  const row = makeRow("words", 38, element("span", { class: "tl-name", text: "words" }));
  const timed = clip.words.flatMap((word, i) => (word.start === null ? [] : [i]));
  const made = new Map(); // number of a word -> its button
  const wide = []; // px of each word's text in letters of LETTERS px, once it was shown
  const state = { reading: null, view: null, active: timed[0] ?? -1, anchor: null, now: -1 };
  row.plot.setAttribute("role", "group");
  row.plot.setAttribute("aria-label", "Words. Left and right step, Enter plays a word, L loops it");

  const dress = (button, i) => {
    const [word, felt] = [clip.words[i], state.reading.words[i]];
    button.style.background = felt.tint;
    button.setAttribute("aria-label", [word.text, ...wordLines(word, felt)].join(", "));
  };
  const put = (i) => {
    const word = clip.words[i];
    const button = made.get(i) ?? makeButton(word, i);
    if (!made.has(i)) {
      dress(button, i);
      made.set(i, button);
      row.plot.append(button);
    }
    button.tabIndex = i === state.active ? 0 : -1;
    button.classList.toggle("tl-now", i === state.now);
    button.style.left = `${word.start * state.view.perSecond}px`;
    const width = Math.max(2, (word.end - word.start) * state.view.perSecond - 1);
    button.style.width = `${width}px`;
    wide[i] ??= wideness(row.plot, (word.interpolated ? "~" : "") + word.text);
    button.style.fontSize = `${lettersFor(wide[i], width - SPARE)}px`;
    return button;
  };
  const place = (view) => {
    state.view = view;
    row.plot.classList.toggle("tl-dense", view.dense);
    const near = new Set(timed.filter((i) => clip.words[i].end >= view.from && clip.words[i].start <= view.to));
    if (state.active >= 0) near.add(state.active);
    for (const [i, button] of made) if (!near.has(i)) (button.remove(), made.delete(i));
    near.forEach(put);
  };
  const activate = (i, focus) => {
    const before = state.active;
    state.active = i;
    if (made.has(before)) made.get(before).tabIndex = -1;
    const button = put(i);
    if (focus) {
      on.reveal(i);
      button.focus({ preventScroll: true });
    }
  };
  const move = (to, extend) => {
    if (to === undefined) return;
    if (extend) state.anchor ??= state.active;
    else state.anchor = null;
    activate(to, true);
    if (extend) on.span(Math.min(state.anchor, to), Math.max(state.anchor, to));
    else on.stepped(to);
  };
  const goto = (event) => {
    const at = timed.indexOf(state.active);
    const ends = { Home: timed[0], End: timed[timed.length - 1] };
    const targets = { ArrowRight: timed[at + 1], ArrowLeft: timed[at - 1], ...ends };
    if (event.key in targets) move(targets[event.key], event.shiftKey);
    else if (event.key === "Enter" || (event.key === " " && !on.playing())) on.play(state.active);
    else if (event.key === " ") on.toggle();
    else if (event.key.toLowerCase() === "l") on.span(state.active, state.active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const which = (event) => {
    const button = event.target.closest(".tl-word");
    return button ? Number(button.dataset.index) : null;
  };
  listen(row.plot, signal, {
    click: (event) => {
      const i = which(event);
      if (i === null) return;
      event.stopPropagation();
      activate(i, false);
      on.play(i);
    },
    keydown: (event) => {
      if (which(event) !== null && !event.ctrlKey && !event.metaKey && !event.altKey) goto(event);
    },
    focusin(event) {
      if (which(event) !== state.active) activate(which(event), false);
      on.about(which(event), event.target);
    },
    focusout: () => on.about(null),
    pointerover: (event) => on.about(which(event), event.target.closest(".tl-word")),
    pointerleave: () => on.about(null),
  });
  return {
    row,
    place,
    active: () => state.active,
    read(reading) {
      state.reading = reading;
      for (const [i, button] of made) dress(button, i);
    },
    mark(i) {
      if (i === state.now) return;
      made.get(state.now)?.classList.remove("tl-now");
      made.get(i)?.classList.add("tl-now");
      state.now = i;
    },
  };
}

const gauge = document.createElement("canvas").getContext("2d");

function wideness(place, text) {
  gauge.font = `${LETTERS}px ${getComputedStyle(place).fontFamily}`;
  return gauge.measureText(text).width;
}

// The size of letters, px, in which a text of such a wideness finds room, in steps of half a px.
function lettersFor(wide, room) {
  return Math.max(SMALLEST, Math.floor(2 * LETTERS * Math.min(1, room / wide)) / 2);
}

function makeButton(word, i) {
  const classes = `tl-word${word.interpolated ? " tl-estimated" : ""}`;
  const button = element("button", { type: "button", class: classes, "data-index": i });
  if (word.interpolated) button.append(element("span", { text: "~" }));
  button.append(element("bdi", { text: word.text }));
  const sure = word.fit ?? word.confidence;
  if (sure !== null) {
    const bar = element("i", { class: "tl-fit" });
    bar.style.width = percent(sure);
    button.append(bar);
  }
  return button;
}
