import "../shell/page.ts";
import "../content/patient.css";
import { startFiles } from "../../island/files/files.ts";
import { startPanel } from "../../island/panel/panel.ts";
import { startParts } from "../../island/parts/parts.ts";
import { startPrint } from "../../island/print/print.ts";

startFiles();
startPanel();
startPrint();
void startParts();
