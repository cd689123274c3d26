package strictjson

import "reflect"

// maxEntries is how long a list of a type may be, if it says so.
func maxEntries(t reflect.Type) (int, bool) {
	if t == nil || t.Kind() != reflect.Slice {
		return 0, false
	}
	list, ok := reflect.Zero(t).Interface().(interface{ MaxEntries() int })
	if !ok {
		return 0, false
	}
	return list.MaxEntries(), true
}

// longer reports whether the array that data begins with has more than most
// entries. It looks at no more of them, and makes nothing of any; whether they
// are sound is for others to find out.
func longer(data []byte, most int) bool {
	n, depth, text := 0, 0, false
	for i := 0; i < len(data) && n < most; i++ {
		switch c := data[i]; {
		case text:
			if c == '\\' {
				i++
			}
			text = c != '"'
		case c == '"':
			text = true
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return false
			}
		case c == ',' && depth == 1:
			n++ // one more begins
		}
	}
	return n == most
}
