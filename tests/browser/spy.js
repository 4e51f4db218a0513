// What a reader would see and hear, told to the tests: the first script of every page that they open.
window.spy = {
  violations: [],
  shift: 0,
  heard: [],
  phases: [],

  player: (which = 0) => document.querySelectorAll('steady-player')[which],
  media: (which = 0) => document.querySelectorAll('audio, video')[which],
  find: (selector, which = 0) => spy.player(which)?.shadowRoot?.querySelector(selector),
  seen: (element) => !!element?.getClientRects().length && getComputedStyle(element).visibility === 'visible',
  upgraded: (player) => !!player.shadowRoot?.querySelector('[role=region] button'),
  // Shown, and where a pointer would hit it.
  shown: (selector, which = 0) => spy.seen(spy.find(selector, which)),

  /** The player's words that are on the page, one space between them; without bidi isolates. */
  text(which = 0) {
    const root = spy.player(which)?.shadowRoot;
    if (!root) return '';
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) if (spy.seen(walker.currentNode.parentElement)) words.push(walker.currentNode.data);
    return words.join(' ').replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
  },

  /** The timecode as it stands on the screen: each digit is a strip of ten of which one shows. */
  clock(which = 0) {
    const read = (face) =>
      [...(face?.childNodes ?? [])].map((node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        const strip = getComputedStyle(node, '::before');
        const signs = JSON.parse(strip.content.replace(/\\a ?/gi, '\\n')).split('\n');
        const up = -new DOMMatrix(strip.transform).m42 / parseFloat(strip.height);
        return signs[Math.round(up * signs.length)];
      }).join('');
    const total = spy.find('.total', which);
    return read(spy.find('.now .face', which)) + (spy.seen(total) && total.textContent ? total.textContent.replace(/^(?! \/ )/, ' / ') : '');
  },

  /** "Please wait" is on the page: in words, or on a control so small that its name has to say it. */
  waits: (which = 0) => /Please wait/.test(spy.text(which) + spy.find('.play', which)?.ariaLabel),

  /** A pointer stirs over the player: controls come back over a picture that plays. */
  stir: (which = 0) => spy.player(which).dispatchEvent(new PointerEvent('pointermove', { pointerType: 'mouse' })),

  /** Brings a script into the page, as its author's own scripts would under this policy. */
  load(url) {
    const script = document.createElement('script');
    const policy = window.trustedTypes?.createPolicy('spy', { createScriptURL: (address) => address });
    script.src = policy?.createScriptURL(url) ?? url;
    document.head.append(script);
  },
};
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) => {
  // Browsers ask for the site's icon of their own accord.
  if (!blockedURI.endsWith('/favicon.ico')) spy.violations.push(`${effectiveDirective} ${blockedURI} ${sourceFile}`);
});
for (const type of ['playing', 'timeupdate', 'pause', 'seeked']) {
  const note = ({ target }) => spy.heard.push({ type, src: target.currentSrc, time: target.currentTime, at: performance.now() });
  document.addEventListener(type, note, true);
}
document.addEventListener('steady-phase', ({ detail }) => spy.phases.push(detail), true);
if (PerformanceObserver.supportedEntryTypes.includes('layout-shift')) {
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) spy.shift += value;
  }).observe({ type: 'layout-shift', buffered: true });
}
