package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// maxDepth is how many objects and arrays may stand in one another (ruling R14).
const maxDepth = 64

// maxMembers is how many members an object may have: each is kept until its end,
// to be compared with.
const maxMembers = 10_000

// Check reads a document without storing anything. It refuses, with an
// [*Error],
//
//   - what is not one JSON value: nothing, broken text, a second value behind;
//   - a member given twice in an object, also when the two differ only by
//     case, under the folding that encoding/json matches with (the long s is
//     an s, the Kelvin sign a k);
//   - bytes that are not UTF-8, and \u escapes that are half a surrogate pair;
//   - control characters, written out or escaped, other than escaped tab, line
//     feed and carriage return;
//   - a whole number beyond int64, and any other number beyond float64;
//   - more than 64 objects and arrays in one another;
//   - an object with more than 10,000 members.
func Check(data []byte) error {
	r := reader{data: data}
	return r.document(nil)
}

// Unmarshal checks a document like [Check], holds it against the type of into,
// and only then stores it there as encoding/json does. Beyond Check it refuses
//
//   - members that the type does not have in exactly that spelling;
//   - values of another kind: a number in quotes, a fraction for a whole
//     number, a number that does not fit;
//   - a whole number that a float64 cannot hold exactly, where it would become
//     one (a float field, or any);
//   - a list with more entries than the method MaxEntries() int of its type
//     says, if it has one.
//
// null is taken everywhere and stores nothing, or nil, as in encoding/json. Only
// a type that reads its own JSON, not behind a pointer, may refuse it, and a map
// of texts, numbers, bools or structs does: there it would store an empty one.
//
// into is a pointer, not nil. Below it there may be structs, pointers, slices,
// maps with string keys, strings, bools, numbers, [json.RawMessage],
// [json.Number], any, and types with an UnmarshalJSON or UnmarshalText, which
// is called once to try and once to store; an [*Error] that it returns is taken
// to be about its own part of the document. There is no place for embedded
// structs (their members are unknown), arrays and the option ",string". A
// uint64 goes up to the largest int64.
func Unmarshal(data []byte, into any) error {
	t := reflect.TypeOf(into)
	if t == nil || t.Kind() != reflect.Pointer || reflect.ValueOf(into).IsNil() {
		return &Error{Reason: fmt.Sprintf("cannot store into %T, want a pointer that is not nil", into)}
	}
	r := reader{data: data}
	if err := r.document(t.Elem()); err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &Error{Reason: err.Error()}
	}
	return nil
}
