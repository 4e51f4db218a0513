// @ts-check
// Reasons that only an engineer tells apart: the code under which readers have a sentence, by the code of the probe.
// The same as in player/probe/reasons.py; a test compares them.

/** @type {Readonly<Record<string, string>>} */
export const TOLD = {
  'geo-blocked': 'legal',
  'expired-signature': 'forbidden',
  redirected: 'html',
  'bad-playlist': 'decode',
  'bad-captions': 'decode',
  'no-index': 'truncated',
  corrupt: 'decode',
  undecodable: 'decode',
  'wrong-range': 'decode',
  encrypted: 'unsupported',
  'tls-expired': 'tls',
  'tls-name': 'tls',
  'tls-untrusted': 'tls',
  rejected: 'http-status',
  cors: 'forbidden',
  'no-segments': 'empty',
  'segment-missing': 'truncated',
  'key-missing': 'decode',
  'live-stopped': 'truncated',
  starved: 'probe-failed',
  offline: 'probe-failed',
  'not-started': 'no-source',
  budget: 'probe-failed',
};
