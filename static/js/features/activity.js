// @ts-check
/** Whether the reader is at the player: controls over a playing picture leave when nobody uses them. */

/** How long the controls stay after the last movement, in ms. */
const LINGER = 2800;

/** @param {import('../player.js').SteadyPlayer} player @param {AbortSignal} signal */
export function activity(player, signal) {
  const { native } = player;
  if (native.localName === 'audio') return;
  let timer = 0;
  let touch = false;
  const show = (/** @type {boolean} */ on) => {
    player.ui?.element.toggleAttribute('data-active', on);
    if (on) player.changed();
  };
  const rest = () => show(false);
  const wake = () => {
    show(true);
    clearTimeout(timer);
    timer = setTimeout(rest, LINGER);
  };
  for (const event of ['pointermove', 'focusin', 'keydown']) player.addEventListener(event, wake, { signal, passive: true });
  player.addEventListener('pointerleave', (event) => event.pointerType === 'touch' || rest(), { signal });
  native.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => (touch = event.pointerType === 'touch'), { signal });
  native.addEventListener('dblclick', () => touch || (player.ui.context.canFull && player.ask('full')), { signal });
  const press = () => {
    // A finger asks for the controls first: there is no pointer that could have rested on them.
    if (!touch || native.paused) player.ask('toggle');
    else if (player.ui.element.hasAttribute('data-active')) rest();
    else wake();
  };
  native.addEventListener('click', press, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
}
