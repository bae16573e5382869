export function closing(count) {
  return `${count} lines`;
}
