/** The ledger outside of the system: a server of the test that counts what was really executed. */
export class Ledger {
  constructor(private readonly url: string) {}

  /** Reports that something was executed. */
  async report(what: string, more: object = {}): Promise<void> {
    await this.#post("", { what, ...more });
  }

  /** Waits until the test lets this place through. */
  async gate(name: string): Promise<void> {
    await this.#post(`/gate/${name}`, {});
  }

  async #post(path: string, body: object): Promise<void> {
    const response = await fetch(this.url + path, { method: "POST", body: JSON.stringify(body) });
    await response.text();
  }
}
