// The network cost explorer's look: towers as tables, below 700 px as cards; between 700 and 940 px without the parameters' column.
export const STYLE = `
.segedu.segedu .nc-towers { display: flex; flex-wrap: wrap; gap: 16px 20px; align-items: end; margin-top: 12px; }
.segedu.segedu .nc-tower { border-collapse: collapse; margin: 0; font-size: 12px; color: var(--sg-ink); width: auto; font-variant-numeric: tabular-nums; }
.segedu.segedu .nc-tower caption { text-align: left; caption-side: top; padding: 0; font-size: 13px; }
.segedu.segedu .nc-tower :is(th, td) { padding: 0 7px 0 0; text-align: left; vertical-align: middle; border: 0; background: transparent; font-weight: 400; white-space: nowrap; max-width: none; }
.segedu.segedu .nc-tower thead th { color: var(--sg-soft); border-bottom: 1px solid var(--sg-line); white-space: normal; line-height: 1.25; padding-bottom: 3px; vertical-align: bottom; }
.segedu.segedu .nc-tower tbody tr { height: 32px; background: transparent; cursor: pointer; }
.segedu.segedu .nc-tower tbody tr:last-child { cursor: default; }
.segedu.segedu .nc-tower tr[data-lit="true"] > * { background: var(--sg-panel); }
.segedu.segedu .nc-tower tr[data-shown="true"] > th > span { font-weight: 700; border-bottom: 2px solid var(--sg-accent); }
.segedu.segedu .nc-tower td:is([data-label="parameters"], [data-label="MACs"], [data-label="memory"], [data-label="sees"]) { text-align: right; }
.segedu.segedu .nc-design thead th:nth-last-child(-n + 4), .segedu.segedu .nc-reference thead th:last-child { text-align: right; }
.segedu.segedu .nc-tower select { height: 24px; min-height: 0; width: 3.6em; padding: 0 2px; margin: 0; font-size: 12px; color: var(--sg-ink); background: var(--sg-panel); border: 1px solid var(--sg-line); border-radius: 3px; }
.segedu.segedu .nc-drawing { min-width: var(--nc-tower); }
.segedu.segedu .nc-bar { margin: 0 auto; min-width: 1px; }
.segedu.segedu .nc-field { height: 5px; margin: 1px auto 0; min-width: 1px; border: 1.5px solid var(--sg-ink); border-top: 0; }
.segedu.segedu .nc-field[data-cut="true"] { border-left: 0; border-right: 0; border-bottom-style: dashed; }
.segedu.segedu .nc-field[data-none="true"] { visibility: hidden; }
.segedu.segedu tr[data-later="true"] :is(.nc-bar, .nc-field) { opacity: 0.22; }
.segedu.segedu .nc-legend { display: flex; flex-wrap: wrap; gap: 2px 14px; max-width: none; margin-top: 8px; }
.segedu.segedu .nc-key { display: inline-flex; align-items: center; gap: 5px; }
.segedu.segedu .nc-swatch { width: 14px; height: 10px; }
.segedu.segedu .nc-sample { width: 18px; height: 5px; border: 1.5px solid var(--sg-ink); border-top: 0; }
.segedu.segedu .nc-remarks { display: flex; flex-direction: column; gap: 6px; margin-top: 10px; }
.segedu.segedu .nc-below { display: flex; flex-wrap: wrap; gap: 14px 28px; align-items: flex-start; }
.segedu.segedu .nc-written { flex: 1 1 24em; min-width: 0; }
.segedu.segedu .nc-sums { flex: 1 1 36em; min-width: 0; }
.segedu.segedu .nc-formulas { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 10px; margin: 0 0 8px; font-size: 12px; }
.segedu.segedu .nc-formulas > dt { color: var(--sg-soft); font-weight: 400; margin: 0; }
.segedu.segedu .nc-formulas > dd { margin: 0; overflow-wrap: anywhere; }
.segedu.segedu .nc-totals { border-collapse: collapse; width: 100%; margin: 6px 0; font-size: 12px; color: var(--sg-ink); table-layout: auto; }
.segedu.segedu .nc-totals :is(th, td) { padding: 2px 12px 2px 0; text-align: left; vertical-align: top; border: 0; background: transparent; font-weight: 400; }
.segedu.segedu .nc-totals :is(thead, tbody) tr { background: transparent; }
.segedu.segedu .nc-totals thead th { color: var(--sg-soft); border-bottom: 1px solid var(--sg-line); }
.segedu.segedu .nc-share { height: 4px; background: var(--sg-accent); margin-bottom: 2px; }
.segedu.segedu .nc-verdict { font-weight: 600; max-width: 46em; }
@container (min-width: 701px) and (max-width: 940px) {
  .segedu.segedu .nc-tower td[data-label="parameters"], .segedu.segedu .nc-design thead th:nth-last-child(4) { display: none; }
}
@container (max-width: 700px) {
  .segedu.segedu .nc-tower, .segedu.segedu .nc-tower :is(caption, tbody) { display: block; width: 100%; }
  .segedu.segedu .nc-tower thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .segedu.segedu .nc-tower tbody tr { display: grid; grid-template-columns: minmax(0, 11fr) minmax(0, 8fr) minmax(0, 10fr); height: auto; padding: 5px 0; border-bottom: 1px solid var(--sg-line); align-items: center; gap: 2px 6px; }
  .segedu.segedu .nc-tower :is(th, td) { padding: 0; white-space: normal; text-align: left !important; }
  .segedu.segedu .nc-drawing { grid-column: 1 / -1; }
  .segedu.segedu .nc-tower th { white-space: nowrap; }
  .segedu.segedu .nc-tower td { font-size: 11px; }
  .segedu.segedu .nc-tower .nc-drawing { order: 1; }
  .segedu.segedu .nc-tower td[data-label="output"] { grid-column: span 2; order: 2; }
  .segedu.segedu .nc-tower td[data-label="sees"] { order: 3; }
  .segedu.segedu .nc-tower td:is([data-label="parameters"], [data-label="MACs"], [data-label="memory"]) { order: 4; }
  .segedu.segedu .nc-tower td:empty { display: none; }
  .segedu.segedu .nc-tower td[data-label]::before { content: attr(data-label) " "; color: var(--sg-soft); }
  .segedu.segedu .nc-menu select { width: 3.2em; }
  .segedu.segedu .nc-tower td[data-label="sees"]::after { content: " px"; }
  .segedu.segedu .nc-reference tbody tr { grid-template-columns: 1fr 1fr; }
  .segedu.segedu .nc-reference .nc-drawing { order: 4; }
  .segedu.segedu .nc-totals :is(thead, tbody) tr { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) 4.6em; font-size: 11px; }
  .segedu.segedu .nc-totals tbody th { grid-column: 1 / -1; color: var(--sg-soft); }
  .segedu.segedu .nc-totals thead th:first-child { display: none; }
  .segedu.segedu .nc-totals :is(th, td) { padding-right: 4px; }
}
`;
