// The look of the overlay viewer, beside the kit's.
export const STYLE = `
.segedu.segedu .ov-modes { gap: 0; }
.segedu.segedu .ov-modes > .sg-button { border-radius: 0; }
.segedu.segedu .ov-controls > .sg-slider { flex: 1 1 15em; max-width: 26em; }
.segedu.segedu .ov-controls > .sg-slider > span { min-width: 0; }
.segedu.segedu [data-words="reasons"], .segedu.segedu .ov-stage { margin-top: 10px; }
.segedu.segedu .ov-stage { display: grid; gap: 14px 20px; align-items: start; }
.segedu.segedu .ov-stage > * { min-width: 0; }
.segedu.segedu .ov-lower { margin-top: 0; }
.segedu.segedu .ov-head { justify-content: space-between; gap: 2px 10px; margin-bottom: 4px; }
.segedu.segedu .ov-head > .sg-title { margin: 0; }
.segedu.segedu .ov-stage .sg-note { margin-top: 4px; }
.segedu.segedu .ov-group { color: var(--sg-soft); border-bottom: 1px solid var(--sg-line); margin: 6px 0 2px; }
.segedu.segedu .ov-line { display: grid; grid-template-columns: 16px 16px 2.2em minmax(0, 1fr) 4.2em 4.4em 2.6em; gap: 6px; align-items: center;
  min-height: 24px; padding: 0 4px; cursor: pointer; border-left: 4px solid transparent; color: var(--sg-ink); }
.segedu.segedu .ov-line > input { width: 16px; height: 16px; margin: 0; accent-color: var(--sg-accent); }
.segedu.segedu .ov-line[data-lit="true"] { border-left-color: var(--sg-accent); font-weight: 700; }
@container (max-width: 860px) { .segedu.segedu .ov-line { grid-template-columns: 16px 16px 1.9em minmax(0, 1fr) 3.9em 4.1em 2.4em; } }
@container (max-width: 420px) { .segedu.segedu .ov-line { grid-template-columns: 16px 16px 1.9em minmax(0, 1fr) 3.7em 3.7em 1.9em; gap: 4px; } }
.segedu.segedu .ov-swatch { width: 16px; height: 16px; border: 1px solid var(--sg-strong-line); }
.segedu.segedu .ov-hatched { background: repeating-linear-gradient(135deg, #cdcdcd 0 3px, #969696 3px 6px); }
.segedu.segedu .ov-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.segedu.segedu :is(.ov-index, .ov-pixels, .ov-share, .ov-count) { text-align: right; white-space: nowrap; }
.segedu.segedu .ov-chips { display: flex; flex-wrap: wrap; gap: 4px; padding: 1px 0 3px 46px; }
.segedu.segedu .ov-chip { min-width: 26px; min-height: 24px; padding: 0 5px; border: 1px solid var(--sg-strong-line); border-radius: 4px; cursor: pointer; }
.segedu.segedu .ov-chip[data-lit="true"] { outline: 2px solid var(--sg-accent); outline-offset: 1px; }
.segedu.segedu .ov-facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 12px; margin: 0; }
.segedu.segedu .ov-facts dt { color: var(--sg-soft); font-weight: 400; margin: 0; padding: 0; float: none; width: auto; }
.segedu.segedu .ov-facts dd { margin: 0; overflow-wrap: anywhere; color: var(--sg-ink); }
.segedu.segedu .ov-vector > span { padding: 0 2px; border-radius: 2px; }
`;
