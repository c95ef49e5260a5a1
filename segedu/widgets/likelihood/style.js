// The likelihood explorer's look.
export const STYLE = `
.segedu.segedu .lk-stage { display: grid; gap: 8px 16px; align-items: start; margin-top: 8px; grid-template-columns: minmax(0, 1fr); }
.segedu.segedu .lk-stage[data-wide="true"] { grid-template-columns: minmax(0, 58fr) minmax(0, 42fr); }
.segedu.segedu .lk-two { display: grid; gap: 12px 24px; align-items: start; grid-template-columns: minmax(0, 1fr); }
.segedu.segedu .lk-two[data-wide="true"] { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
.segedu.segedu :is(.lk-stage, .lk-two) > * { min-width: 0; }
.segedu.segedu .lk-two.lk-worth[data-wide="true"] { grid-template-columns: minmax(0, 6fr) minmax(0, 5fr); }
.segedu.segedu .lk-sliders { display: grid; gap: 4px 24px; margin-top: 6px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18em), 1fr)); }
.segedu.segedu .lk-sliders .sg-slider > span { min-width: 1.2em; }
.segedu.segedu .lk-sliders .sg-slider > output { min-width: 4em; }
.segedu.segedu .lk-walk { display: flex; flex-wrap: wrap; gap: 6px 24px; align-items: flex-start; margin-top: 8px; }
.segedu.segedu .lk-walk > .sg-player { flex: 3 1 24em; min-width: 0; }
.segedu.segedu .lk-walk > .sg-slider { flex: 1 1 15em; }
.segedu.segedu .lk-walk .sg-position { min-width: 13em; }
.segedu.segedu .lk-host { position: relative; border-radius: 2px; touch-action: pan-y; user-select: none; }
.segedu.segedu .lk-plot { display: block; overflow: visible; }
.segedu.segedu .lk-plot[data-grabbed] { cursor: grabbing !important; }
.segedu.segedu .lk-plot text { fill: var(--sg-soft); font: 11px var(--sg-font); font-variant-numeric: tabular-nums; }
.segedu.segedu .lk-plot text.lk-narrow { font-size: 10px; }
.segedu.segedu .lk-grid { stroke: var(--sg-line); stroke-width: 1; opacity: 0.5; }
.segedu.segedu .lk-bars { opacity: 0.72; }
.segedu.segedu .lk-bin { fill: var(--sg-ink); fill-opacity: 0.1; stroke: var(--sg-ink); stroke-width: 1; pointer-events: none; }
.segedu.segedu .lk-boundary { stroke: var(--sg-ink); stroke-width: 1.2; stroke-dasharray: 6 4; }
.segedu.segedu .lk-place { stroke: var(--sg-strong-line); stroke-width: 1; stroke-dasharray: 1 3; }
.segedu.segedu .lk-halo { fill: none; stroke: var(--sg-page); stroke-width: 6; opacity: 0.75; }
.segedu.segedu .lk-curve { fill: none; stroke: var(--sg-ink); stroke-width: 2.4; stroke-linejoin: round; }
.segedu.segedu .lk-dot { fill: var(--sg-ink); stroke: var(--sg-page); stroke-width: 1.5; }
.segedu.segedu .lk-handle { fill: var(--sg-page); stroke: var(--sg-ink); stroke-width: 2.4; cursor: grab; touch-action: none; }
.segedu.segedu .lk-keys { display: flex; flex-wrap: wrap; gap: 2px 16px; color: var(--sg-soft); }
.segedu.segedu .lk-key { display: inline-flex; align-items: center; gap: 6px; }
.segedu.segedu .lk-swatch { width: 14px; height: 12px; flex: none; }
.segedu.segedu .lk-maps { display: flex; flex-wrap: wrap; gap: 8px 12px; margin-top: 10px; }
.segedu.segedu .lk-map { min-width: 0; }
.segedu.segedu :is(.lk-map, .lk-stage) .sg-grid { touch-action: pan-y; }
.segedu.segedu .lk-choices > .sg-choice { max-width: 100%; }
.segedu.segedu .lk-choices span { white-space: nowrap; }
.segedu.segedu .lk-choices select { min-width: 0; flex: 1 1 auto; }
.segedu.segedu .lk-title { color: var(--sg-soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.segedu.segedu .lk-legend { min-height: 34px; padding-top: 4px; color: var(--sg-soft); }
.segedu.segedu .lk-ramp { height: 10px; border: 1px solid var(--sg-line); }
.segedu.segedu .lk-ends { display: flex; justify-content: space-between; line-height: 1.3; }
.segedu.segedu .lk-said { min-height: 3em; max-width: none; }
.segedu.segedu .lk-written { margin: 0; display: grid; grid-template-columns: 6.6em minmax(0, 1fr); gap: 3px 8px; }
.segedu.segedu .lk-written dt { color: var(--sg-soft); font-weight: 400; margin: 0; padding: 0; float: none; width: auto; }
.segedu.segedu .lk-written dd { margin: 0; overflow-wrap: anywhere; color: var(--sg-ink); }
.segedu.segedu .lk-line { display: grid; grid-template-columns: minmax(0, 1fr) 5em 6.6em 5em 4em; gap: 0 8px; align-items: center; min-height: 30px; }
.segedu.segedu .lk-line > * { text-align: right; min-width: 0; }
.segedu.segedu .lk-line > :first-child { text-align: left; }
.segedu.segedu .lk-head { color: var(--sg-soft); border-bottom: 1px solid var(--sg-line); }
.segedu.segedu .lk-row { display: flex; flex-wrap: wrap; gap: 0 10px; align-items: center; }
.segedu.segedu .lk-rownote { color: var(--sg-soft); }
.segedu.segedu .lk-product { margin-top: 8px; max-width: 60em; }
.segedu.segedu .lk-bar { display: grid; grid-template-columns: 6.5em minmax(3em, 1fr) 4.4em 5.4em; gap: 8px; align-items: center; min-height: 22px; }
.segedu.segedu .lk-bar > :nth-child(n + 3) { text-align: right; }
.segedu.segedu .lk-class { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.segedu.segedu .lk-track { height: 12px; border: 1px solid var(--sg-line); }
.segedu.segedu .lk-fill { height: 100%; }
.segedu.segedu .lk-remarks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28em), 1fr)); gap: 6px 24px; margin-top: 8px; align-items: start; }
.segedu.segedu .lk-menu { flex-wrap: wrap; }
.segedu.segedu .lk-descent { margin-top: 8px; max-width: none; }
@container (max-width: 560px) {
  .segedu.segedu .lk-line { grid-template-columns: repeat(4, minmax(0, 1fr)); padding: 4px 0; border-bottom: 1px solid var(--sg-line); }
  .segedu.segedu .lk-line > :first-child { grid-column: 1 / -1; }
  .segedu.segedu .lk-head { line-height: 1.2; align-items: end; }
  .segedu.segedu .lk-bar { grid-template-columns: 5.2em minmax(2em, 1fr) 4.2em 5em; gap: 6px; }
  .segedu.segedu .lk-written { grid-template-columns: minmax(0, 1fr); }
  .segedu.segedu .lk-written dd { margin: 0 0 4px 12px; }
}
`;
