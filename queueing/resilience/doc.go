// Package resilience says what the ways to live with failures do to load and
// times: retries after a timeout, retries in layers, hedged calls, caches.
//
// All of it is plain numbers, in seconds and per second.
package resilience
