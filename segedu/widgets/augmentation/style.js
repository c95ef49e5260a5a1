// The look of the augmentation lab, beside the kit's.
export const STYLE = `
.segedu.segedu .au-stage { display: grid; gap: 14px 20px; align-items: start; margin-top: 10px; }
.segedu.segedu .au-stage > * { min-width: 0; }
.segedu.segedu .au-panes { display: grid; gap: 8px 10px; }
.segedu.segedu .au-pane { margin: 0; min-width: 0; }
.segedu.segedu .au-caption { color: var(--sg-soft); line-height: 1.4; min-height: 1.4em; overflow: hidden; text-overflow: ellipsis; }
.segedu.segedu .au-tools { display: grid; gap: 10px 20px; grid-template-columns: minmax(0, 1fr); }
.segedu.segedu .au-group { display: flex; flex-direction: column; gap: 2px; border-left: 3px solid var(--sg-line); padding-left: 10px; min-width: 0; }
.segedu.segedu .au-group > .sg-title { margin: 0; }
.segedu.segedu .au-group .sg-slider > span { min-width: 7em; }
.segedu.segedu .au-group .sg-slider > output { min-width: 4.2em; }
.segedu.segedu .au-group .sg-choice { flex-wrap: wrap; gap: 2px 6px; }
.segedu.segedu .au-group .sg-choice > select { max-width: 100%; min-width: 0; }
.segedu.segedu .au-player { margin-top: 6px; }
.segedu.segedu .au-words { margin-top: 10px; }
.segedu.segedu .au-lower { display: grid; gap: 14px 24px; align-items: start; }
.segedu.segedu .au-lower > * { min-width: 0; }
.segedu.segedu .au-line { overflow-wrap: anywhere; font-size: 12px; margin: 2px 0; }
.segedu.segedu .au-table { border-collapse: collapse; margin: 6px 0; font-size: 12px; color: var(--sg-ink); table-layout: auto; border: 0; }
.segedu.segedu .au-table :is(th, td) { text-align: left; padding: 1px 10px 1px 0; border: 0; background: transparent; color: var(--sg-ink); font-weight: 400; }
.segedu.segedu .au-table th { color: var(--sg-soft); }
.segedu.segedu .au-table tr { background: transparent; }
.segedu.segedu .au-swatch { display: inline-block; width: 14px; height: 14px; border: 1px solid var(--sg-strong-line); vertical-align: -2px; }
.segedu.segedu .au-hatched { background: repeating-linear-gradient(135deg, #cdcdcd 0 3px, #969696 3px 6px); }
.segedu.segedu .au-share { display: grid; grid-template-columns: 14px 7em minmax(0, 1fr) 4.2em 4.2em; gap: 6px; align-items: center; min-height: 22px; }
.segedu.segedu .au-share[data-gone="true"] .au-name { font-weight: 700; text-decoration: line-through; }
.segedu.segedu .au-bars { display: flex; flex-direction: column; gap: 2px; }
.segedu.segedu .au-bar { height: 8px; border: 1px solid var(--sg-strong-line); }
.segedu.segedu .au-percent { text-align: right; white-space: nowrap; }
.segedu.segedu .au-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;
