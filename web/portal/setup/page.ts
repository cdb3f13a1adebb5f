import "../shell/page.ts";
import "./page.css";
