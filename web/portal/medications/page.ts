import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startCourses } from "../../island/courses/courses.ts";
import { startParts } from "../../island/parts/parts.ts";
import { startPrint } from "../../island/print/print.ts";

startCourses();
startPrint();
void startParts();
