// Runs in every page before anything else. CONTROL and ROOT are put in by browser.py, a contestant's own
// expressions; everything else treats all contestants alike.
(() => {
  const bench = { shift: 0, shifts: [], events: [], painted: null, seen: null, usable: null }
  window.__bench = bench

  bench.control = () => CONTROL
  bench.root = () => ROOT
  bench.media = () => document.querySelector('video, audio')

  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      bench.shift += entry.value
      bench.shifts.push([entry.value, ...entry.sources.map(source => source.node?.nodeName ?? '?')])
    }
  }).observe({ type: 'layout-shift', buffered: true })

  // Media events do not bubble, yet they are captured on their way down.
  for (const type of ['play', 'playing', 'pause', 'emptied', 'error', 'ended', 'seeking']) {
    document.addEventListener(type, event => {
      if (event.target instanceof HTMLMediaElement) bench.events.push([type, performance.now()])
    }, true)
  }
  bench.happened = type => bench.events.find(([name]) => name === type)?.[1] ?? null

  bench.box = element => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return { left, top, width, height, x: left + width / 2, y: top + height / 2 }
  }

  // Whether a press at the element's middle would reach it, through any number of shadow roots.
  bench.hit = element => {
    const { x, y, width, height } = bench.box(element)
    if (!width || !height) return false
    let top = null
    for (let scope = document; scope; scope = top?.shadowRoot) {
      const inner = scope.elementFromPoint(x, y)
      if (!inner || inner === top) break
      top = inner
    }
    for (let node = top; node; node = node.parentNode ?? node.host) if (node === element) return true
    return false
  }

  // Where a reader would press: the player's own play control, else that of the browser's controls.
  bench.aim = () => {
    const media = bench.media()
    const control = bench.usable === null ? null : bench.control()
    if (control && control !== media) return { ...bench.box(control), own: true }
    const box = bench.box(media)
    const up = media.localName === 'audio' ? box.height / 2 : 45
    return { x: box.left + 28, y: box.top + box.height - up, own: false }
  }

  // Every text that a reader can see in the first player, shadow trees included.
  bench.text = () => {
    const found = []
    const walk = node => {
      if (node.nodeType === Node.TEXT_NODE) return void found.push(node.data.trim())
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (['STYLE', 'SCRIPT', 'TEMPLATE', 'VIDEO', 'AUDIO'].includes(node.nodeName)) return
        if (getComputedStyle(node).display !== 'contents') {
          const seen = node.checkVisibility({ opacityProperty: true, visibilityProperty: true })
          const { width, height } = node.getBoundingClientRect()
          if (!seen || width < 2 || height < 2) return
        }
        if (node.shadowRoot) walk(node.shadowRoot)
        if (node.nodeName === 'SLOT') return node.assignedNodes().forEach(walk)
        if (node.shadowRoot) return
      }
      node.childNodes.forEach(walk)
    }
    const root = bench.root()
    if (root) walk(root)
    return found.filter(Boolean).join(' · ')
  }

  // [elements, of them not the author's, distinct shared style sheets, style elements] of all players.
  bench.census = roots => {
    const sheets = new Set()
    let all = 0
    let light = 0
    let styles = 0
    const walk = (node, shadow) => {
      if (node.nodeType === Node.ELEMENT_NODE) {
        all += 1
        if (!shadow) light += 1
        if (node.nodeName === 'STYLE' && shadow) styles += 1
        if (node.shadowRoot) {
          for (const sheet of node.shadowRoot.adoptedStyleSheets) sheets.add(sheet)
          walk(node.shadowRoot, true)
        }
      }
      node.childNodes.forEach(child => walk(child, shadow))
    }
    roots.forEach(root => walk(root, false))
    return { all, light, sheets: sheets.size, styles }
  }

  // By a protocol binding: waiting for what it says costs the page nothing.
  const say = what => globalThis.__benchSay?.(JSON.stringify({ what, ...bench.aim() }))

  // Looks once a frame until the play control stands, and takes the time of the frame after: it is painted then.
  const look = () => {
    const media = bench.media()
    const control = media && bench.control()
    const stands = control && bench.hit(control)
    // Without the browser's own controls an audio element has no box; then the player's are the first to be seen.
    if (media && bench.painted === null && (stands || bench.box(media).width)) {
      bench.painted = performance.now()
      say('painted')
    }
    if (!stands) return void requestAnimationFrame(look)
    bench.seen = performance.now()
    requestAnimationFrame(() => {
      bench.usable = performance.now()
      say('usable')
    })
  }
  requestAnimationFrame(look)
})()
//# sourceURL=bench-page.js
