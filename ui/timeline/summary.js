// The score on its scale, and what is said, each word on the colour of its sentiment with its attention under it.
import { element, listen } from "./elements.js";

const TALLEST = 6; // px of the bar under the word that is attended most
const EDGE = 8; // px that stay free above and below the word that is scrolled to

export function makeSummary(clip, limit, signal, on) {
  const name = element("strong");
  const number = element("span");
  const score = element("p", { class: "tl-score" }, name, number);
  const mark = element("i");
  const band = element("b", { hidden: "" });
  const ends = [`−${limit}`, "0", `+${limit}`].map((text) => element("span", { text }));
  const ruler = element("div", { class: "tl-ruler", "aria-hidden": "true" }, band, mark, ...ends);
  const words = clip.words.map(makeHeard);
  const said = element("div", { class: "tl-transcript", role: "list", tabindex: "0", "aria-label": "Transcript" }, ...words);
  const pull = element("p", { class: "tl-note" });
  let now = -1;
  wire(said, signal, on);
  const read = (reading) => {
    name.textContent = reading.name;
    number.textContent = `${reading.signed} on a scale from −${limit} to +${limit}${reading.interval && `; ${reading.interval}`}`;
    score.dataset.score = reading.sentiment;
    score.dataset.variant = reading.variant;
    mark.style.left = onRuler(reading.sentiment, limit);
    band.hidden = reading.between === null;
    if (reading.between !== null) {
      band.style.left = onRuler(reading.between[0], limit);
      band.style.right = onRuler(-reading.between[1], limit);
    }
    const most = Math.max(...reading.words.map((felt) => felt.attention)) || 1;
    words.forEach((word, i) => dress(word, reading.words[i], most));
    pull.textContent = reading.strongest;
  };
  return {
    panel: element("div", { class: "tl-summary" }, score, ruler, said, pull),
    read,
    mark(i) {
      if (i === now) return;
      words[now]?.classList.remove("tl-now");
      words[i]?.classList.add("tl-now");
      now = i;
      if (i >= 0 && on.playing()) keepInView(said, words[i]);
    },
  };
}

// Where a sentiment stands on the ruler, from its left end; of minus a sentiment, from its right end.
function onRuler(sentiment, limit) {
  return `${(50 * (Math.max(-limit, Math.min(limit, sentiment)) + limit)) / limit}%`;
}

function makeHeard(word, i) {
  return element("span", { class: "tl-heard", role: "listitem", "data-index": i }, element("bdi", { text: word.text }), element("i"));
}

function dress(word, felt, most) {
  const [text, bar] = word.children;
  word.dataset.sentiment = felt.sentiment;
  text.style.background = felt.tint;
  bar.style.height = `${Math.max(1, Math.round((TALLEST * felt.attention) / most))}px`;
}

// A click plays the word. The keyboard has the words of the time axis, which say the same.
function wire(said, signal, on) {
  const which = (event) => event.target.closest(".tl-heard");
  listen(said, signal, {
    click: (event) => which(event) && on.play(Number(which(event).dataset.index)),
    pointerover: (event) => on.about(which(event) && Number(which(event).dataset.index), which(event)),
    pointerleave: () => on.about(null),
  });
}

function keepInView(said, word) {
  const top = word.offsetTop;
  if (top < said.scrollTop + EDGE) said.scrollTop = top - EDGE;
  else if (top + word.offsetHeight > said.scrollTop + said.clientHeight - EDGE) said.scrollTop = top - EDGE;
}
