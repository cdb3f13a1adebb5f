import "../shell/page.ts";
import "./page.css";
import { startPasskeys } from "../../island/passkey/passkey.ts";

startPasskeys();
