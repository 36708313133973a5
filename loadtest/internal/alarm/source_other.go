//go:build !linux

package alarm

func newSource() source { return newTimer() }
