// Small words for elements. Everything from outside goes in through textContent.
export const at = (id) => document.getElementById(id);

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function makeButton(className, press) {
  const button = make('button', className);
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}

// Writes only what has changed: two hundred cards are looked at every second.
export function put(element, text) { if (element.textContent !== text) element.textContent = text; }

// A shape in the name space of the page's own empty drawing.
export function makeShape(tag, attributes) {
  const shape = document.createElementNS(at('shapes').namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}
