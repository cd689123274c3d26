package strictjson

import "reflect"

// A reader walks one document. Its methods take the type that the value is to
// be stored in; nil stands for no wish at all, and goes down to all parts.
type reader struct {
	data []byte
	pos  int
	path []step
}

func (r *reader) document(t reflect.Type) error {
	if r.peek() == 0 && r.pos == len(r.data) {
		return r.fault(r.pos, "the document is empty")
	}
	if err := r.value(t); err != nil {
		return err
	}
	if r.peek(); r.pos < len(r.data) {
		return r.fault(r.pos, "the document has data behind its value")
	}
	return nil
}

// peek skips white space and answers the next byte, 0 at the end.
func (r *reader) peek() byte {
	for ; r.pos < len(r.data); r.pos++ {
		switch c := r.data[r.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// value reads any value.
func (r *reader) value(t reflect.Type) error {
	c := r.peek()
	if t != nil {
		var nilable bool
		t, nilable = target(t)
		if custom(t) && (c != 'n' || !nilable) {
			return r.tried(t)
		}
	}
	switch c {
	case '{':
		return r.object(t)
	case '[':
		return r.array(t)
	case '"':
		return r.text(t)
	case 't':
		return r.literal("true", t)
	case 'f':
		return r.literal("false", t)
	case 'n':
		return r.literal("null", nil)
	}
	return r.number(t)
}

func (r *reader) object(t reflect.Type) error {
	start := r.pos
	switch err := r.enter(); {
	case err != nil:
		return err
	case t != nil && !takesObject(t):
		return r.mismatch(start, t, "an object")
	}
	if r.peek() == '}' {
		r.pos++
		return nil
	}
	seen := make(map[string]string)
	for {
		if r.peek() != '"' {
			return r.broken("a member's name")
		}
		start := r.pos
		key, err := r.str(true)
		if err != nil {
			return err
		}
		r.path = append(r.path, step{key: key})
		if len(seen) == maxMembers {
			return r.fault(start, "is one member more than the %d that an object may have", maxMembers)
		}
		folded := fold(key)
		if first, again := seen[folded]; again {
			return r.repeated(start, first)
		}
		seen[folded] = key
		wanted, ok := r.member(t, key)
		if !ok {
			return r.unknown(start, t)
		}
		if r.peek() != ':' {
			return r.broken("a colon")
		}
		r.pos++
		if err := r.entry(t, wanted); err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		if done, err := r.next('}'); done || err != nil {
			return err
		}
	}
}

// entry reads the value of a member. Of a map, each is one that is given: null
// would store what was not.
func (r *reader) entry(of, t reflect.Type) error {
	if of == nil || of.Kind() != reflect.Map || r.peek() != 'n' || takesNull(t) {
		return r.value(t)
	}
	start := r.pos
	if err := r.literal("null", nil); err != nil {
		return err
	}
	return r.mismatch(start, t, "null")
}

func (r *reader) array(t reflect.Type) error {
	start := r.pos
	switch err := r.enter(); {
	case err != nil:
		return err
	case t != nil && !takesArray(t):
		return r.mismatch(start, t, "an array")
	}
	if r.peek() == ']' {
		r.pos++
		return nil
	}
	if most, bounded := maxEntries(t); bounded && longer(r.data[start:], most) {
		return r.fault(start, "must have at most %d entries", most)
	}
	for i := 0; ; i++ {
		r.path = append(r.path, step{index: i, inArray: true})
		if err := r.value(element(t)); err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		if done, err := r.next(']'); done || err != nil {
			return err
		}
	}
}

// enter steps over an opening bracket.
func (r *reader) enter() error {
	if len(r.path) == maxDepth {
		return r.fault(r.pos, "is nested deeper than %d levels", maxDepth)
	}
	r.pos++
	return nil
}

// next steps over a comma or the closing bracket.
func (r *reader) next(closing byte) (done bool, err error) {
	switch c := r.peek(); c {
	case closing, ',':
		r.pos++
		return c == closing, nil
	}
	return false, r.broken("a comma or a closing bracket")
}

func (r *reader) literal(word string, t reflect.Type) error {
	start := r.pos
	if len(r.data)-r.pos < len(word) || string(r.data[r.pos:r.pos+len(word)]) != word {
		return r.broken("a value")
	}
	r.pos += len(word)
	if t != nil && !isAny(t) && (t.Kind() != reflect.Bool || named(t)) {
		return r.mismatch(start, t, word)
	}
	return nil
}

// broken is the fault of text that is not JSON.
func (r *reader) broken(wanted string) error {
	if r.pos >= len(r.data) {
		return r.fault(r.pos, "the document ends where %s should be", wanted)
	}
	return r.fault(r.pos, "is not valid JSON: want %s at byte %d", wanted, r.pos)
}
