package emulate

import "sync"

// work counts what is in progress, so that closing can wait for it: requests,
// branches and batches.
type work struct {
	mu       sync.Mutex
	inside   int
	draining bool          // nothing comes in from outside any more
	closed   bool          // nothing begins any more
	idle     chan struct{} // closed when draining and nothing is in progress
}

func newWork() *work { return &work{idle: make(chan struct{})} }

// admit begins a request; one from outside is not taken when draining.
func (w *work) admit(inside bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.draining && !inside {
		return false
	}
	w.inside++
	return true
}

// begin begins something that work in progress made.
func (w *work) begin() bool { return w.admit(true) }

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside--
	w.settle()
}

// settle tells the closer when all is done. The lock is held.
func (w *work) settle() {
	if w.draining && !w.closed && w.inside == 0 {
		w.closed = true
		close(w.idle)
	}
}

// drain lets nothing more in from outside and returns what is closed when
// nothing is in progress any more.
func (w *work) drain() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.draining = true
	w.settle()
	return w.idle
}
