/* Copying: a button beside what is to be copied, where the browser lets it. The words are the page's own. */
for (const button of navigator.clipboard ? document.querySelectorAll(".copy") : []) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}
