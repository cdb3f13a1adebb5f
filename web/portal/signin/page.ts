import "../shell/page.ts";
import "./page.css";
import { tellSignedOut } from "../../island/lock/lock.ts";
import { startPasskeys } from "../../island/passkey/passkey.ts";

startPasskeys();
tellSignedOut();
