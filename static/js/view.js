// @ts-check
/** What can be seen, derived from the session and the facts. Stores nothing. */
import { display } from './facts/display.js';
import { read } from './facts/index.js';

/**
 * @param {import('./session.js').Session} session
 * @returns {Omit<import('./controls/ui.js').View, 'waiting' | 'kind'>}
 */
export function derive(session) {
  const { phase, reason, manifest, native, wanted } = session;
  const facts = read(native);
  const pending = wanted && /ing$/.test(phase);
  return {
    ...facts,
    ...display(native),
    phase,
    reason,
    paused: facts.paused && !pending,
    busy: pending || (phase === 'ready' && facts.starved),
    // Another source of what is paused changes nothing that is seen.
    started: phase === 'ready' || (facts.time > 0 && phase !== 'idle'),
    // The manifest knows the duration before anything is loaded; a stream of no known end has none.
    duration: facts.duration < Infinity ? facts.duration : (manifest?.duration ?? NaN),
    ...session.see?.(),
  };
}
