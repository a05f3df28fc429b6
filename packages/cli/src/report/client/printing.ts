/** Opens everything that is closed while the page is printed; the style sheet makes pairs of the sliders. */
export function openForPrinting(): void {
  const closed: HTMLDetailsElement[] = [];
  const open = () => {
    for (const image of document.querySelectorAll('img')) image.loading = 'eager';
    for (const details of document.querySelectorAll<HTMLDetailsElement>('details:not([open], .chooser)')) {
      details.open = true;
      closed.push(details);
    }
  };
  const restore = () => {
    for (const details of closed.splice(0)) details.open = false;
  };
  addEventListener('beforeprint', open);
  addEventListener('afterprint', restore);
  matchMedia('print').addEventListener('change', ({ matches }) => (matches ? open() : restore()));
}
