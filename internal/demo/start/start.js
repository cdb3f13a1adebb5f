// Keeps the one-time codes on the page current.
const outputs = [...document.querySelectorAll("output[data-login]")];

async function refresh() {
  try {
    const answer = await fetch("/codes");
    if (!answer.ok) return;
    const codes = await answer.json();
    for (const o of outputs) o.textContent = codes[o.dataset.login] ?? "";
  } catch {
    // The demo has ended; the page keeps what it shows.
  }
}

setInterval(refresh, 3000);
