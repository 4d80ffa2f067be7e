"""The style of a page: light and dark, wide and narrow, on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;
  --paper: #ffffff; --card: #f6f8fa; --bar: #4878a8; --other: #c4541a; --warm: #c4541a;
  --cold: #2f6fb0; --good: #1a7f37; --bad: #c62828; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9aa5b1; --line: #3a424c;
  --paper: #0d1117; --card: #161b22; --bar: #6ea2d6; --other: #f0883e; --warm: #f0883e;
  --cold: #58a6ff; --good: #57c96b; --bad: #ff7b72; --link: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 20px 20px 60px; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica,
  Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 44px 0 6px; padding-top: 10px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 22px 0 8px; }
p { margin: 4px 0; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
.faint { color: var(--faint); }
.note { border-left: 3px solid var(--other); padding: 4px 10px; margin: 10px 0;
  background: var(--card); }
.facts { display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 14px 0; padding: 0; }
.facts b { display: block; font-size: 21px; line-height: 1.2; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 12px 0; }
.wide { overflow-x: auto; max-width: 100%; -webkit-overflow-scrolling: touch; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(276px, 1fr)); gap: 10px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 9px 11px 8px; min-width: 0; display: flex; flex-direction: column; }
.card h4 { margin: 0; font-size: 14px; display: flex; justify-content: space-between; gap: 8px;
  align-items: baseline; }
.card h4 small { font-weight: normal; color: var(--faint); font-size: 12px; text-align: right; }
.card p { font-size: 12.5px; line-height: 1.4; margin: 2px 0; }
.card svg { margin-top: auto; padding-top: 6px; }
.made { color: var(--faint); }
.tag { border: 1px solid var(--line); border-radius: 9px; padding: 0 6px; font-size: 11px;
  color: var(--faint); white-space: nowrap; }
svg { display: block; width: 100%; max-width: 390px; height: auto; font-size: 11px;
  font-family: inherit; }
svg.diagram, svg.heat { max-width: none; width: auto; font-size: 12px; }
svg text { fill: var(--faint); }
svg .ink { fill: var(--ink); }
svg .name { font-weight: 600; }
.bar { fill: var(--bar); }
.bar:hover { fill: var(--ink); }
.other { fill: none; stroke: var(--other); stroke-width: 1.4; }
.axis { stroke: var(--line); fill: none; }
.warm { fill: var(--warm); }
.cold { fill: var(--cold); }
.box { fill: var(--paper); stroke: var(--faint); }
.head { fill: var(--card); stroke: var(--faint); }
.edge { fill: none; stroke: var(--faint); stroke-width: 1.3; }
.edge:hover { stroke: var(--other); stroke-width: 2.4; }
table { border-collapse: collapse; font-size: 12.5px; }
th, td { text-align: left; padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; vertical-align: top; }
.wrapped th, .wrapped td { white-space: normal; overflow-wrap: break-word; }
.wrapped .size { white-space: nowrap; overflow-wrap: normal; }
th { color: var(--faint); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
ul { margin: 4px 0; padding: 0; list-style: none; font-size: 13.5px; }
ul.chips { display: flex; flex-wrap: wrap; gap: 2px 18px; }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
@media (min-width: 641px) { svg.fits { max-width: 100%; } }
@media (max-width: 640px) { body { padding: 14px 12px 40px; } h1 { font-size: 22px; }
  .cards { grid-template-columns: 1fr; } .wrapped { font-size: 12px; }
  .wrapped th, .wrapped td { padding-right: 7px; } }
@media print { :root { --ink: #000; --faint: #444; --line: #bbb; --paper: #fff; --card: #fff;
  --bar: #4878a8; --other: #c4541a; --link: #000; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; }
  .card, tr, li { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .cards { grid-template-columns: repeat(3, 1fr); gap: 6px; } .wide { overflow: visible; }
  svg.diagram { width: 100%; height: auto; } table { font-size: 7.5pt; }
  th, td { white-space: normal; padding-right: 5px; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
"""It has no sign that XML would read, and no address."""
