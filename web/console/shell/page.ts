import "../../token/token.css";
import "../../portal/shell/page.css";
import "../../portal/signin/page.css";
import "./page.css";
import { startDialogs } from "../../island/dialog/dialog.ts";

startDialogs();
