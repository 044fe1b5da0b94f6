// The timeline of one clip: `mount(root, payload)` builds it, `update` shows another reading in place, so that playing
// goes on, and `destroy` takes everything away. The payload is described in ui/timeline/payload.py.
import { makeActions, showLoop, wireButtons, wireKeys, wirePlots } from "./acting.js";
import { clockText } from "./axis.js";
import { makeButtons, makeLegend, makeMedia, makeReadout, makeTable, makeTip, makeUntimed } from "./beside.js";
import { makeClock } from "./clock.js";
import { element, listen } from "./elements.js";
import { makeFamilies } from "./families.js";
import { makeMainLanes, sayRanges } from "./lanes.js";
import { makeFollower, makeLook } from "./looking.js";
import { makeSummary } from "./summary.js";
import { makeWords } from "./words.js";

export function mount(root, payload) {
  root.classList.add("tl-root");
  let [built, key] = [build(root, payload), payload.clip.key];
  return {
    update(next) {
      if (next.clip.key === key) return built.read(next);
      built.destroy();
      [built, key] = [build(root, next), next.clip.key];
    },
    destroy() {
      built.destroy();
      root.classList.remove("tl-root", "tl-narrow");
    },
  };
}

// Streamlit calls this each time its data or its theme changes, and what the last call returns when all is over.
export default function (component) {
  const root = component.parentElement.querySelector(".tl-root");
  const call = (root.timelineCall = (root.timelineCall ?? 0) + 1);
  if (root.timeline) root.timeline.update(component.data);
  else root.timeline = mount(root, component.data);
  return () => {
    if (root.timelineCall !== call) return; // a later call has taken over
    root.timeline?.destroy();
    root.timeline = null;
  };
}

function build(root, { clip, reading, grey, limit }) {
  const ending = new AbortController();
  const { signal } = ending;
  const state = { clip, reading, limit, grey, perSecond: 0, whole: true, follow: true, asked: 0, view: null, frame: 0 };
  const parts = makeParts(root, state, signal);
  const look = makeLook(root, state, parts);
  const clock = makeClock(parts.media, clip.duration, signal, (what) => happened(what));
  const follow = makeFollower(state, parts, look, clock);
  const happened = (what) => {
    if (what === "play" || what === "seek") state.follow = true;
    if (what === "broken") parts.broken();
    if (what === "loop") showLoop(state, parts, clock);
    state.frame ||= requestAnimationFrame(move);
  };
  const move = () => {
    clock.tick();
    follow();
    state.frame = clock.playing() ? requestAnimationFrame(move) : 0;
  };
  Object.assign(parts.on, makeActions(state, parts, look, clock), { scaled: () => happened("loop") });
  wireButtons(parts, look, clock, signal);
  wirePlots(state, parts, clock, signal);
  wireKeys(root, parts, clock, signal);
  parts.ready = () => look.draw();
  const resized = new ResizeObserver(() => look.resize());
  resized.observe(parts.scroller);
  listen(parts.scroller, signal, { scroll: () => look.scrolled() });
  listen(matchMedia("(prefers-color-scheme: dark)"), signal, { change: () => look.draw() });
  const read = (next) => {
    Object.assign(state, { reading: next.reading, grey: next.grey, limit: next.limit });
    parts.words.read(state.reading);
    parts.summary.read(state.reading);
    sayRanges(parts.main, state.reading);
    parts.table.replaceChildren(makeTable(clip, state.reading));
    parts.readout.again();
    look.draw();
    follow();
  };
  read({ reading, grey, limit });
  look.resize();
  showLoop(state, parts, clock);
  return {
    read,
    destroy() {
      ending.abort();
      resized.disconnect();
      cancelAnimationFrame(state.frame);
      cancelAnimationFrame(state.drawing);
      parts.media?.pause();
      parts.media?.removeAttribute("src");
      parts.media?.load();
      root.replaceChildren();
    },
  };
}

// Everything that is in the page, top to bottom.
function makeParts(root, state, signal) {
  const { clip } = state;
  const { media, holder } = makeMedia(clip);
  const buttons = makeButtons();
  const parts = { media, buttons, on: {}, ready: () => {}, readout: makeReadout(state), tip: makeTip(root) };
  if (!media) [buttons.play, buttons.loop].forEach((button) => (button.hidden = true));
  parts.summary = makeSummary(clip, state.limit, signal, parts.on);
  parts.main = makeMainLanes(state);
  parts.words = makeWords(clip, signal, parts.on);
  parts.families = makeFamilies(clip.tracks, signal, () => parts.ready());
  parts.playhead = element("div", { class: "tl-playhead", "aria-hidden": "true" });
  parts.band = element("div", { class: "tl-band", "aria-hidden": "true", hidden: "" });
  const { axis, utterances, sentiment, attention, contribution } = parts.main;
  const lanes = [axis.lane, utterances.lane, parts.words.row.lane, sentiment.lane, attention.lane, contribution.lane];
  lanes.push(...parts.families.sections);
  parts.content = element("div", { class: "tl-content" }, ...lanes, parts.band, parts.playhead);
  const region = { class: "tl-scroll", tabindex: "0", role: "region", "aria-label": "Timeline" };
  parts.scroller = element("div", region, parts.content);
  parts.table = element("div", { class: "tl-unseen" });
  parts.trouble = element("p", { class: "tl-note", role: "status" });
  parts.broken = () => (parts.trouble.textContent = "The browser cannot play this clip any more: reload the page.");
  const bar = element("div", { class: "tl-bar", role: "toolbar", "aria-label": "Playing and zoom" });
  buttons.whole.textContent = `/ ${clockText(clip.duration)}`;
  const gap = element("span", { class: "tl-gap" });
  bar.append(buttons.play, buttons.time, buttons.whole, buttons.loop, gap, buttons.out, buttons.in, buttons.fit);
  const player = element("div", { class: "tl-media" }, holder);
  const side = element("div", { class: "tl-side" }, parts.summary.panel, parts.readout.panel);
  const top = element("div", { class: `tl-top tl-${clip.media?.kind ?? "none"}` }, player, side);
  const below = [makeUntimed(clip), makeLegend(), parts.table, parts.tip.tip].filter(Boolean);
  root.replaceChildren(top, parts.trouble, bar, parts.scroller, ...below);
  return parts;
}
