// The explorers' look. Colors come from JupyterLab's variables; the fallbacks, light and dark, serve exported pages.
// Selectors double the root class so that a notebook's or a page's own rules for buttons, inputs and labels don't win.
export const STYLE = `
.segedu.segedu {
  --sg-page: var(--jp-layout-color0, #ffffff); --sg-panel: var(--jp-layout-color2, #eeeeee);
  --sg-ink: var(--jp-ui-font-color0, #111111); --sg-soft: var(--jp-ui-font-color1, #333333);
  --sg-line: var(--jp-border-color1, #bdbdbd); --sg-strong-line: var(--jp-ui-font-color1, #444444);
  --sg-accent: var(--jp-brand-color1, #1565c0);
  --sg-font: var(--jp-ui-font-family, system-ui, sans-serif); --sg-mono: var(--jp-code-font-family, ui-monospace, monospace);
  box-sizing: border-box; position: relative; max-width: 100%; min-width: 0; padding: 12px; overflow-x: clip;
  color: var(--sg-ink); background: var(--sg-page); border: 1px solid var(--sg-line); border-radius: 6px;
  font: 13px/1.5 var(--sg-font); text-align: left; container-type: inline-size;
}
@media (prefers-color-scheme: dark) {
  .segedu.segedu {
    --sg-page: var(--jp-layout-color0, #16181c); --sg-panel: var(--jp-layout-color2, #33363c);
    --sg-ink: var(--jp-ui-font-color0, #f4f4f4); --sg-soft: var(--jp-ui-font-color1, #d8d8d8);
    --sg-line: var(--jp-border-color1, #5c6068); --sg-strong-line: var(--jp-ui-font-color1, #d0d0d0);
    --sg-accent: var(--jp-brand-color1, #74b3f0);
  }
}
.segedu.segedu *, .segedu.segedu *::before { box-sizing: border-box; }
.segedu.segedu :is(p, div, span, label, output, button, select, input, textarea) { margin: 0; font-family: inherit; font-size: inherit; line-height: inherit; }
.segedu.segedu .sg-title { font-weight: 600; margin-bottom: 8px; color: var(--sg-ink); }
.segedu.segedu .sg-row { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; }
.segedu.segedu .sg-column { display: flex; flex-direction: column; gap: 8px; min-width: 0; }
.segedu.segedu .sg-controls { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18em), 1fr)); gap: 4px 24px; }
.segedu.segedu .sg-panel { border-top: 1px solid var(--sg-line); padding-top: 10px; margin-top: 10px; min-width: 0; }
.segedu.segedu .sg-note { color: var(--sg-soft); max-width: 46em; }
.segedu.segedu .sg-warning { color: var(--sg-ink); border-left: 4px solid var(--jp-warn-color1, #e65100); padding: 2px 10px; max-width: 46em; }
.segedu.segedu .sg-good { border-left-color: var(--jp-success-color1, #2e7d32); }
.segedu.segedu .sg-question { margin-top: 10px; }
.segedu.segedu .sg-mono { font-family: var(--sg-mono); font-variant-numeric: tabular-nums; }
.segedu.segedu [hidden] { display: none !important; }
.segedu.segedu .sg-live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.segedu.segedu .sg-slider { display: flex; align-items: center; gap: 8px; min-width: 0; color: var(--sg-ink); }
.segedu.segedu .sg-slider > span { flex: 0 0 auto; min-width: 7.2em; }
.segedu.segedu .sg-slider > input { flex: 1 1 4em; min-width: 3em; width: 4em; height: 24px; margin: 0; accent-color: var(--sg-accent); cursor: pointer; }
.segedu.segedu .sg-slider > output { flex: 0 0 auto; min-width: 2.2em; text-align: right; font-variant-numeric: tabular-nums; }
.segedu.segedu .sg-slider > output:empty { display: none; }
.segedu.segedu .sg-player .sg-slider > span { min-width: 0; }
.segedu.segedu .sg-check, .segedu.segedu .sg-choice { display: inline-flex; align-items: center; gap: 6px; color: var(--sg-ink); cursor: pointer; }
.segedu.segedu .sg-check > input { width: 16px; height: 16px; margin: 0; accent-color: var(--sg-accent); }
.segedu.segedu .sg-button, .segedu.segedu .sg-choice > select, .segedu.segedu .sg-field {
  min-height: 28px; padding: 2px 10px; color: var(--sg-ink); background: var(--sg-panel);
  border: 1px solid var(--sg-line); border-radius: 4px; width: auto; height: auto; box-shadow: none; appearance: auto;
}
.segedu.segedu .sg-button { cursor: pointer; appearance: none; min-width: 32px; }
.segedu.segedu .sg-button:hover { border-color: var(--sg-strong-line); }
.segedu.segedu .sg-button:disabled { color: var(--sg-soft); background: transparent; border-style: dashed; cursor: default; }
.segedu.segedu .sg-button[aria-pressed="true"] { border: 2px solid var(--sg-accent); padding: 1px 9px; }
.segedu.segedu .sg-choice > select { appearance: auto; }
.segedu.segedu .sg-field { width: 6.5em; background: var(--sg-page); font-variant-numeric: tabular-nums; }
.segedu.segedu .sg-code { display: block; width: 100%; min-height: 12em; padding: 8px; white-space: pre; overflow: auto; color: var(--sg-ink);
  background: var(--sg-page); border: 1px solid var(--sg-line); border-radius: 4px; font-family: var(--sg-mono); font-size: 12px; resize: vertical; }
.segedu.segedu .sg-icon { width: 14px; height: 14px; fill: currentColor; vertical-align: -2px; }
.segedu.segedu :is(button, input, select, textarea, [tabindex]):focus-visible { outline: 2px solid var(--sg-accent); outline-offset: 2px; }

.segedu.segedu .sg-grid { position: relative; width: max-content; max-width: 100%; touch-action: manipulation; user-select: none; cursor: default; border-radius: 2px; }
.segedu.segedu .sg-grid > svg, .segedu.segedu .sg-grid > canvas, .segedu.segedu .sg-clip > canvas { display: block; }
.segedu.segedu .sg-clip { overflow: hidden; }
.segedu.segedu .sg-grid text { fill: var(--sg-ink); font-family: var(--sg-font); text-anchor: middle; dominant-baseline: central; font-variant-numeric: tabular-nums; pointer-events: none; }
.segedu.segedu .sg-grid .sg-cell { fill: var(--sg-page); stroke: var(--sg-line); stroke-width: 1; }
.segedu.segedu .sg-grid .sg-shade { fill: var(--sg-ink); stroke: none; pointer-events: none; }
.segedu.segedu .sg-grid .sg-pad, .segedu.segedu .sg-grid .sg-hole { fill: transparent; stroke-dasharray: 2 3; }
.segedu.segedu .sg-grid .sg-unread { fill: var(--sg-panel); stroke-dasharray: 2 3; }
.segedu.segedu .sg-grid .sg-soft-text { fill: var(--sg-soft); }
.segedu.segedu .sg-grid .sg-frame { fill: none; stroke: var(--sg-ink); pointer-events: none; }
.segedu.segedu .sg-grid > input { position: absolute; z-index: 1; margin: 0; padding: 0; text-align: center; border: 2px solid var(--sg-accent);
  border-radius: 2px; background: var(--sg-page); color: var(--sg-ink); min-height: 0; box-shadow: none; appearance: none; outline: none; }
.segedu.segedu .sg-grid > input[aria-invalid="true"] { border-style: dashed; border-color: var(--jp-error-color1, #d32f2f); }
@media print { .segedu.segedu { break-inside: avoid; } }
`;
