type Child = Node | string | null;

/** Attributes by their names in HTML; what is false or null is left out. */
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** A new element. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A new element of SVG. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
}

/** A button with a text, or with a sign and a text that is read aloud. */
export function button(text: string, onClick: () => void, label: string | null = null): HTMLButtonElement {
  const element = h('button', { type: 'button', 'aria-label': label, title: label }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** A choice of one of several texts. */
export function select(
  label: string,
  choices: readonly (readonly [value: string, text: string])[],
  onChange: (value: string) => void,
): HTMLSelectElement {
  const options = choices.map(([value, text]) => h('option', { value }, text));
  const element = h('select', { 'aria-label': label }, ...options);
  element.addEventListener('change', () => onChange(element.value));
  return element;
}

/** A slider. */
export function range(
  label: string,
  { min = 0, max, value }: { readonly min?: number; readonly max: number; readonly value: number },
  onInput: (value: number) => void,
): HTMLInputElement {
  const element = h('input', { type: 'range', 'aria-label': label, min, max, step: 1, value });
  element.addEventListener('input', () => onInput(element.valueAsNumber));
  return element;
}
