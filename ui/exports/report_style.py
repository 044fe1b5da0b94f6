"""The report's CSS: the app's own classes, and the colours of its theme, light or dark as the reader prefers."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --st-background-color: #FFFFFF; --st-secondary-background-color: #F3F4F6;
  --st-text-color: #1B1F24; --st-primary-color: #3D4654; --st-border-color: rgba(27, 31, 36, 0.2);
  --st-font: system-ui, sans-serif; --st-base-radius: 4px; }
@media (prefers-color-scheme: dark) { :root { --st-background-color: #14171C;
  --st-secondary-background-color: #1F242B; --st-text-color: #E8EAED; --st-primary-color: #A9B4C2;
  --st-border-color: rgba(232, 234, 237, 0.2); } }
body { margin: 0; background: var(--st-background-color); color: var(--st-text-color);
  font: 1rem/1.5 var(--st-font); }
main { max-width: 1240px; margin: 0 auto; padding: 1.5rem 1.5rem 3rem; }
h1 { font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; }
.lead { opacity: 0.8; margin: 0.1rem 0 0.9rem; }
:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
.s2s-note { margin: 0.35rem 0; }
.warnings { padding-left: 1.2rem; }
#timeline { margin: 1.2rem 0; }
details { margin-top: 1rem; border-top: 1px solid var(--st-border-color); padding-top: 0.7rem; }
summary { font-weight: 600; cursor: pointer; }
.scroll { overflow-x: auto; margin-top: 0.6rem; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
thead th, tbody th, td { padding: 0.25rem 0.7rem; text-align: right; font-weight: 400; white-space: nowrap;
  border-bottom: 1px solid var(--st-border-color); }
thead th { font-weight: 600; }
th:first-child { text-align: left; padding-left: 0; white-space: normal; overflow-wrap: anywhere; min-width: 5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; font-size: 0.9rem; }
dt { opacity: 0.8; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) { main { padding: 0.9rem 0.9rem 2rem; } dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 0.4rem; } }
"""
