// @ts-check
/**
 * Keeps the newsroom's page true: when something happens, the page is asked for anew, and the parts that differ are put
 * in. Nothing is taken from under a finger or a focus; without this script the page is as true as its last load.
 */

/** Ms: several things that happen together are one look; and a look now and then, since verdicts go stale in silence. */
const GATHER = 1000;
const NOW_AND_THEN = 60_000;
const REFUSED = 10_000;

const policy = /** @type {any} */ (self).trustedTypes?.createPolicy('steady-dashboard', {
  // What comes from this page's own address, escaped by the server, is as good as the page itself.
  createHTML: (/** @type {string} */ html) => html,
});

/** @param {string} html */
const trusted = (html) => (policy ? policy.createHTML(html) : html);

let asked = false;
let timer = 0;

async function look() {
  timer = 0;
  if (asked || document.hidden) return;
  asked = true;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(15_000), cache: 'no-store' });
    if (answer.ok) put(new DOMParser().parseFromString(trusted(await answer.text()), 'text/html'));
  } catch {
    // The next look will tell.
  } finally {
    asked = false;
  }
}

/** @param {Document} fresh */
function put(fresh) {
  if (document.title !== fresh.title) document.title = fresh.title;
  for (const part of document.querySelectorAll('[data-live]')) {
    const name = part.getAttribute('data-live');
    const next = fresh.querySelector(`[data-live="${name}"]`);
    if (!next || next.textContent === part.textContent || part.matches(':active, :focus-within')) continue;
    part.replaceChildren(...next.childNodes);
  }
}

function soon() {
  timer ||= setTimeout(look, GATHER);
}

const { events, latest } = document.body.dataset;
/** The newest transition that is known here. */
let seen = latest;

function listen() {
  const source = new EventSource(`${events}?after=${seen}`);
  source.addEventListener('transition', (event) => {
    seen = event.lastEventId;
    soon();
  });
  // A refusal, such as "too many listen already", ends it for good; a connection that is lost does not.
  source.addEventListener('error', () => source.readyState === EventSource.CLOSED && setTimeout(listen, REFUSED));
}

listen();
setInterval(look, NOW_AND_THEN);
document.addEventListener('visibilitychange', soon);
