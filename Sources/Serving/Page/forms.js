// The forms of a card, a choice, a line, a note: sent as one press, made when they are first opened. And what became of it.
import { make, makeButton } from './dom.js';
import { word } from './words.js';

// What became of a press, in words; one that was refused can be put away.
export function pressLine(press, dismiss) {
  const line = make('li', press.state);
  line.append(make('span', '', word(press.state, { what: word(press.verb), why: word(press.why ?? '') })));
  if (press.state === 'refused') {
    const button = makeButton('', () => dismiss(press));
    button.textContent = word('dismiss');
    line.append(button);
  }
  return line;
}

export class PressForm {
  // fields: [{ name, kind: 'choice' | 'line' | 'note', label, choices, isNeeded, suggestions }]
  constructor(fields, confirm, send) {
    this.fields = fields;
    this.confirmWord = confirm;
    this.root = make('form', 'choice');
    this.parts = fields.map((field) => {
      const label = make('label'), name = make('span');
      const input = make(field.kind === 'choice' ? 'select' : field.kind === 'note' ? 'textarea' : 'input');
      input.required = Boolean(field.isNeeded);
      if (field.kind === 'choice') input.append(make('option'), ...field.choices.map(() => make('option')));
      if (field.kind === 'note') { input.maxLength = 1_000; input.rows = 2; }
      if (field.kind === 'line') { input.maxLength = field.max ?? 40; input.autocomplete = 'off'; if (field.list) input.setAttribute('list', field.list); }
      label.append(name, input);
      this.root.append(label);
      return { field, name, input };
    });
    this.confirm = make('button', 'primary');
    this.confirm.type = 'submit';
    this.root.append(this.confirm);
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = {};
      for (const { field, input } of this.parts) {
        const value = input.value.trim();
        if (field.isNeeded && !value) return input.focus();
        body[field.name] = value;
      }
      this.root.hidden = true;
      for (const { input } of this.parts) input.value = '';
      send(body);
    });
    this.root.hidden = true;
    this.write();
  }

  write() {
    for (const { field, name, input } of this.parts) {
      name.textContent = word(field.label);
      if (field.kind !== 'choice') continue;
      input.options[0].value = '';
      input.options[0].textContent = word('choose');
      field.choices.forEach(([value, text, places], at) => {
        input.options[at + 1].value = value;
        input.options[at + 1].textContent = word(text, places);
      });
    }
    this.confirm.textContent = word(this.confirmWord);
  }

  open() { this.root.hidden = false; this.parts[0].input.focus(); }
}
