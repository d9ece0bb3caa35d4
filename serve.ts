/** One node of Stoa, as the environment describes it. */
import { EnvError, readEnv } from './kernel/env.ts'
import { StoreRefused } from './mixins/store/store.ts'
import { type Node, startNode } from './moleculer.config.ts'

/** Behind the 10 s in which a process must end. */
const STOP_MS = 9_500

async function main(): Promise<void> {
  const node = await startNode(readEnv())
  greet(node)
  // What loading left behind is given back now, not when traffic has pushed it out.
  globalThis.gc?.({ type: 'major', flavor: 'last-resort' })
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      setTimeout(() => process.exit(1), STOP_MS).unref()
      node.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      )
    })
  }
}

function greet({ url, newOperatorKey }: Node): void {
  if (!url) return
  console.log(`\n  Stoa is open at  ${url}`)
  console.log(`  Documentation    ${url}/docs`)
  if (newOperatorKey) console.log(`  Operator key     ${newOperatorKey}  (shown this once)`)
  console.log('')
}

/** What the user can mend is told in one line; anything else with its stack. */
function fail(error: unknown): void {
  const known = error instanceof EnvError || error instanceof StoreRefused
  console.error(known ? `stoa: ${error.message}` : error)
  process.exit(1)
}

main().catch(fail)
