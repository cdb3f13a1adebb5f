import "../shell/page.ts";
import { startPasskeys } from "../../island/passkey/passkey.ts";

startPasskeys();
