package measure

import (
	"cmp"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// notFinite finds the first figure of r that is NaN or infinite, and its path
// in the JSON form. In [Values] NaN stands for "not known" and is allowed.
func notFinite(r *Result) (path string, value float64) {
	return findNotFinite(reflect.ValueOf(r), "")
}

func findNotFinite(v reflect.Value, path string) (string, float64) {
	switch v.Kind() {
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return path, f
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return findNotFinite(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				if p, x := findNotFinite(v.Field(i), join(path, jsonName(f))); p != "" {
					return p, x
				}
			}
		}
	case reflect.Map:
		for _, k := range sortedMapKeys(v) {
			if p, x := findNotFinite(v.MapIndex(k), join(path, k.String())); p != "" {
				return p, x
			}
		}
	case reflect.Slice:
		series := v.Type() == reflect.TypeFor[Values]()
		for i := range v.Len() {
			p, x := findNotFinite(v.Index(i), path+"["+strconv.Itoa(i)+"]")
			if p != "" && !(series && math.IsNaN(x)) {
				return p, x
			}
		}
	}
	return "", 0
}

func sortedMapKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	return keys
}

// jsonName is the name of a field in JSON; the fields of an [Estimate], which
// writes itself, go by their Go names in lower case.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return strings.ToLower(f.Name)
	}
	return name
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
