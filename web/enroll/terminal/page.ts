import "../../portal/shell/page.ts";
import "./page.css";
