/**
 * A bounded map that forgets what was used longest ago. A list of its own holds the order: a Map
 * keeps the holes of deleted entries for a while, so that finding its oldest entry again and again
 * is slow.
 */
interface Node<V> {
  key: string
  value: V
  newer: Node<V> | undefined
  older: Node<V> | undefined
}

export class Lru<V> {
  private readonly nodes = new Map<string, Node<V>>()
  private readonly maxEntries: number
  private newest: Node<V> | undefined
  private oldest: Node<V> | undefined

  constructor(maxEntries: number) {
    this.maxEntries = maxEntries
  }

  get size(): number {
    return this.nodes.size
  }

  /** The value, which is now the one used last. */
  get(key: string): V | undefined {
    const node = this.nodes.get(key)
    if (!node) return undefined
    if (node !== this.newest) {
      this.unlink(node)
      this.link(node)
    }
    return node.value
  }

  /** The value that had to go for it: the one under the same key, or the one used longest ago. */
  set(key: string, value: V): V | undefined {
    const known = this.nodes.get(key)
    if (known) {
      const before = known.value
      known.value = value
      this.get(key)
      return before
    }
    const node: Node<V> = { key, value, newer: undefined, older: undefined }
    this.nodes.set(key, node)
    this.link(node)
    if (this.nodes.size <= this.maxEntries) return undefined
    const evicted = this.oldest!
    this.delete(evicted.key)
    return evicted.value
  }

  delete(key: string): void {
    const node = this.nodes.get(key)
    if (!node) return
    this.nodes.delete(key)
    this.unlink(node)
  }

  clear(): void {
    this.nodes.clear()
    this.newest = undefined
    this.oldest = undefined
  }

  private link(node: Node<V>): void {
    node.older = this.newest
    node.newer = undefined
    if (this.newest) this.newest.newer = node
    else this.oldest = node
    this.newest = node
  }

  private unlink({ newer, older }: Node<V>): void {
    if (newer) newer.older = older
    else this.newest = older
    if (older) older.newer = newer
    else this.oldest = newer
  }
}
