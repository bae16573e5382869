export function pad(number) {
  return String(number).padStart(4);
}
