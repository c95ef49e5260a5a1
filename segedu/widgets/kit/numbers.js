// Numbers as a student reads and types them: a real minus sign, at most three decimals, fractions such as 1/9. Pure, no DOM.

// 0.1111111 → "0.111", −0 → "0", -2 → "−2". `decimals` is the most that are shown.
export function formatNumber(value, decimals = 3) {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toFixed(decimals));
  return String(rounded === 0 ? 0 : rounded).replace("-", "−");
}

// Does formatNumber say less than the whole truth? Then "≈" is honest and "=" is not.
export function isRounded(value, decimals = 3) {
  return Math.abs(Number(value.toFixed(decimals)) - value) > 1e-9;
}

// "-2", "−2", "0.5", "1/9" → a number; anything else → null.
export function parseNumber(text) {
  const match = /^\s*([-+−]?\d*\.?\d+)\s*(?:\/\s*(\d*\.?\d+))?\s*$/.exec(text);
  if (!match) return null;
  const value =
    Number(match[1].replace("−", "-")) / (match[2] === undefined ? 1 : Number(match[2]));
  return Number.isFinite(value) ? value : null;
}

// "48", " 1,024 " → a whole number; anything else → null.
export function parseWhole(text) {
  return /^\s*\d[\d,]*\s*$/.test(text) ? Number(text.replaceAll(",", "")) : null;
}

// 12345678 → "12,345,678"
export function formatCount(value) {
  return String(Math.round(value))
    .replace(/\B(?=(\d{3})+$)/g, ",")
    .replace("-", "−");
}

// Three digits: 0.0123, 12.3, 1.23·10⁻⁵; from 1,000 on all digits before the point.
export function formatDigits(value) {
  if (value === null) return "0/0";
  if (value === 0) return "0";
  const digits = value.toPrecision(3);
  const size = Math.abs(Number(digits));
  if (size >= 1000) return formatCount(value);
  if (size >= 0.001) return String(Number(digits)).replace("-", "−");
  const [head, power] = Number(digits).toExponential(2).split("e");
  const raised = [...String(Number(power))]
    .map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]))
    .join("");
  return `${String(Number(head)).replace("-", "−")}·10${raised}`;
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

// "1 cell", "2 cells"
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
