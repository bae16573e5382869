const report = document.querySelector("pre");

document.querySelector("button").addEventListener("click", async () => {
  const answer = await fetch("/api/imports", { method: "POST", body: JSON.stringify({ feeds: 3 }) });
  const { id } = await answer.json();
  let instance;
  do {
    await new Promise((resolve) => setTimeout(resolve, 300));
    instance = await (await fetch(`/api/imports/${id}`)).json();
    report.textContent = JSON.stringify(instance, null, 2);
  } while (!instance.output && !instance.error);
});
