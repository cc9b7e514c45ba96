// What a page is like to its reader, as data. Run in the page by the test; the page itself has no script.
() => {
  const all = [...document.querySelectorAll("body, body *")];
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const contrast = (colour) => {
    const [dark, bright] = [light(colour), light(ground)].sort((one, other) => one - other);
    return (bright + 0.05) / (dark + 0.05);
  };
  const says = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const shown = all.filter((one) => one.checkVisibility());
  const colours = shown.filter(says).map((one) => {
    const style = getComputedStyle(one);
    return one instanceof SVGElement ? style.fill : style.color;
  });
  const drawn = shown.filter((one) => one.matches(".chart rect")).map((one) => getComputedStyle(one).fill);
  const name = (one) => `${one.tagName.toLowerCase()}.${one.className.baseVal ?? one.className}`;
  return {
    width: document.documentElement.scrollWidth,
    beyond: shown.filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".wide")).map(name),
    ground,
    // 4.5 is what WCAG asks of texts, 3 of what is drawn.
    pale: [...new Set(colours)].filter((colour) => contrast(colour) < 4.5),
    faint: [...new Set(drawn)].filter((colour) => contrast(colour) < 3),
    tags: [...new Set([...document.querySelectorAll("*")].map((one) => one.tagName.toLowerCase()))],
    headings: all.filter((one) => /^H[1-6]$/.test(one.tagName)).map((one) => Number(one.tagName[1])),
    landmarks: all.filter((one) => /^(MAIN|FOOTER)$/.test(one.tagName)).map((one) => one.tagName.toLowerCase()),
    nameless: all.filter((one) => one.matches("svg:not([aria-hidden]), [role=region]") && !one.ariaLabel).map(name),
    unheaded: all.filter((one) => one.matches("table") && !one.querySelector("th") && one.rows.length > 1).map(name),
    language: document.documentElement.lang,
    title: document.title,
    text: document.body.textContent,
  };
}
