package strictjson

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Error is the reason not to take a document: the first in reading order.
type Error struct {
	// Pointer is the place in RFC 6901 form, such as /limits/0/tokens; "" is
	// the document as a whole. A member that is unknown or given twice is
	// itself the place. Of a name, the first 256 bytes are shown, and then an
	// ellipsis: it is the sender who says how long a name is.
	Pointer string
	// Reason says what is wrong there, to a reader who sees the pointer too.
	Reason string
	// Offset is the place in bytes from the start of the document.
	Offset int64
}

func (e *Error) Error() string {
	if e.Pointer == "" {
		return "strictjson: " + e.Reason
	}
	return "strictjson: " + e.Pointer + ": " + e.Reason
}

// A step is one level of the path to the value being read.
type step struct {
	key     string
	index   int
	inArray bool
}

// pointer is the path in RFC 6901 form.
func (r *reader) pointer() string {
	var b strings.Builder
	for _, s := range r.path {
		b.WriteByte('/')
		if s.inArray {
			b.WriteString(strconv.Itoa(s.index))
			continue
		}
		key := strings.ReplaceAll(clip(s.key), "~", "~0")
		b.WriteString(strings.ReplaceAll(key, "/", "~1"))
	}
	return b.String()
}

// maxShown is how much of a member's name an error shows, in bytes.
const maxShown = 256

// clip cuts a name between two characters.
func clip(name string) string {
	if len(name) <= maxShown {
		return name
	}
	end := maxShown
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "…"
}

// fault is an error at the value being read.
func (r *reader) fault(offset int, format string, args ...any) error {
	return &Error{Pointer: r.pointer(), Reason: fmt.Sprintf(format, args...), Offset: int64(offset)}
}
