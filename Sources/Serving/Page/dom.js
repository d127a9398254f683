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

// Puts the children of a list into an order without moving the one in which somebody types or is about to press: an element that
// is moved loses the focus, and what is being typed goes nowhere.
export function arrange(list, wanted) {
  const middle = wanted.findIndex((element) => element.parentNode === list && element.contains(document.activeElement));
  if (middle < 0) {
    wanted.forEach((element, place) => { if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null); });
    return;
  }
  for (let place = middle - 1; place >= 0; place -= 1) if (wanted[place].nextElementSibling !== wanted[place + 1]) list.insertBefore(wanted[place], wanted[place + 1]);
  for (let place = middle + 1; place < wanted.length; place += 1) if (wanted[place].previousElementSibling !== wanted[place - 1]) wanted[place - 1].after(wanted[place]);
}

// A shape in the name space of the page's own empty drawing.
export function makeShape(tag, attributes) {
  const shape = document.createElementNS(at('shapes').namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}
