// What stands beside the lanes: the player, the word under the playhead, buttons, what hovering says, and a table.
import { spanText } from "./axis.js";
import { between, element } from "./elements.js";
import { wordLines } from "./words.js";

export function makeMedia(clip) {
  if (clip.media === null) {
    const text = "This clip cannot be played here; its timeline can be read.";
    return { media: null, holder: element("p", { class: "tl-note", text }) };
  }
  const tag = clip.media.kind === "video" ? "video" : "audio";
  const media = element(tag, { preload: "auto", playsinline: "", controls: "" });
  media.setAttribute("aria-label", `The clip ${clip.name}`);
  media.src = clip.media.url;
  return { media, holder: media };
}

// The word that is being said: `show(i)`, with -1 between words.
export function makeReadout(state) {
  const word = element("bdi", { class: "tl-said" });
  const lines = element("div", { class: "tl-lines" });
  const heading = element("p", { class: "tl-detail", text: "at the playhead" });
  const panel = element("div", { class: "tl-readout" }, heading, word, lines);
  let shown = null;
  const show = (i) => {
    if (shown === i) return;
    shown = i;
    const [said, felt] = i < 0 ? [null, null] : [state.clip.words[i], state.reading.words[i]];
    word.textContent = said ? said.text : "no word";
    word.classList.toggle("tl-silent", !said);
    word.style.background = felt ? felt.tint : "";
    lines.replaceChildren(...(said ? wordLines(said, felt) : []).map((text) => element("p", { text })));
  };
  return { panel, show, again: () => ((shown = null), undefined) };
}

// A box at a place of the page that says some lines.
export function makeTip(root) {
  const tip = element("div", { class: "tl-tip", role: "tooltip", hidden: "" });
  return {
    tip,
    hide: () => (tip.hidden = true),
    show([heading, ...lines], x, y) {
      tip.replaceChildren(element("bdi", { text: heading }), ...lines.map((text) => element("p", { text })));
      tip.hidden = false;
      const whole = root.getBoundingClientRect();
      const left = between(x - whole.left - tip.offsetWidth / 2, 0, Math.max(0, whole.width - tip.offsetWidth));
      tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(y - whole.top)}px)`;
    },
  };
}

export function makeButtons() {
  const button = { type: "button", class: "tl-button" };
  const made = (text, label = text) => element("button", { ...button, "aria-label": label, text });
  return {
    play: made("Play"),
    time: element("span", { class: "tl-time" }),
    whole: element("span", { class: "tl-time tl-whole" }),
    loop: element("button", button),
    out: made("−", "Zoom out"),
    in: made("+", "Zoom in"),
    fit: made("Fit", "Fit the whole clip"),
  };
}

export function makeUntimed(clip) {
  const texts = clip.words.filter((word) => word.start === null).map((word) => element("bdi", { text: word.text }));
  if (!texts.length) return null;
  const heading = element("span", { class: "tl-name", text: "words without a time" });
  return element("p", { class: "tl-note tl-untimed" }, heading, ...texts);
}

const HEADINGS = ["word", "time", "sentiment", "attention", "contribution", "fit", "confidence"];
const figure = (value) => (value === null ? "–" : value.toFixed(2));

// The same numbers for who cannot see the chart.
export function makeTable(clip, reading) {
  const rows = clip.words.map((word, i) => {
    const felt = reading.words[i];
    const when = word.start === null ? "no time" : spanText(word.start, word.end);
    const measured = word.interpolated ? `${when}, estimated` : when;
    const sure = [figure(word.fit), figure(word.confidence)];
    const cells = [measured, `${felt.signed} ${felt.name}`, felt.share, felt.push, ...sure];
    const heading = element("th", { scope: "row" }, element("bdi", { text: word.text }));
    return element("tr", {}, heading, ...cells.map((text) => element("td", { text })));
  });
  const head = element("tr", {}, ...HEADINGS.map((text) => element("th", { scope: "col", text })));
  const whole = `the whole is ${reading.name} ${reading.signed}`;
  const caption = element("caption", { text: `Every word as ${reading.variant} reads it; ${whole}` });
  return element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows));
}

const LEGEND = [
  ["blue, orange-brown", "positive, negative; the stronger the colour, the stronger the sentiment"],
  ["curve", "sentiment of each word; of each utterance where a long recording is seen from far away"],
  ["line under a word", "how well the sound fits the word; without an aligner's measure, how sure the recogniser was"],
  ["~ and a dashed border", "a time that was not measured but spread between the neighbours'"],
  ["grey bars", "attention: how much the model weighs a word"],
  ["contribution", "attention times sentiment; the bars add up to the score"],
  ["hatched", "nothing was observed: no voice, no face, or a value that cannot be measured there"],
  ["emotions", "patterns of action units after EMFACS, derived and not measured; ~ marks one that rests on a unit MediaPipe hardly sees"],
  ["drag on the time axis", "loops what you drag over; Escape ends the loop"],
  ["keys on a word", "left and right step, Enter plays it, Space plays and pauses, L loops it, Shift and arrow loop several"],
];

export function makeLegend() {
  const pairs = LEGEND.flatMap(([sign, meaning]) => [element("dt", { text: sign }), element("dd", { text: meaning })]);
  const summary = element("summary", { text: "How to read and use the timeline" });
  return element("details", { class: "tl-legend" }, summary, element("dl", {}, ...pairs));
}
