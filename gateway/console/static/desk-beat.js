// Timers of pages in the background run once a minute, too slow for a lease; those of workers do not.
setInterval(() => postMessage("beat"), 12000);
