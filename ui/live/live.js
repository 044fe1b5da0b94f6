// The live board: what Python knows of the session, drawn. Python sends the whole state a few times a second; between
// two of them the traces move on by the clock. Every text of the speaker's is set as text, never as markup.

const PITCH = [60, 500]; // Hz, ends of the axis, which is logarithmic
const PITCH_TICKS = [100, 200, 400];
const GAP = 0.2; // seconds without a measurement that break a trace
const STEP = 45; // ms from one drawing to the next: the processor is for the models
const LATEST = 20; // words over which the delay is a median

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".live");
  if (!root.s2s) root.s2s = mount(root);
  root.s2s.update(data);
  return () => {
    root.s2s?.destroy();
    root.s2s = null;
  };
}

function mount(root) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const shown = new Map(); // key of a word -> the moment its text took its present form, seconds
  const delays = [];
  const parts = build(root);
  let state = null;
  let frame = 0;
  let drawn = 0;

  const draw = () => {
    const now = state.now === null ? 0 : Date.now() / 1000 - state.zero;
    drawCurve(parts.curve, state, now);
    drawPitch(parts.pitch, state, now);
    drawLoudness(parts.loudness, state, now);
  };
  const move = (moment) => {
    if (state && state.now !== null && moment - drawn > STEP) {
      drawn = moment;
      draw();
    }
    frame = still.matches ? 0 : requestAnimationFrame(move);
  };

  return {
    update(data) {
      state = data;
      fill(parts.sentences, data.sentences, (text) => element("p", { text }));
      showScore(parts, data);
      showWords(parts, data, shown, delays);
      showUnits(parts, data.units);
      draw();
      if (!frame && !still.matches) frame = requestAnimationFrame(move);
    },
    destroy() {
      cancelAnimationFrame(frame);
      root.replaceChildren();
    },
  };
}

function element(tag, { text, ...rest } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(rest)) made.setAttribute(name === "cls" ? "class" : name, value);
  made.append(...children);
  return made;
}

function fill(place, items, make) {
  const texts = JSON.stringify(items);
  if (place.dataset.holds === texts) return;
  place.dataset.holds = texts;
  place.replaceChildren(...items.map(make));
}

function build(root) {
  const figure = (name, title, axis) => {
    const value = element("b", { text: "–" });
    const canvas = element("canvas", { role: "img", "aria-label": title });
    const heading = element("span", {}, element("h3", { text: title }), element("span", { cls: "axis", text: axis }));
    const made = element("figure", { cls: name }, element("figcaption", {}, heading, value), canvas);
    return { made, canvas, value };
  };
  const sentences = element("div", { cls: "sentences", role: "status" });
  const name = element("strong", { text: "–" });
  const number = element("span");
  const score = element("div", { cls: "score" }, name, number);
  const words = element("div", { cls: "words", tabindex: "0", role: "group", "aria-label": "Words as they are spoken" });
  const curve = figure("curve", "Sentiment of the utterance", "rolling, last 30 s, −3 to +3");
  const pitch = figure("pitch", "Pitch", "Hz, last 10 s");
  const loudness = figure("loudness", "Loudness", "0 is silence, last 10 s");
  const units = element("div", { cls: "units", role: "group", "aria-label": "Action units of the face, 0 to 1" });
  const late = element("p", { cls: "late" }, element("small"));
  const rows = element("tbody");
  const table = element(
    "details",
    { cls: "table" },
    element("summary", { text: "Words as a table" }),
    element("div", { cls: "rows" }, element("table", {}, head("word", "ends [s]", "sentiment"), rows)),
  );
  const face = element("div", {}, element("h3", { text: "Face" }), element("span", { cls: "axis", text: "action units, 0 to 1" }), units);
  const voice = element("div", {}, pitch.made, loudness.made);
  const grid = element("div", { cls: "parts" }, voice, face);
  root.replaceChildren(sentences, score, words, curve.made, grid, late, table);
  return { sentences, name, number, words, curve, pitch, loudness, units, late: late.firstChild, rows, table };
}

