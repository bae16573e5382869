/** Imported as "greeting": an `alias` of the configuration says which file that is. */
export function greet(letter: string, name: string): string {
  return letter.replace("{name}", name);
}
