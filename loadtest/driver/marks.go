package driver

import (
	"context"
	"maps"
)

type marks struct{}

// Mark returns a context under which a request tells an emulated system one
// thing more, by a header of that name. Drivers of real systems do not send it.
func Mark(ctx context.Context, name, value string) context.Context {
	all := maps.Clone(Marks(ctx))
	if all == nil {
		all = map[string]string{}
	}
	all[name] = value
	return context.WithValue(ctx, marks{}, all)
}

// Marks are what [Mark] put there, by name of the header; nobody changes them.
func Marks(ctx context.Context) map[string]string {
	all, _ := ctx.Value(marks{}).(map[string]string)
	return all
}
