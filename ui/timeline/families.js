// Families of measurements that fold open. Their numbers are fetched when the first of them is opened.
import { element, listen } from "./elements.js";
import { makeLane } from "./lanes.js";
import { loadBlock, numberText, opened, paintTrack, rangeText, valueAt } from "./measured.js";

const ROW = 36; // px
const TALL = 50; // px of a row whose label has a line more

const FAILED = "The measurements could not be loaded: close and open the family to try again.";

// The sections, and `draw(view, inks)`, which leaves out rows that are not on the screen; `ready()` is called when
// there is more to draw.
export function makeFamilies(tracks, signal, ready) {
  const state = { frames: null, asked: false, watch: null };
  const seen = new Set(); // lanes on the screen
  let last = null; // window and colours of the last drawing
  const draw = (lanes) => state.frames && last && lanes.forEach((lane) => lane.draw(...last));
  state.watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
    const come = new Set(entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
    draw(allLanes().filter((lane) => come.has(lane.lane)));
  });
  signal.addEventListener("abort", () => state.watch.disconnect());
  const load = async () => {
    if (state.asked) return;
    state.asked = true;
    try {
      state.frames = opened(await loadBlock(tracks, signal), tracks.frames);
      ready();
    } catch (error) {
      if (signal.aborted) return;
      state.asked = false;
      for (const section of sections) section.say(FAILED);
    }
  };
  const sections = tracks.families.map((family) => makeFamily(family, state, signal, load, ready));
  const allLanes = () => sections.flatMap((section) => section.lanes());
  return {
    sections: sections.map((section) => section.section),
    lanes: allLanes,
    draw(view, inks) {
      last = [view, inks];
      draw(allLanes().filter((lane) => seen.has(lane.lane)));
    },
  };
}

function makeFamily(family, state, signal, load, ready) {
  const button = element("button", { type: "button", class: "tl-fold", "aria-expanded": "false" });
  const shown = family.rows.length === 1 ? "1 row" : `${family.rows.length} rows`;
  button.append(element("span", { text: family.title }), element("span", { class: "tl-detail", text: shown }));
  const note = element("p", { class: "tl-note tl-stay", role: "status" });
  const rows = element("div", { class: "tl-rows", hidden: "" }, note);
  const rest = family.rows.length - family.first;
  const more = element("button", { type: "button", class: "tl-more tl-stay", text: `+ ${rest} more` });
  const lanes = [];
  const add = (some) => {
    for (const row of some) {
      const lane = makeTrack(row, state);
      lanes.push(lane);
      state.watch.observe(lane.lane);
      rows.insertBefore(lane.lane, more.parentNode === rows ? more : null);
    }
  };
  listen(button, signal, {
    click() {
      const open = rows.hidden;
      rows.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      if (!open) return;
      note.textContent = "";
      if (!lanes.length) {
        if (rest > 0) rows.append(more);
        add(family.rows.slice(0, family.first));
      }
      load();
      ready();
    },
  });
  listen(more, signal, {
    click() {
      more.remove();
      add(family.rows.slice(family.first));
      button.focus();
      ready();
    },
  });
  const section = element("div", { class: "tl-family" }, element("div", { class: "tl-stay" }, button), rows);
  return { section, lanes: () => (rows.hidden ? [] : lanes), say: (text) => (note.textContent = text) };
}

function makeTrack(row, state) {
  const unit = row.unit ? ` ${row.unit}` : "";
  const beyond = row.low !== null && (row.low < row.edges[0] || row.high > row.edges[1]);
  const shown = row.low === null ? "not measured" : rangeText(row.edges, unit);
  const lane = makeLane(
    "track",
    beyond ? TALL : ROW,
    row.label,
    shown,
    (context, view, height, inks) => paintTrack(context, view, height, state.frames[row.track], row, inks),
    (time) => {
      if (!state.frames) return null;
      const value = valueAt(state.frames[row.track], row, time);
      return [row.label, value === null ? "not observed" : `${numberText(value)}${unit}`, `at ${time.toFixed(2)} s`];
    },
  );
  const all = element("span", { class: "tl-detail", text: beyond ? `all: ${rangeText([row.low, row.high])}` : "" });
  if (beyond) lane.plot.previousSibling.append(all);
  return lane;
}
