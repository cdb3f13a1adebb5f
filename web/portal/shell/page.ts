import "../../token/token.css";
import "./page.css";
import { startDialogs } from "../../island/dialog/dialog.ts";
import { startKeys } from "../../island/keys/keys.ts";
import { startLock } from "../../island/lock/lock.ts";

startKeys();
startDialogs();
startLock();
document.querySelector<HTMLElement>("[data-focus]")?.focus();
