package statement

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/modelward/modelward/modelservice"
)

// kind says what can be compared with what.
type kind uint8

const (
	kindOther kind = iota // nothing compares with it
	kindText
	kindNumber
	kindTime
	kindNull // NULL itself, which compares with everything
)

// kinded are the types that are compared.
var kinded = map[string]kind{
	"STRING": kindText, "INT": kindNumber, "BIGINT": kindNumber, "DOUBLE": kindNumber, "TIMESTAMP": kindTime,
}

// A value is an operand that is ready to be asked for: a constant, or what of
// finds in the row.
type value struct {
	kind     kind
	typ      string // as errors name it
	constant any    // string, *number or time.Time; nil for NULL and for columns
	column   int    // -1 for constants
	key      *string
}

// of returns nil for NULL, and otherwise a string, int64, float64, *number,
// time.Time, or what a column of another kind holds.
func (v value) of(s *scan) any {
	switch {
	case v.column < 0:
		return v.constant
	case v.key == nil:
		return s.at(v.column)
	}
	if m, ok := s.at(v.column).(map[string]string); ok {
		if element, ok := m[*v.key]; ok {
			return element
		}
	}
	return nil
}

// value prepares an operand.
func (s *scan) value(o Operand) (value, error) {
	switch o := o.(type) {
	case Field:
		return s.field(o)
	case Now:
		return value{kindTime, "TIMESTAMP", s.ago(o), -1, nil}, nil
	case Literal:
		switch o.Type {
		case "STRING":
			return value{kindText, o.Type, o.Text, -1, nil}, nil
		case "NUMBER":
			n, err := newNumber(o.Text)
			if err != nil {
				return value{}, err
			}
			return value{kindNumber, n.typ, n, -1, nil}, nil
		case "TIMESTAMP":
			t, ok := parseTime(o.Text)
			if !ok {
				return value{}, sparkError("INVALID_TYPED_LITERAL", "42604", "The value of the typed literal \"TIMESTAMP\" is invalid: %s.", quoteText(clip(o.Text)))
			}
			return value{kindTime, o.Type, t, -1, nil}, nil
		}
	}
	return value{kindNull, "VOID", nil, -1, nil}, nil
}

func (s *scan) field(f Field) (value, error) {
	i, err := s.want(f.Column)
	if err != nil {
		return value{}, err
	}
	typ := s.columns[i].Type
	v := value{kind: kinded[typ], typ: typ, column: i, key: f.Key}
	if f.Key == nil {
		return v, nil
	}
	if v.typ != "MAP<STRING,STRING>" {
		return value{}, sparkError("INVALID_EXTRACT_BASE_FIELD_TYPE", "42000", "Can't extract a value from %s. Need a complex type [MAP] but got %q.", Quote(f.Column), v.typ)
	}
	v.kind, v.typ = kindText, "STRING"
	return v, nil
}

// pair prepares two operands that are compared with each other. A text that
// stands for a number or a time becomes one.
func (s *scan) pair(c Condition, left, right Operand) (l, r value, err error) {
	if l, err = s.value(left); err != nil {
		return l, r, err
	}
	if r, err = s.value(right); err != nil {
		return l, r, err
	}
	switch {
	case l.kind == kindNull || r.kind == kindNull:
		return l, r, nil
	case l.kind == kindText && l.column < 0:
		l, err = l.cast(r)
	case r.kind == kindText && r.column < 0:
		r, err = r.cast(l)
	}
	if err == nil && l.kind == kindOther && l.typ == r.typ {
		err = mismatch("INVALID_ORDERING_TYPE", c, fmt.Sprintf("the type %q cannot be compared", l.typ))
	} else if err == nil && l.kind != r.kind {
		err = mismatch("BINARY_OP_DIFF_TYPES", c, fmt.Sprintf("the left and right operands of the binary operator have incompatible types (%q and %q)", l.typ, r.typ))
	}
	return l, r, err
}

// cast turns a text into a constant of the kind that it is compared with.
func (v value) cast(with value) (value, error) {
	text := strings.TrimSpace(v.constant.(string))
	ok := true
	switch with.kind {
	case kindNumber:
		var n *number
		if n, ok = numberFrom(text, with.typ); ok {
			return value{kindNumber, with.typ, n, -1, nil}, nil
		}
	case kindTime:
		var t time.Time
		if t, ok = parseTime(text); ok {
			return value{kindTime, with.typ, t, -1, nil}, nil
		}
	}
	if !ok {
		return v, sparkError("CAST_INVALID_INPUT", "22018", "The value %s of the type \"STRING\" cannot be cast to %q because it is malformed.",
			quoteText(clip(v.constant.(string))), with.typ)
	}
	return v, nil
}

// compare orders two values of one kind, of which none is NULL.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b)
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b)
		}
	}
	return compareNumbers(a, b)
}

// mismatch is the error for operands that do not go together.
func mismatch(word string, c Condition, why string) error {
	return sparkError("DATATYPE_MISMATCH."+word, "42K09", "Cannot resolve \"(%s)\" due to data type mismatch: %s.", clip(c.String()), why)
}

// sparkError is a refusal with Spark's error condition.
func sparkError(word, state, format string, args ...any) error {
	return &modelservice.Error{Code: modelservice.CodeBadRequest,
		Message: fmt.Sprintf("[%s] %s SQLSTATE: %s", word, fmt.Sprintf(format, args...), state)}
}
