// @ts-check
/* The last page of the connect service: the window that opened it has noticed already, so this one goes. */
window.close();
