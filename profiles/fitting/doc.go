// Package fitting finds the distributions of the language that fit what was
// measured: by maximum likelihood from samples, by least squares from
// percentiles.
//
// It works on plain numbers, in seconds or counts, and reads nothing but what it
// is given.
package fitting
