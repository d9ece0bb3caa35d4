import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import { storeConformance } from './store.conformance.ts'
import { conformanceCollections } from './store.things.ts'

storeConformance('embedded', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-store-'))
  const create = async () => {
    const store = createEmbeddedStore({
      dataDir,
      collections: conformanceCollections,
    })
    await store.open()
    return store
  }
  let store = await create()
  return {
    store,
    async reopen() {
      await store.close()
      store = await create()
      return store
    },
    async dispose() {
      await store.close()
      rmSync(dataDir, { recursive: true })
    },
  }
})
