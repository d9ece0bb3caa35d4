/** What a node still waits for before it can serve; behind `GET /readyz`. */
export class Readiness {
  private readonly waitingFor = new Set<string>()

  /** Not ready until `done` is called with the same name. */
  await(name: string): void {
    this.waitingFor.add(name)
  }

  done(name: string): void {
    this.waitingFor.delete(name)
  }

  /** Empty when the node can serve. */
  get missing(): string[] {
    return [...this.waitingFor]
  }
}
