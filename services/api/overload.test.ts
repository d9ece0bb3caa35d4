import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Priority } from '../../kernel/contract.ts'
import { Admission } from './overload.ts'

const CLASSES: readonly Priority[] = ['browse', 'cart', 'order', 'pay', 'operate']

function admitted(admission: Admission): Priority[] {
  return CLASSES.filter((priority) => {
    const entered = admission.enter(priority)
    if (entered) admission.leave()
    return entered
  })
}

function fill(admission: Admission, count: number) {
  for (let entered = 0; entered < count; entered++) admission.enter('operate')
}

describe('admission by requests in flight', () => {
  test.each([
    [0, ['browse', 'cart', 'order', 'pay', 'operate']],
    [500, ['cart', 'order', 'pay', 'operate']],
    [700, ['order', 'pay', 'operate']],
    [850, ['pay', 'operate']],
    [1_000, ['operate']],
  ])('with %i waiting', (count, classes) => {
    const admission = new Admission(() => 0)
    fill(admission, count)
    expect(admitted(admission)).toEqual(classes)
  })

  test('takes browsing again when places are free', () => {
    const admission = new Admission(() => 0)
    fill(admission, 500)
    expect(admission.enter('browse')).toBe(false)
    admission.leave()
    expect(admission.enter('browse')).toBe(true)
    expect(admission.inFlight).toBe(500)
  })
})

describe('admission by the length of a turn of the event loop', () => {
  function crowded() {
    const time = { now: 0 }
    const admission = new Admission(() => time.now)
    for (let served = 0; served < 40; served++) {
      admission.enter('operate')
      admission.leave()
    }
    return { admission, time }
  }

  test.each([
    [20, ['browse', 'cart', 'order', 'pay', 'operate']],
    [30, ['cart', 'order', 'pay', 'operate']],
    [60, ['order', 'pay', 'operate']],
    [150, ['pay', 'operate']],
    [250, ['operate']],
  ])('after %i ms', (passedMs, classes) => {
    const { admission, time } = crowded()
    time.now = passedMs
    expect(admitted(admission)).toEqual(classes)
  })

  test('ends with the turn', async () => {
    const { admission, time } = crowded()
    time.now = 60
    expect(admission.enter('browse')).toBe(false)
    await pause(5)
    expect(admission.enter('browse')).toBe(true)
  })

  test('does not mistake one slow neighbour for a crowd', () => {
    const time = { now: 0 }
    const admission = new Admission(() => time.now)
    admission.enter('operate')
    time.now = 1_000
    expect(admission.enter('browse')).toBe(true)
  })
})
