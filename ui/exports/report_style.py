"""The report's CSS: the app's own classes, and the colours of its theme, light or dark as the reader prefers."""

from __future__ import annotations

from ui import scale

CSS = f"""
:root {{ color-scheme: light dark; --st-background-color: #FFFFFF; --st-secondary-background-color: #F3F4F6;
  --st-text-color: #1B1F24; --st-primary-color: #3D4654; --st-border-color: rgba(27, 31, 36, 0.2);
  --st-font: system-ui, sans-serif; --st-base-radius: 4px; }}
@media (prefers-color-scheme: dark) {{ :root {{ --st-background-color: #14171C;
  --st-secondary-background-color: #1F242B; --st-text-color: #E8EAED; --st-primary-color: #A9B4C2;
  --st-border-color: rgba(232, 234, 237, 0.2); }} }}
body {{ margin: 0; background: var(--st-background-color); color: var(--st-text-color);
  font: 1rem/1.5 var(--st-font); }}
main {{ max-width: 1240px; margin: 0 auto; padding: 1.5rem 1.5rem 3rem; }}
h1 {{ font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; }}
.lead {{ opacity: 0.8; margin: 0.1rem 0 0.9rem; }}
.s2s-score {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.7rem; margin: 0; }}
.s2s-score strong {{ font-size: 1.7rem; line-height: 1.25; }}
.s2s-ruler {{ position: relative; height: 0.55rem; margin: 0.6rem 0 1.7rem; border-radius: 3px; max-width: 30rem;
  background: linear-gradient(90deg, {scale.NEGATIVE}, {scale.NEUTRAL} 50%, {scale.POSITIVE}); }}
.s2s-ruler > i {{ position: absolute; top: -0.3rem; width: 3px; height: 1.15rem; margin-left: -1.5px;
  background: currentColor; border-radius: 1px; }}
.s2s-ruler > span {{ position: absolute; top: 0.85rem; font-size: 0.75rem; opacity: 0.8; transform: translateX(-50%); }}
.s2s-ruler > span:first-of-type {{ transform: none; }}
.s2s-ruler > span:last-of-type {{ transform: translateX(-100%); }}
.s2s-transcript {{ display: flex; flex-wrap: wrap; gap: 0.25rem 0.28rem; font-size: 1.12rem; max-height: 22rem;
  overflow-y: auto; padding: 3px; }}
.s2s-word {{ display: inline-flex; flex-direction: column; border-radius: 4px; min-height: 2.1rem; }}
.s2s-word > bdi {{ padding: 0 0.3rem; border-radius: 4px; overflow-wrap: anywhere; }}
.s2s-word > i {{ display: block; margin: 2px 0.3rem 0; background: {scale.NEUTRAL}; border-radius: 1px; }}
:focus-visible {{ outline: 2px solid currentColor; outline-offset: 1px; }}
.s2s-note {{ margin: 0.35rem 0; }}
.warnings {{ padding-left: 1.2rem; }}
#timeline {{ margin: 1.2rem 0; }}
details {{ margin-top: 1rem; border-top: 1px solid var(--st-border-color); padding-top: 0.7rem; }}
summary {{ font-weight: 600; cursor: pointer; }}
.scroll {{ overflow-x: auto; margin-top: 0.6rem; }}
table {{ border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }}
thead th, tbody th, td {{ padding: 0.25rem 0.7rem; text-align: right; font-weight: 400; white-space: nowrap;
  border-bottom: 1px solid var(--st-border-color); }}
thead th {{ font-weight: 600; }}
th:first-child {{ text-align: left; padding-left: 0; white-space: normal; overflow-wrap: anywhere; min-width: 5rem; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; font-size: 0.9rem; }}
dt {{ opacity: 0.8; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
@media (max-width: 640px) {{ main {{ padding: 0.9rem 0.9rem 2rem; }} dl {{ grid-template-columns: 1fr; }}
  dd {{ margin-bottom: 0.4rem; }} }}
"""
