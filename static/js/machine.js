// @ts-check
/**
 * The phases of one player and the events that lead from one to the next. Pure: no DOM, no clock, no fetch.
 *
 * @typedef {'idle'|'checking'|'loading'|'ready'|'unavailable'|'failed'} Phase
 * @typedef {'play'|'adopt'|'playable'|'dead'|'settled'|'ready'|'hold'|'next'|'none'|'retry'|'anyway'|'reset'} PhaseEvent
 */

/**
 * `adopt`: the native element was already loading when the player took it over. `settled`: a check that
 * nobody waits for found something playable. `hold`: this source failed and is kept, nothing is loaded until `next`.
 * `next`: this source failed and another is left, or what was held is loaded.
 *
 * @type {Record<Phase, Partial<Record<PhaseEvent, Phase>>>}
 */
const TRANSITIONS = {
  idle: { play: 'checking', adopt: 'loading', dead: 'unavailable' },
  checking: { playable: 'loading', settled: 'idle', dead: 'unavailable' },
  loading: { ready: 'ready', hold: 'loading', next: 'loading', none: 'failed' },
  ready: { hold: 'loading', next: 'loading', none: 'failed' },
  unavailable: { retry: 'checking', anyway: 'loading' },
  failed: { retry: 'checking', anyway: 'loading' },
};

/**
 * @param {Phase} phase
 * @param {PhaseEvent} event
 * @returns {Phase | undefined} undefined where the event means nothing in this phase
 */
export const next = (phase, event) => (event === 'reset' ? 'idle' : TRANSITIONS[phase][event]);
