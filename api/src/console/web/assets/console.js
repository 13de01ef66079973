// @ts-check
/**
 * The console works without scripts; this makes it quicker: what belongs to a choice shows at once, rows come and go without a
 * new page, the theme can be chosen, menus close by themselves.
 */
import { form } from "./console/form.js";
import { menus } from "./console/menus.js";
import { themes } from "./console/theme-choice.js";
import { filters, dialogs } from "./console/lists.js";
import { copying, files } from "./console/copying.js";

menus();
themes();
filters();
dialogs();
copying(document);
files();
form();
