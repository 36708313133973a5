package simulate

import "reflect"

// records is a list that grows a chunk at a time: what is in it never moves, so
// a pointer to it stays good, and a million of them need no second copy of
// themselves to grow.
type records[T any] struct {
	chunks []*[perChunk]T
	n      int32 // in use or used before
}

const (
	chunkBits = 10
	perChunk  = 1 << chunkBits
)

// at is record i, which is there.
func (r *records[T]) at(i int32) *T {
	return &r.chunks[uint32(i)>>chunkBits][uint32(i)%perChunk]
}

// grow adds a record, which is zero, and returns its index. It is rare, and
// would be in the way of what is not.
//
//go:noinline
func (r *records[T]) grow() int32 {
	i := r.n
	if i%perChunk == 0 {
		r.chunks = append(r.chunks, new([perChunk]T))
	}
	r.n++
	return i
}

// apart makes a slice of n that shares no cache line with what others write:
// cores that simulate replications side by side would wait for each other's
// counts without a reason. Memory of 512 bytes or more begins with a line and
// ends with one; only less is packed more closely.
func apart[T any](n int) []T {
	size := int(reflect.TypeFor[T]().Size())
	return make([]T, n, max(n, (512+size-1)/size))
}
