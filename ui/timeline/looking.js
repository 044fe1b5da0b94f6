// What is seen of the clip: how far apart seconds stand, which window of it is drawn, and where the playhead is.
import { clockText, makeView, readableScale } from "./axis.js";
import { between } from "./elements.js";

const GUTTER = 176; // px of the labels' column where there is room for one
const NARROW = 640; // px; below it labels stand above their lanes
const CLOSEST = 800; // px a second at most
const NEARLY = 1.5; // of the scale at which the whole clip fits: below it, it had better fit
const TURN = [0.1, 0.85]; // of what is seen: where the playhead appears, and where it turns the page

export function makeLook(root, state, parts) {
  const { clip } = state;
  const seen = () => Math.max(1, parts.scroller.clientWidth - (state.gutter ?? 0));
  const fitting = () => seen() / Math.max(clip.duration, 0.1);
  const scrollTo = (left) => {
    parts.scroller.scrollLeft = left;
    state.asked = parts.scroller.scrollLeft;
  };
  const draw = () => {
    if (!state.gutter && state.gutter !== 0) return;
    const inks = makeInks(root, state.grey);
    state.view = makeView(parts.scroller.scrollLeft, seen(), state.perSecond, clip.duration);
    for (const lane of Object.values(parts.main)) lane.draw(state.view, inks);
    parts.words.place(state.view);
    parts.families.draw(state.view, inks);
  };
  // Changes the scale so that the time `around` comes `held` px from the left.
  const scale = (perSecond, around = 0, held = 0) => {
    state.perSecond = between(perSecond, fitting(), Math.max(CLOSEST, fitting()));
    state.whole = state.perSecond <= fitting() * 1.001;
    parts.content.style.setProperty("--tl-width", `${Math.ceil(clip.duration * state.perSecond)}px`);
    scrollTo(around * state.perSecond - held);
    draw();
    parts.on.scaled?.();
  };
  return {
    draw,
    seen,
    scrollTo,
    fit: () => scale(0),
    zoom(factor, playhead) {
      const at = playhead * state.perSecond - parts.scroller.scrollLeft;
      const held = at >= 0 && at <= seen() ? at : seen() / 2;
      scale(state.perSecond * factor, (parts.scroller.scrollLeft + held) / state.perSecond, held);
    },
    resize() {
      if (!parts.scroller.clientWidth) return; // not in the page just now
      const narrow = root.clientWidth < NARROW;
      const first = state.gutter === undefined;
      root.classList.toggle("tl-narrow", narrow);
      state.gutter = narrow ? 0 : GUTTER;
      root.style.setProperty("--tl-gutter", `${state.gutter}px`);
      const readable = readableScale(clip.words);
      if (first) scale(readable > NEARLY * fitting() ? readable : 0);
      else scale(state.whole ? 0 : state.perSecond, parts.scroller.scrollLeft / state.perSecond);
    },
    scrolled() {
      if (Math.abs(parts.scroller.scrollLeft - state.asked) > 2) state.follow = false;
      state.asked = parts.scroller.scrollLeft;
      parts.tip.hide();
      if (state.view?.holds(state.asked, seen())) return;
      state.drawing ||= requestAnimationFrame(() => {
        state.drawing = 0;
        draw();
      });
    },
  };
}

function makeInks(root, grey) {
  const style = getComputedStyle(root);
  const text = style.color;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const context = tile.getContext("2d");
  context.strokeStyle = text;
  context.globalAlpha = 0.32;
  context.lineWidth = 1;
  for (const from of [-8, 0, 8]) {
    context.moveTo(from, 8);
    context.lineTo(from + 8, 0);
  }
  context.stroke();
  return { text, grey, font: style.fontFamily, hatch: context.createPattern(tile, "repeat") };
}

// Playhead, time, the word that is being said; the window follows the playhead until the reader scrolls away.
export function makeFollower(state, parts, look, clock) {
  const { words } = state.clip;
  const { buttons } = parts;
  return () => {
    if (!state.view) return;
    const now = clock.time();
    const at = now * state.perSecond;
    parts.playhead.style.transform = `translateX(${state.gutter + at}px)`;
    const text = clockText(now);
    if (buttons.time.textContent !== text) buttons.time.textContent = text;
    const label = clock.playing() ? "Pause" : "Play";
    if (buttons.play.textContent !== label) {
      buttons.play.textContent = label;
      buttons.play.setAttribute("aria-label", label);
    }
    const said = words.findIndex((word) => word.start !== null && word.start <= now + 1e-4 && now < word.end);
    parts.words.mark(said);
    parts.summary.mark(said);
    parts.readout.show(said);
    const place = (at - parts.scroller.scrollLeft) / look.seen();
    if (state.follow && (place < 0 || place > TURN[1])) look.scrollTo(at - TURN[0] * look.seen());
  };
}
