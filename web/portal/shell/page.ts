import "../../token/token.css";
import "./page.css";
import { startDialogs } from "../../island/dialog/dialog.ts";
import { startKeys } from "../../island/keys/keys.ts";

startKeys();
startDialogs();
document.querySelector<HTMLElement>("[data-focus]")?.focus();
