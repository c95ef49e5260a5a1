// The loss explorer's look; below 560 px a line of the table breaks into two.
export const STYLE = `
.segedu.segedu .lx-two { display: grid; gap: 10px 24px; align-items: start; margin-top: 8px; }
.segedu.segedu .lx-two > * { min-width: 0; }
.segedu.segedu .lx-two[data-wide="true"] { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
.segedu.segedu .lx-two.lx-third[data-wide="true"][data-picture="false"] { grid-template-columns: 250px minmax(0, 1fr); }
.segedu.segedu .lx-charts { display: flex; flex-wrap: wrap; gap: 6px 12px; }
.segedu.segedu .lx-chart { display: block; cursor: crosshair; touch-action: pan-y; user-select: none; overflow: visible; }
.segedu.segedu .lx-chart text { fill: var(--sg-soft); font: 11px var(--sg-font); font-variant-numeric: tabular-nums; }
.segedu.segedu .lx-grid { stroke: var(--sg-line); stroke-width: 1; opacity: 0.55; }
.segedu.segedu .lx-mark { stroke: var(--sg-strong-line); stroke-width: 1; }
.segedu.segedu .lx-curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.segedu.segedu .lx-dot { stroke: var(--sg-page); stroke-width: 1.5; }
.segedu.segedu .lx-legend { display: flex; flex-wrap: wrap; gap: 2px 16px; color: var(--sg-soft); margin-top: 4px; }
.segedu.segedu .lx-key { display: inline-flex; align-items: center; gap: 6px; }
.segedu.segedu .lx-swatch { width: 14px; height: 12px; }
.segedu.segedu .lx-two.lx-third[data-picture="true"] { grid-template-columns: minmax(0, 1fr); }
.segedu.segedu .lx-maps { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: start; }
.segedu.segedu .lx-map { margin: 0; max-width: 282px; }
.segedu.segedu .lx-map > figcaption { margin: 2px 0 0; font: inherit; text-align: left; line-height: 1.35; }
.segedu.segedu .lx-map > canvas { display: block; max-width: 100%; border: 1px solid var(--sg-line); box-sizing: content-box; }
.segedu.segedu .lx-scene > p { margin-top: 6px; }
.segedu.segedu [data-picture="false"] > .lx-scene > p { min-height: 6em; }
.segedu.segedu .lx-two .sg-player { margin-top: 8px; }
.segedu.segedu .lx-line { display: grid; grid-template-columns: 9em 5.2em minmax(4em, 1fr) 5em 5.6em 6.6em; gap: 0 8px; align-items: center; min-height: 31px; }
.segedu.segedu .lx-head { color: var(--sg-soft); line-height: 1.2; border-bottom: 1px solid var(--sg-line); }
.segedu.segedu .lx-cell { text-align: right; min-width: 0; }
.segedu.segedu .lx-cell:first-child, .segedu.segedu .lx-head .lx-cell:nth-child(3) { text-align: left; }
.segedu.segedu .lx-cell > .sg-button { width: 100%; text-align: left; padding-inline: 8px; white-space: nowrap; }
.segedu.segedu .lx-bar > svg { display: block; }
.segedu.segedu .lx-written { margin: 0; display: flex; flex-direction: column; gap: 5px; }
.segedu.segedu .lx-written dt { color: var(--sg-soft); font-weight: 400; margin: 0; padding: 0; float: none; width: auto; }
.segedu.segedu .lx-written dd { margin: 0 0 0 12px; overflow-wrap: anywhere; color: var(--sg-ink); }
.segedu.segedu .lx-remarks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28em), 1fr)); gap: 6px 24px; margin-top: 8px; align-items: start; }
.segedu.segedu .lx-menu { flex-wrap: wrap; }
.segedu.segedu :is(.lx-net, .lx-told) { margin-top: 8px; }
.segedu.segedu :is(.lx-net, .lx-likeness) { max-width: none; }
@container (max-width: 560px) {
  .segedu.segedu .lx-line { grid-template-columns: 8.6em minmax(0, 1fr) minmax(0, 1fr); padding: 4px 0; border-bottom: 1px solid var(--sg-line); }
  .segedu.segedu .lx-bar { grid-column: 1 / 4; grid-row: 2; }
  .segedu.segedu .lx-line > :nth-child(4) { grid-column: 3; grid-row: 1; }
  .segedu.segedu .lx-line > :nth-child(5) { grid-column: 1; grid-row: 3; text-align: left; }
  .segedu.segedu .lx-line > :nth-child(6) { grid-column: 2 / 4; grid-row: 3; }
  .segedu.segedu .lx-head > :nth-child(3) { grid-column: 1 / 4; grid-row: 2; }
}
`;
