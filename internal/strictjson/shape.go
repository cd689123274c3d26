package strictjson

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
)

// target is the type behind pointers, and whether null stops before it.
// json.RawMessage takes everything, which nil says.
func target(t reflect.Type) (_ reflect.Type, nilable bool) {
	for t.Kind() == reflect.Pointer {
		t, nilable = t.Elem(), true
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		return nil, nilable
	}
	return t, nilable
}

// custom reports whether a type reads its own JSON.
func custom(t reflect.Type) bool {
	return t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}

// named reports whether a type reads itself from a string.
func named(t reflect.Type) bool {
	return t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func isAny(t reflect.Type) bool { return t.Kind() == reflect.Interface && t.NumMethod() == 0 }

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

func takesObject(t reflect.Type) bool {
	switch {
	case named(t):
		return false
	case t.Kind() == reflect.Map:
		return t.Key().Kind() == reflect.String && !named(t.Key())
	}
	return t.Kind() == reflect.Struct || isAny(t)
}

func takesArray(t reflect.Type) bool {
	return !named(t) && t.Kind() == reflect.Slice && !isBytes(t) || isAny(t)
}

// takesNull reports whether null is a value of a type, and not the lack of one.
func takesNull(t reflect.Type) bool {
	if t, nilable := target(t); nilable || t == nil || custom(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Map, reflect.Slice:
		return true
	}
	return false
}

// element is the type of an array's elements.
func element(t reflect.Type) reflect.Type {
	if t == nil || isAny(t) {
		return t
	}
	return t.Elem()
}

// member is the type of an object's member, and whether there may be one.
func (r *reader) member(t reflect.Type, key string) (reflect.Type, bool) {
	switch {
	case t == nil || isAny(t):
		return t, true
	case t.Kind() == reflect.Map:
		return t.Elem(), true
	}
	of := fieldsOf(t)
	field, ok := of[key]
	return field, ok
}

// known is what fieldsOf has found. A type never changes, and a program has few.
var known sync.Map // of map[string]reflect.Type, by reflect.Type

// fieldsOf is a struct's members by name.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if of, ok := known.Load(t); ok {
		return of.(map[string]reflect.Type)
	}
	of := findFields(t)
	known.Store(t, of)
	return of
}

func findFields(t reflect.Type) map[string]reflect.Type {
	of := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case !f.IsExported() || tag == "-" || f.Anonymous && name == "":
			continue
		case name == "":
			name = f.Name
		}
		of[name] = f.Type
	}
	return of
}

// text reads a string value.
func (r *reader) text(t reflect.Type) error {
	start := r.pos
	text, err := r.str(t != nil && (named(t) || isBytes(t)))
	switch {
	case err != nil:
		return err
	case t == nil || isAny(t):
		return nil
	case named(t):
		if err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return r.fault(start, "%v", err)
		}
		return nil
	case isBytes(t):
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return r.fault(start, "must be base64")
		}
		return nil
	case t.Kind() == reflect.String && t != reflect.TypeFor[json.Number]():
		return nil
	}
	return r.mismatch(start, t, "a string")
}

// tried reads a value and gives it to a fresh t, which reads its own JSON.
func (r *reader) tried(t reflect.Type) error {
	start := r.pos
	if err := r.value(nil); err != nil {
		return err
	}
	err := reflect.New(t).Interface().(json.Unmarshaler).UnmarshalJSON(r.data[start:r.pos])
	var inner *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inner):
		return &Error{r.pointer() + inner.Pointer, inner.Reason, int64(start) + inner.Offset}
	}
	return r.fault(start, "%v", err)
}

// mismatch is the fault of a sound value in the wrong place.
func (r *reader) mismatch(start int, t reflect.Type, got string) error {
	wanted := ""
	switch {
	case named(t) || isBytes(t):
		wanted = "a string"
	case t == reflect.TypeFor[json.Number]():
		wanted = "a number"
	default:
		switch t.Kind() {
		case reflect.Bool:
			wanted = "true or false"
		case reflect.String:
			wanted = "a string"
		case reflect.Slice:
			wanted = "an array"
		case reflect.Struct, reflect.Map:
			wanted = "an object"
		case reflect.Float32, reflect.Float64:
			wanted = "a number"
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			wanted = "a whole number"
		default:
			return r.fault(start, "cannot be stored: %v is not supported", t)
		}
	}
	return r.fault(start, "must be %s, not %s", wanted, got)
}

// repeated is the fault of a key that is there already.
func (r *reader) repeated(start int, first string) error {
	if key := r.path[len(r.path)-1].key; key != first {
		return r.fault(start, "differs only by case from %q", clip(first))
	}
	return r.fault(start, "is given more than once")
}

// longestMember is longer than the name of any member, in bytes and in whatever
// case.
const longestMember = 256

// unknown is the fault of a key that the type does not have.
func (r *reader) unknown(start int, t reflect.Type) error {
	key := r.path[len(r.path)-1].key
	if len(key) <= longestMember {
		folded := fold(key)
		for name := range fieldsOf(t) {
			if fold(name) == folded {
				return r.fault(start, "is not known, want %q", name)
			}
		}
	}
	return r.fault(start, "is not known")
}
