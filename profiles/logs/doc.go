// Package logs reads access logs: who asked for what and when. It knows the
// common and the combined log format, those that are written down for nginx,
// Apache and Envoy, logs of Caddy and of AWS load balancers, lines of JSON and
// recordings of browsers, and makes of them a [measure.Traffic] and, with
// [Scenario], a scenario of the same load.
//
// Memory is bounded: [MaxRequests] requests, so many routes, addresses and
// clients, and lines of [MaxLine] bytes. Lines that cannot be read are counted
// and shown, and are an error when they are many.
package logs
