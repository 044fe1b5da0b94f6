// Elements made of text and attributes: nothing a user brings in is ever read as markup.

export function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Listens until `signal` aborts, so that one call takes all listeners off.
export function listen(target, signal, handlers) {
  for (const [name, handler] of Object.entries(handlers)) target.addEventListener(name, handler, { signal });
}

export const between = (value, low, high) => Math.max(low, Math.min(high, value));
