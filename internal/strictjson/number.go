package strictjson

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
)

func (r *reader) number(t reflect.Type) error {
	start := r.pos
	if !r.scanNumber() {
		return r.broken("a value")
	}
	raw := r.data[start:r.pos]
	whole := !bytes.ContainsAny(raw, ".eE")
	text := string(raw)
	n, err := strconv.ParseInt(text, 10, 64)
	if !whole {
		_, err = strconv.ParseFloat(text, 64)
	}
	if err != nil {
		return r.fault(start, "is a number out of range")
	}
	if t == nil || t == reflect.TypeFor[json.Number]() {
		return nil
	}
	if named(t) {
		return r.mismatch(start, t, "a number")
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		low := int64(math.MinInt64) >> (64 - t.Bits())
		return r.within(start, whole, n, low, -(low + 1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		high := int64(math.MaxInt64)
		if t.Bits() < 64 {
			high = 1<<t.Bits() - 1
		}
		return r.within(start, whole, n, 0, high)
	case reflect.Float32, reflect.Float64:
		return r.near(start, whole, n, text, t.Bits())
	}
	if isAny(t) {
		return r.near(start, whole, n, text, 64)
	}
	return r.mismatch(start, t, "a number")
}

// near refuses what a float of so many bits cannot hold; fractions are rounded,
// whole numbers have to fit exactly.
func (r *reader) near(start int, whole bool, n int64, text string, bits int) error {
	f, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return r.fault(start, "is a number out of range")
	}
	if whole && (f >= math.MaxInt64 || int64(f) != n) {
		return r.fault(start, "is a whole number that a float%d cannot hold", bits)
	}
	return nil
}

// within refuses what is no whole number from low to high.
func (r *reader) within(start int, whole bool, n, low, high int64) error {
	if !whole || n < low || n > high {
		return r.fault(start, "must be a whole number from %d to %d", low, high)
	}
	return nil
}

// scanNumber steps over a number as the JSON grammar has it.
func (r *reader) scanNumber() bool {
	r.accept("-")
	if !r.accept("0") && !r.digits() {
		return false
	}
	if r.accept(".") && !r.digits() {
		return false
	}
	if r.accept("eE") {
		r.accept("+-")
		return r.digits()
	}
	return true
}

// accept steps over the next byte if it is one of these.
func (r *reader) accept(these string) bool {
	if r.pos == len(r.data) || bytes.IndexByte([]byte(these), r.data[r.pos]) < 0 {
		return false
	}
	r.pos++
	return true
}

func (r *reader) digits() bool {
	start := r.pos
	for r.accept("0123456789") {
	}
	return r.pos > start
}
