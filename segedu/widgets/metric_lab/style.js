// The metric lab's own look, beside what style.js gives to all explorers.
export const STYLE = `
.segedu.segedu .ml-tools { margin-top: 8px; }
.segedu.segedu .ml-tools .sg-slider { flex: 0 1 15em; }
.segedu.segedu .ml-tools .sg-slider > span { min-width: 0; }
.segedu.segedu .ml-words { max-width: none; min-height: 1.5em; margin-top: 4px; }
.segedu.segedu .ml-group { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.segedu.segedu .ml-group > span { margin-right: 4px; }
.segedu.segedu .ml-said { margin-top: 10px; }
.segedu.segedu .ml-stage { display: grid; gap: 12px 24px; align-items: start; }
.segedu.segedu .ml-stage > * { min-width: 0; }
.segedu.segedu .ml-below { min-height: 1.5em; margin-top: 4px; }
.segedu.segedu .ml-remarks { min-height: 3em; }
.segedu.segedu .ml-counts { margin-top: 8px; }
.segedu.segedu .ml-matrix { border-collapse: separate; border-spacing: 6px 4px; margin: 0 0 0 -6px; width: auto; border: 0; color: var(--sg-ink); background: transparent; font-size: 13px; }
.segedu.segedu .ml-matrix tr { background: transparent; border: 0; }
.segedu.segedu .ml-matrix th { font-weight: 400; color: var(--sg-soft); text-align: left; padding: 2px 4px; border: 0; background: transparent; white-space: pre-wrap; }
.segedu.segedu .ml-matrix td { text-align: left; padding: 2px 8px; min-width: 5.5em; white-space: nowrap; color: var(--sg-ink); background: transparent; border: 1px solid var(--sg-line); border-left: 14px solid var(--sg-line); cursor: default; }
.segedu.segedu .ml-matrix td[data-lit="true"] { outline: 2px solid var(--sg-accent); }
.segedu.segedu .ml-bars { display: flex; flex-direction: column; gap: 2px; margin-top: 6px; container: bars / inline-size; }
.segedu.segedu .ml-row { display: grid; grid-template-columns: 12.4em minmax(0, 1fr) 3.9em 3.9em; gap: 0 8px; align-items: center; padding: 2px 4px; border-radius: 3px; cursor: default; }
.segedu.segedu .ml-row[data-lit="true"] { box-shadow: inset 0 0 0 1px var(--sg-accent); }
.segedu.segedu .ml-value, .segedu.segedu .ml-change { text-align: right; white-space: nowrap; }
.segedu.segedu .ml-row[data-fell="true"] .ml-change { font-weight: 700; text-decoration: underline; }
.segedu.segedu .ml-formula { grid-column: 1 / -1; color: var(--sg-soft); font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.segedu.segedu .ml-track { position: relative; display: block; height: 12px; border: 1px solid var(--sg-line); border-radius: 2px; background: var(--sg-panel); }
.segedu.segedu .ml-track[data-absent="true"] { border-style: dashed; background: transparent; }
.segedu.segedu .ml-fill { position: absolute; left: 0; top: 0; bottom: 0; background: var(--sg-accent); border-radius: 1px; }
.segedu.segedu .ml-mark { position: absolute; top: -4px; bottom: -4px; width: 3px; margin-left: -1.5px; background: var(--sg-ink); border: 0; }
@container (max-width: 430px) {
  .segedu.segedu .ml-remarks { min-height: 0; }
  .segedu.segedu .ml-matrix td { min-width: 4em; padding: 2px 5px; }
}
@container bars (max-width: 390px) {
  .segedu.segedu .ml-row { grid-template-columns: minmax(0, 1fr) 3.9em 3.9em; }
  .segedu.segedu .ml-track { grid-column: 1 / -1; grid-row: 2; }
}
`;