function head(...names) {
  return element("thead", {}, element("tr", {}, ...names.map((text) => element("th", { text, scope: "col" }))));
}

function showScore(parts, data) {
  const { score } = data;
  parts.name.textContent = score ? score.name : data.words.length ? "no sentiment yet" : "no words yet";
  parts.name.className = score ? "" : "none";
  parts.number.textContent = score ? `${score.number} for what is being said, on a scale from −3 to +3` : "";
}

function showWords(parts, data, shown, delays) {
  const place = parts.words;
  const now = Date.now() / 1000;
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  const before = new Map([...place.querySelectorAll("bdi")].map((node) => [node.dataset.key, node]));
  const nodes = data.words.map((word) => {
    const node = before.get(word.key) ?? element("bdi", { "data-key": word.key });
    showWord(node, word, now, data.zero, shown, delays);
    return node;
  });
  const empty = element("span", { cls: "empty", text: "The words appear here as you speak." });
  const wanted = nodes.length ? nodes : [empty];
  if (wanted.length !== place.childNodes.length || wanted.some((node, i) => node !== place.childNodes[i])) {
    place.replaceChildren(...wanted);
    if (atEnd) place.scrollTop = place.scrollHeight;
  }
  if (delays.length) {
    const middle = [...delays].sort((a, b) => a - b)[Math.floor(delays.length / 2)];
    parts.late.textContent =
      `Words appear about ${middle.toFixed(1)} s after they are spoken (median of the last ${delays.length}); ` +
      "lighter ones may still change.";
  }
  if (parts.table.open) tabulate(parts, data.words);
}

