// What the reader does: words and lanes that are clicked, hovered and stepped through, buttons, keys, the loop.
import { spanText } from "./axis.js";
import { between, listen } from "./elements.js";
import { wordLines } from "./words.js";

const SHORTEST = 0.08; // seconds; a shorter drag is a click

// What words and lanes ask for.
export function makeActions(state, parts, look, clock) {
  const { words } = state.clip;
  const span = (first, last) => clock.setLoop([words[first].start, words[last].end]);
  return {
    playing: clock.playing,
    toggle: clock.toggle,
    span: (first, last) => (parts.media ? span(first, last) : clock.seek(words[first].start)),
    play: (i) => clock.playSpan(words[i].start, words[i].end),
    stepped: (i) => (clock.playing() ? undefined : clock.seek(words[i].start)),
    reveal(i) {
      const left = words[i].start * state.perSecond - parts.scroller.scrollLeft;
      const right = words[i].end * state.perSecond - parts.scroller.scrollLeft;
      if (left < 0 || right > look.seen()) look.scrollTo(words[i].start * state.perSecond - 0.3 * look.seen());
      if (!state.view.holds(parts.scroller.scrollLeft, look.seen())) look.draw();
    },
    about(i, target) {
      if (i === null) return parts.tip.hide();
      const box = target.getBoundingClientRect();
      const lines = [words[i].text, ...wordLines(words[i], state.reading.words[i])];
      parts.tip.show(lines, box.left + box.width / 2, box.bottom + 6);
    },
  };
}

export function showLoop(state, parts, clock) {
  const loop = clock.loop();
  const { buttons, band } = parts;
  band.hidden = !loop;
  buttons.loop.textContent = loop ? `Clear loop ${spanText(...loop)}` : "Loop word";
  if (loop) placeBand(state, band, loop);
}

function placeBand(state, band, [start, end]) {
  band.style.left = `${state.gutter + start * state.perSecond}px`;
  band.style.width = `${Math.max(1, (end - start) * state.perSecond)}px`;
}

export function wireButtons({ buttons, words, on }, look, clock, signal) {
  listen(buttons.play, signal, { click: clock.toggle });
  listen(buttons.loop, signal, {
    click: () => (clock.loop() ? clock.setLoop(null) : words.active() >= 0 && on.span(words.active(), words.active())),
  });
  listen(buttons.in, signal, { click: () => look.zoom(1.5, clock.time()) });
  listen(buttons.out, signal, { click: () => look.zoom(1 / 1.5, clock.time()) });
  listen(buttons.fit, signal, { click: look.fit });
}

// Pointing at a lane says its numbers, a click goes there; dragging on the time axis loops what it covers.
export function wirePlots(state, parts, clock, signal) {
  const timeAt = (event) => {
    const left = parts.content.getBoundingClientRect().left + state.gutter;
    return between((event.clientX - left) / state.perSecond, 0, state.clip.duration);
  };
  const plotOf = (event) => event.target.closest(".tl-plot");
  const axis = parts.main.axis.plot;
  let from = null; // seconds at which a drag began
  const span = (event) => [from, timeAt(event)].sort((a, b) => a - b);
  listen(axis, signal, {
    pointerdown(event) {
      if (event.button !== 0) return;
      from = timeAt(event);
      axis.setPointerCapture(event.pointerId);
    },
    pointermove(event) {
      if (from === null || !parts.media) return;
      parts.band.hidden = false;
      placeBand(state, parts.band, span(event));
    },
    pointerup(event) {
      if (from === null) return;
      const [start, end] = span(event);
      from = null;
      if (end - start < SHORTEST || !parts.media) (showLoop(state, parts, clock), clock.seek(start));
      else clock.setLoop([start, end]);
    },
    pointercancel: () => ((from = null), showLoop(state, parts, clock)),
  });
  listen(parts.content, signal, {
    click: (event) => plotOf(event) && plotOf(event) !== axis && clock.seek(timeAt(event)),
    pointermove: (event) => aboutPlot(state, parts, plotOf(event), timeAt(event), event),
    pointerleave: parts.tip.hide,
  });
}

function aboutPlot(state, parts, plot, time, event) {
  if (!plot || plot === parts.words.row.plot) return plot ? undefined : parts.tip.hide();
  const lane = [...Object.values(parts.main), ...parts.families.lanes()].find((one) => one.plot === plot);
  if (!lane || lane === parts.main.axis) return parts.tip.hide();
  let lines = lane.about?.(time);
  if (!lane.about) {
    const i = state.clip.words.findIndex((word) => word.start !== null && word.start <= time && time < word.end);
    if (i >= 0) lines = [state.clip.words[i].text, ...wordLines(state.clip.words[i], state.reading.words[i])];
  }
  if (lines) parts.tip.show(lines, event.clientX, plot.getBoundingClientRect().bottom + 6);
  else parts.tip.hide();
}

export function wireKeys(root, parts, clock, signal) {
  listen(root, signal, {
    keydown(event) {
      if (event.key === "Escape") {
        parts.tip.hide();
        if (clock.loop()) clock.setLoop(null);
      } else if (event.key === " " && event.target === parts.scroller && parts.media) {
        event.preventDefault();
        clock.toggle();
      }
    },
  });
}
