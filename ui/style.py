"""The page's own CSS: what Streamlit's theme cannot say. Colours come from `scale` or from the theme in force."""

from __future__ import annotations

from engine import scale

CSS = f"""
<style>
.block-container {{ padding-top: 4.2rem; padding-bottom: 3rem; max-width: 1240px; }}
.st-key-folding, .st-key-shades {{ position: absolute; }}
.s2s-lead {{ opacity: 0.8; margin: 0.1rem 0 0.4rem 0; }}
.s2s-score {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.7rem; margin: 0; }}
.s2s-score strong {{ font-size: 1.7rem; line-height: 1.25; }}
.s2s-ruler {{ position: relative; height: 0.55rem; margin: 0.6rem 0 1.5rem 0; border-radius: 3px; max-width: 30rem;
  background: linear-gradient(90deg, {scale.NEGATIVE}, {scale.NEUTRAL} 50%, {scale.POSITIVE}); }}
.s2s-ruler > i {{ position: absolute; top: -0.3rem; width: 3px; height: 1.15rem; margin-left: -1.5px;
  background: currentColor; border-radius: 1px; box-shadow: 0 0 0 2px rgba(128,128,128,0.35); }}
.s2s-ruler > span {{ position: absolute; top: 0.85rem; font-size: 0.75rem; opacity: 0.8; transform: translateX(-50%); }}
.s2s-ruler > span:first-of-type {{ transform: none; }}
.s2s-ruler > span:last-of-type {{ transform: translateX(-100%); }}
.stVideo {{ max-height: 24rem; }}
.s2s-whole {{ white-space: nowrap; }}
.s2s-note {{ font-size: 0.9rem; opacity: 0.9; margin: 0.35rem 0; }}
.stMultiSelect [data-tag] {{ background: rgba(128, 128, 128, 0.22) !important; }}
.stMultiSelect [data-tag], .stMultiSelect [data-tag] > * {{ color: inherit !important; }}
table.s2s-figures {{ border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }}
table.s2s-figures :is(th, td) {{ padding: 0.25rem 0.6rem; text-align: right; font-weight: 400;
  border-bottom: 1px solid rgba(128, 128, 128, 0.25); }}
table.s2s-figures thead th {{ opacity: 0.75; }}
table.s2s-figures :is(th, td):first-child {{ text-align: left; padding-left: 0; }}
.s2s-scroll {{ overflow-x: auto; }}
dl.s2s-pairs {{ display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0; padding: 0; }}
dl.s2s-pairs dt, dl.s2s-pairs dd {{ font-size: 0.9rem; }}
dl.s2s-pairs dt {{ opacity: 0.75; }}
dl.s2s-pairs dd {{ margin: 0; overflow-wrap: anywhere; }}
@media (max-width: 640px) {{
  .block-container {{ padding-left: 0.9rem; padding-right: 0.9rem; padding-top: 3.8rem; }}
  .s2s-score strong {{ font-size: 1.35rem; }}
}}
</style>
"""
