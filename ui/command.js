// A command whose words are never broken, neither at a hyphen nor elsewhere: Streamlit's own block of code breaks `--`
// off its option. The button puts the very text into the clipboard; where the browser keeps that from the page, it
// selects the text.

const SAID = 2000; // ms that the button says what it did

export default function (component) {
  const root = component.parentElement.querySelector(".command");
  const { command } = component.data;
  const code = root.querySelector("code");
  if (code.textContent !== command) code.replaceChildren(...words(command));
  const button = root.querySelector("button");
  button.onclick = async () => {
    const done = await copied(command);
    if (!done) getSelection().selectAllChildren(code);
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => (button.textContent = "Copy"), SAID);
  };
}

function words(command) {
  return command.split(/( +)/).map((text, number) => {
    if (number % 2) return text;
    const word = document.createElement("span");
    word.textContent = text;
    return word;
  });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or no clipboard outside a secure context
  }
}
