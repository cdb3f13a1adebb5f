import "../shell/page.ts";
import "./page.css";

// A cell shows at once what it will be when the form is sent.
document.querySelector("form[data-island=release]")?.addEventListener("change", (e) => {
	const box = e.target as HTMLInputElement;
	if (box.type === "checkbox") {
		box.closest(".cell")?.classList.toggle("allowed", box.checked);
	}
});
