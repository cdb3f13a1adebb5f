import "../shell/page.ts";
