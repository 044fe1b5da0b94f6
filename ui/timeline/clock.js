// Where we are in the clip: the media element's time, or, without media, a time that only seeking moves.
import { between, listen } from "./elements.js";

const SLACK = 0.002; // seconds by which a browser may round a time it is asked to seek

export function makeClock(media, duration, signal, changed) {
  let rest = 0; // seconds; the time while there is no media
  let stop = null; // seconds; where to pause
  let loop = null; // [start, end] in seconds
  let ours = 0; // seeks of ours that the element has not told of yet; the others are the reader's, on its own controls

  const time = () => (media ? media.currentTime : rest);
  const playing = () => Boolean(media) && !media.paused && !media.ended;
  const seek = (to) => {
    rest = between(to, 0, duration);
    if (media) {
      ours += 1;
      media.currentTime = rest;
    }
    changed("seek");
  };
  const play = () => media?.play().catch(() => {}); // refused, or stopped before it began: the button still says Play
  const tick = () => {
    if (!playing()) return;
    const now = time();
    if (loop && (now >= loop[1] || now < loop[0] - SLACK)) seek(loop[0]);
    else if (stop !== null && now >= stop) media.pause();
  };
  if (media) {
    listen(media, signal, {
      play: () => changed("play"),
      pause() {
        if (media.paused) stop = null; // not where it plays again by the time this is told
        changed("pause");
      },
      seeking: () => {
        if (ours) ours -= 1;
        else stop = null;
        changed("move");
      },
      seeked: () => ((ours = 0), changed("move")),
      timeupdate: () => (tick(), changed("move")),
      ended: () => (loop ? (seek(loop[0]), play()) : changed("pause")),
      error: () => changed("broken"),
    });
  }
  return {
    time,
    playing,
    tick,
    seek: (to) => ((stop = null), seek(to)),
    playSpan(from, to) {
      seek(from);
      stop = loop ? null : to;
      play();
    },
    toggle: () => (playing() ? media.pause() : play()),
    loop: () => loop,
    setLoop(span) {
      loop = span;
      stop = null;
      if (span) (seek(span[0]), play());
      changed("loop");
    },
  };
}
