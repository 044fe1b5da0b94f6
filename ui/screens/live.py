"""Live: a camera and a microphone, and how what is said feels while it is said.

The browser sends pictures and sound to this machine's app alone: no STUN or TURN server is asked. Stop makes a clip of
what came, which is read on the Analyse page as an uploaded one is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st
from streamlit_webrtc import AudioSinkTrack, VideoSinkTrack, WebRtcMode, webrtc_streamer

from engine.notation import parse
from engine.predict import Predictor
from extraction.errors import S2SError
from ui import reading, session, views
from ui.clip import Source
from ui.live.feeling import reads_live
from ui.live.session import REMOVED, LiveSession, loaded, recordings, warm
from ui.live.stage import devices, show
from ui.parts import choose_variant
from ui.screens import analyse

PREFERRED = "T"  # the variant the page opens with
SHORTEST = 0.5  # seconds; less than that is no clip
_JUST = 5.0  # seconds since the last frame within which a session ended by Stop
_EVERY = 0.4  # seconds from one look at the session to the next
_KEY = "live"
_CAMERA: dict[str, Any] = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 20, "max": 30}}
# The voice as it is: the browser's own processing would level the loudness that is measured.
_MICROPHONE = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
_DEVICES: dict[str, dict[str, Any]] = {
    "Both": {"video": _CAMERA, "audio": _MICROPHONE},
    "Microphone only": {"video": False, "audio": _MICROPHONE},
    "Camera only": {"video": _CAMERA, "audio": False},
}
_WORDS: Any = {
    "start": "Start",
    "stop": "Stop and analyse",
    "select_device": "Choose devices",
    "device_ask_permission": "Allow the camera and the microphone in the browser's question.",
    "device_access_denied": "The browser keeps camera or microphone from this page: allow them beside its address",
    "device_not_available": "A device is missing: choose another one above, or plug it in",
    "media_api_not_available": "This browser gives a page neither camera nor microphone: open the app in another one.",
}


def page() -> None:
    """Draw the page."""
    warm()
    st.html(
        '<p class="s2s-lead">Speak, and watch face, voice and words as they come. Nothing leaves this machine; '
        "Stop makes a clip of it.</p>"
    )
    left, right = st.columns([5, 8], gap="medium")
    with left:
        predictor = _variant()
        if predictor is None:
            return
        live = _session(predictor)
        playing = _camera(live)
    if live.take.begun and not playing:
        _end(live)
    with right:
        st.fragment(_watch, run_every=_EVERY if playing or not loaded() else None)(live)
    st.html(f'<p class="s2s-note">{views.honest_line(predictor.card)}</p>')


def _session(predictor: Predictor) -> LiveSession:
    """The session under way, or a fresh one that waits for its first frame."""
    live: LiveSession | None = st.session_state.get("live_session")
    if live is None or (live.removed and not live.take.begun):
        live = LiveSession(predictor)
        recordings().add(live, session.own())
        st.session_state["live_session"] = live
    live.predictor = predictor
    return live


def _variant() -> Predictor | None:
    """The model that reads the words; None after showing why it cannot be had."""
    names = [name for name in session.variants() if reads_live(parse(name).inputs)]
    chosen = choose_variant(
        "live_variant",
        PREFERRED,
        names,
        help="Variants that read voice or face too need the words' exact times: choose them after Stop.",
    )
    try:
        return session.model(chosen)
    except S2SError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _camera(live: LiveSession) -> bool:
    """The browser's own camera picture with its Start and Stop; whether frames come or are about to."""
    before = st.session_state.get(_KEY)  # what `webrtc_streamer` keeps
    running = before is not None and (before.state.playing or before.state.signalling)
    first, *_ = _DEVICES
    chosen = st.segmented_control(
        "Camera and microphone", list(_DEVICES), default=first, key="live_devices", disabled=running, required=True
    )
    wanted = _DEVICES[chosen or first]
    context = webrtc_streamer(
        key=_KEY,
        mode=WebRtcMode.SENDONLY,
        rtc_configuration={"iceServers": []},
        media_stream_constraints=wanted,
        sink_video_track=VideoSinkTrack(live.picture),
        sink_audio_track=AudioSinkTrack(live.voice),
        translations=_WORDS,
        media_toggle_controls=False,
    )
    wants = {kind: bool(constraint) for kind, constraint in wanted.items()}
    devices(_KEY, wants, context.state.playing, "live-devices")
    return bool(context.state.playing or context.state.signalling)


def _end(live: LiveSession) -> None:
    """After Stop, go on to the clip's analysis; where the page was left and opened again, ask first."""
    if live.removed:
        st.info(REMOVED, icon=":material/info:")
        del st.session_state["live_session"]
        return
    if live.take.now - live.take.duration < _JUST:
        _analyse(live)
        return
    live.take.stop()
    st.info(
        f"The recording ended when this page was left: {live.take.duration:.0f} s are here.", icon=":material/info:"
    )
    keep, drop, _ = st.columns([2, 2, 5])
    if keep.button("Analyse it", icon=":material/monitoring:", type="primary"):
        _analyse(live)
    if drop.button("Discard it", icon=":material/delete:"):
        live.remove()
        del st.session_state["live_session"]
        st.rerun()


def _analyse(live: LiveSession) -> None:
    """Hand over what was recorded as a clip, and go where it is read."""
    with st.spinner("Keeping the recording"):
        taken = live.take.media() if live.take.duration >= SHORTEST else None
        live.remove()
    del st.session_state["live_session"]
    if taken is None:
        st.warning("Too little was recorded for an analysis: press Start and speak a sentence.", icon=":material/info:")
        return
    suffix, data = taken
    reading.open_clip(Source(f"live {datetime.now():%Y-%m-%d %H.%M.%S}.{suffix}", data))
    st.switch_page(st.Page(analyse.page, title="Analyse", url_path="analyse", default=True))


def _watch(live: LiveSession) -> None:
    show(live.board(), "live-board")
