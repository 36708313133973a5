package capacity

import "context"

// killedContext is the context of a process that only a signal ends.
func killedContext() context.Context { return context.Background() }