function showWord(node, word, now, zero, shown, delays) {
  const said = word.text.toLowerCase().replace(/[^\p{L}\p{N}']/gu, "");
  const last = shown.get(word.key);
  if (!last || last.said !== said) shown.set(word.key, { said, at: now, counted: false });
  const entry = shown.get(word.key);
  if (word.final && !entry.counted) {
    entry.counted = true;
    delays.push(entry.at - zero - word.end);
    if (delays.length > LATEST) delays.shift();
  }
  if (node.textContent !== word.text) node.textContent = word.text;
  node.className = [word.final ? "" : "provisional", word.first ? "first" : ""].filter(Boolean).join(" ");
  node.style.background = word.tint;
  node.title = word.about;
  node.dataset.spoken = (zero + word.end).toFixed(3);
  node.dataset.shown = entry.at.toFixed(3);
  node.dataset.sentiment = word.sentiment ?? "";
}

function tabulate(parts, words) {
  fill(
    parts.rows,
    words.map((word) => [word.text, word.end.toFixed(2), word.about]),
    (cells) => element("tr", {}, ...cells.map((text) => element("td", { text }))),
  );
}

function showUnits(parts, units) {
  if (parts.units.childElementCount !== units.length) {
    parts.units.replaceChildren(
      ...units.map((unit) =>
        element(
          "div",
          { cls: "unit", role: "meter", "aria-label": `${unit.unit} ${unit.about}`, "aria-valuemin": 0, "aria-valuemax": 1 },
          element("span", { text: `${unit.name} ` }, element("small", { text: unit.unit })),
          element("i", {}, element("u")),
          element("b"),
        ),
      ),
    );
  }
  units.forEach((unit, i) => {
    const row = parts.units.children[i];
    const value = unit.value;
    row.dataset.value = value ?? "";
    row.setAttribute("aria-valuenow", value ?? 0);
    row.setAttribute("aria-valuetext", value === null ? "no face" : value.toFixed(2));
    row.querySelector("u").style.transform = `scaleX(${value ?? 0})`;
    row.querySelector("b").textContent = value === null ? "–" : value.toFixed(2);
  });
}

// Canvases. A pen has the canvas' size in CSS pixels and maps seconds before now to x.

function pen(part, span) {
  const { canvas } = part;
  const box = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [box.width, box.height];
  const pixels = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "11px sans-serif";
  const ink = getComputedStyle(canvas).color;
  const left = 30;
  return { context, width, height, ink, left, x: (ago) => width - 4 - (ago / span) * (width - left - 4) };
}

function rule(p, y, label, strong) {
  const c = p.context;
  c.globalAlpha = strong ? 0.7 : 0.2;
  c.strokeStyle = c.fillStyle = p.ink;
  c.lineWidth = 1;
  c.beginPath();
  c.moveTo(p.left, Math.round(y) + 0.5);
  c.lineTo(p.width, Math.round(y) + 0.5);
  c.stroke();
  c.globalAlpha = 0.85;
  c.textAlign = "right";
  c.textBaseline = "middle";
  c.fillText(label, p.left - 5, Math.min(Math.max(y, 6), p.height - 6));
  c.globalAlpha = 1;
}

function line(p, points) {
  const c = p.context;
  c.strokeStyle = p.ink;
  c.lineWidth = 1.6;
  c.lineJoin = "round";
  c.beginPath();
  let open = false;
  for (const point of points) {
    if (point === null) open = false;
    else if (open) c.lineTo(...point);
    else {
      c.moveTo(...point);
      open = true;
    }
  }
  c.stroke();
}

// Points of a trace, null where it is broken: nothing measured, or left of the axis.
function trace(moments, place, left) {
  const points = [];
  let before = null;
  for (const one of moments) {
    if (before !== null && one.time - before > GAP) points.push(null);
    before = one.time;
    const point = place(one);
    points.push(point && point[0] >= left ? point : null);
  }
  return points;
}

function drawCurve(part, state, now) {
  const { limit, curve: span } = state.spans;
  const p = pen(part, span);
  const y = (score) => p.height / 2 - (score / limit) * (p.height / 2 - 7);
  rule(p, y(limit), `+${limit}`, false);
  rule(p, y(0), "0", true);
  rule(p, y(-limit), `−${limit}`, false);
  const points = state.curve.map((one) => [p.x(now - one.time), y(one.score)]).filter(([x]) => x >= p.left);
  line(p, points);
  state.curve.forEach((one) => {
    const x = p.x(now - one.time);
    if (x < p.left) return;
    p.context.fillStyle = one.colour;
    p.context.beginPath();
    p.context.arc(x, y(one.score), 3.5, 0, 2 * Math.PI);
    p.context.fill();
  });
  part.value.textContent = state.score ? state.score.number : "–";
}

function drawPitch(part, state, now) {
  const p = pen(part, state.spans.trace);
  const [low, high] = PITCH.map(Math.log);
  const y = (hertz) => p.height - 7 - ((Math.log(hertz) - low) / (high - low)) * (p.height - 14);
  PITCH_TICKS.forEach((hertz) => rule(p, y(hertz), String(hertz), false));
  const place = (one) =>
    one.pitch === null ? null : [p.x(now - one.time), y(Math.min(Math.max(one.pitch, PITCH[0]), PITCH[1]))];
  line(p, trace(state.voice, place, p.left));
  const last = state.voice.at(-1)?.pitch ?? null;
  part.value.textContent = last === null ? "no voice" : `${Math.round(last)} Hz`;
}

function drawLoudness(part, state, now) {
  const p = pen(part, state.spans.trace);
  const top = Math.max(1, ...state.voice.map((one) => one.loudness));
  const y = (loudness) => p.height - 7 - (loudness / top) * (p.height - 14);
  rule(p, y(top), top.toFixed(1), false);
  rule(p, y(0), "0", true);
  line(p, trace(state.voice, (one) => [p.x(now - one.time), y(one.loudness)], p.left));
  const last = state.voice.at(-1)?.loudness;
  part.value.textContent = last === undefined ? "–" : last.toFixed(2);
}
