package simulate

import "github.com/headroom/headroom/internal/rules"

// popularity is how often each of some keys, or partitions, is asked for.
type popularity = rules.Popularity

// mostKeys is how many keys of different popularity can be simulated.
const mostKeys = 20_000_000
