/** Progress goes to stderr: the report alone is on stdout. */
export function say(text: string): void {
  console.error(text);
}
