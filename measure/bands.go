package measure

import (
	"math"
	"reflect"
	"slices"
)

// Bands gives every estimate of a result the interval that holds the middle share
// (confidence) of its values in other results of the same scenario, with
// other parameters: what an uncertainty of parameters makes of predictions. The
// values stay those of r, which an interval always holds.
//
// A figure that is absent from some of the results has no limit there, as response
// times of an overloaded system: where that reaches into the middle
// share, the figure keeps its value without an interval and Bands counts it.
// Figures that are the same everywhere stay exact.
func Bands(r *Result, drawn []*Result, confidence float64) (without int) {
	if len(drawn) == 0 {
		return 0
	}
	others := make([]reflect.Value, len(drawn))
	for i, d := range drawn {
		others[i] = reflect.ValueOf(d).Elem()
	}
	b := bander{tail: (1 - confidence) / 2, confidence: confidence}
	b.walk(reflect.ValueOf(r).Elem(), others)
	return b.without
}

type bander struct {
	tail, confidence float64
	without          int
}

var estimateType = reflect.TypeFor[Estimate]()

// walk goes down a value and the same part of the others; those that lack the
// part are invalid.
func (b *bander) walk(v reflect.Value, others []reflect.Value) {
	if v.Type() == estimateType {
		b.set(v, others)
		return
	}
	down := func(get func(reflect.Value) reflect.Value) []reflect.Value {
		out := make([]reflect.Value, len(others))
		for i, o := range others {
			if o.IsValid() {
				out[i] = get(o)
			}
		}
		return out
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			b.walk(v.Elem(), down(reflect.Value.Elem))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				b.walk(v.Field(i), down(func(o reflect.Value) reflect.Value { return o.Field(i) }))
			}
		}
	case reflect.Map:
		if v.Type().Elem().Kind() != reflect.Pointer {
			return // plain numbers, and the series
		}
		for _, key := range v.MapKeys() {
			b.walk(v.MapIndex(key), down(func(o reflect.Value) reflect.Value { return o.MapIndex(key) }))
		}
	default:
	}
}

func (b *bander) set(v reflect.Value, others []reflect.Value) {
	e, ok := v.Interface().(Estimate)
	if !ok || !e.Known() || !v.CanSet() {
		return
	}
	values := make([]float64, len(others))
	for i, o := range others {
		values[i] = math.Inf(1)
		if o.IsValid() {
			if x, ok := o.Interface().(Estimate); ok && x.Known() {
				values[i] = x.Value
			}
		}
	}
	slices.Sort(values)
	cut := int(b.tail * float64(len(values)))
	lo, hi := values[cut], values[len(values)-1-cut]
	switch {
	case math.IsInf(hi, 1):
		b.without++
		return
	case hi-lo <= 1e-12*math.Abs(e.Value):
		return
	}
	v.Set(reflect.ValueOf(Between(e.Value, math.Min(lo, e.Value), math.Max(hi, e.Value), b.confidence)))
}
