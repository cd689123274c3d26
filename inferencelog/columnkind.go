package inferencelog

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Each function here makes a column of one kind from its name and the field it lives in.

func text(name string, field func(*Record) *string) column {
	return column{Column{name, "STRING"},
		func(r *Record) any {
			if s := *field(r); s != "" {
				return s
			}
			return nil
		},
		func(r *Record, v any) bool {
			s, ok := asText(v)
			if ok {
				*field(r) = s
			}
			return ok
		},
		func(dst []byte, r *Record) []byte {
			if s := *field(r); s != "" {
				return appendJSONText(dst, s)
			}
			return append(dst, "null"...)
		}}
}

func payload(name string, field func(*Record) *[]byte) column {
	return column{Column{name, "STRING"},
		func(r *Record) any {
			if b := *field(r); b != nil {
				return string(b)
			}
			return nil
		},
		func(r *Record, v any) bool {
			switch v := v.(type) {
			case nil:
				*field(r) = nil
			case []byte:
				*field(r) = v
			case string:
				*field(r) = []byte(v)
			default:
				return false
			}
			return true
		},
		func(dst []byte, r *Record) []byte {
			if b := *field(r); b != nil {
				return appendJSONBytes(dst, b)
			}
			return append(dst, "null"...)
		}}
}

func tags(name string, field func(*Record) *map[string]string) column {
	return column{Column{name, "MAP<STRING,STRING>"},
		func(r *Record) any {
			if m := *field(r); m != nil {
				return m
			}
			return nil
		},
		func(r *Record, v any) bool {
			m, ok := v.(map[string]string)
			if ok || v == nil {
				*field(r) = m
				return true
			}
			return false
		},
		func(dst []byte, r *Record) []byte {
			m := *field(r)
			if m == nil {
				return append(dst, "null"...)
			}
			dst = append(dst, '{')
			if len(m) == 1 { // as most are; sorting takes memory
				for k, v := range m {
					dst = append(appendJSONText(dst, k), ':')
					dst = appendJSONText(dst, v)
				}
				return append(dst, '}')
			}
			for i, k := range slices.Sorted(maps.Keys(m)) {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = append(appendJSONText(dst, k), ':')
				dst = appendJSONText(dst, m[k])
			}
			return append(dst, '}')
		}}
}

func list(name string, field func(*Record) *[]string) column {
	return column{Column{name, "ARRAY<STRING>"},
		func(r *Record) any {
			if l := *field(r); l != nil {
				return l
			}
			return nil
		},
		func(r *Record, v any) bool {
			l, ok := v.([]string)
			if ok || v == nil {
				*field(r) = l
				return true
			}
			return false
		},
		func(dst []byte, r *Record) []byte {
			l := *field(r)
			if l == nil {
				return append(dst, "null"...)
			}
			dst = append(dst, '[')
			for i, s := range l {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = appendJSONText(dst, s)
			}
			return append(dst, ']')
		}}
}

func timestamp(name string, field func(*Record) *time.Time) column {
	return column{Column{name, "TIMESTAMP"},
		func(r *Record) any {
			if t := *field(r); !t.IsZero() {
				return t.UTC().Truncate(time.Microsecond)
			}
			return nil
		},
		func(r *Record, v any) bool {
			t, ok := v.(time.Time)
			if ok || v == nil {
				*field(r) = t
				return true
			}
			return false
		},
		func(dst []byte, r *Record) []byte {
			t := *field(r)
			if t.IsZero() {
				return append(dst, "null"...)
			}
			dst = append(dst, '"')
			return append(AppendTime(dst, t), '"')
		}}
}

// integer is an INT whose zero stands for something else: for def, or for null when def is 0.
func integer(name string, def int, field func(*Record) *int) column {
	value := func(r *Record) int64 {
		if n := *field(r); n != 0 {
			return int64(n)
		}
		return int64(def)
	}
	return column{Column{name, "INT"},
		func(r *Record) any {
			if n := value(r); n != 0 {
				return n
			}
			return nil
		},
		func(r *Record, v any) bool {
			n, ok := asInt(v)
			if ok {
				*field(r) = int(n.Int)
			}
			return ok
		},
		func(dst []byte, r *Record) []byte {
			if n := value(r); n != 0 {
				return strconv.AppendInt(dst, n, 10)
			}
			return append(dst, "null"...)
		}}
}

func bigint(name string, field func(*Record) *int64) column {
	return column{Column{name, "BIGINT"},
		func(r *Record) any { return *field(r) },
		func(r *Record, v any) bool {
			n, ok := asInt(v)
			if ok {
				*field(r) = n.Int
			}
			return ok
		},
		func(dst []byte, r *Record) []byte { return strconv.AppendInt(dst, *field(r), 10) }}
}

// size is the length of a body as it was sent or received; of one that is as it was, it need not have been said.
func size(name string, field func(*Record) (*int64, []byte)) column {
	value := func(r *Record) int64 {
		said, body := field(r)
		if *said == 0 {
			return int64(len(body))
		}
		return *said
	}
	return column{Column{name, "BIGINT"},
		func(r *Record) any { return value(r) },
		func(r *Record, v any) bool {
			n, ok := asInt(v)
			if ok {
				said, _ := field(r)
				*said = n.Int
			}
			return ok
		},
		func(dst []byte, r *Record) []byte { return strconv.AppendInt(dst, value(r), 10) }}
}

func nullable(name string, field func(*Record) *NullInt) column {
	return column{Column{name, "BIGINT"},
		func(r *Record) any {
			if n := *field(r); n.Valid {
				return n.Int
			}
			return nil
		},
		func(r *Record, v any) bool {
			n, ok := asInt(v)
			if ok {
				*field(r) = n
			}
			return ok
		},
		func(dst []byte, r *Record) []byte { return appendNullInt(dst, *field(r)) }}
}

func appendNullInt(dst []byte, n NullInt) []byte {
	if !n.Valid {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, n.Int, 10)
}

// fraction is a DOUBLE between 0 and 1 whose zero stands for 1. Whatever lies outside is 1 as well, NaN too, which no
// JSON number can be.
func fraction(name string, field func(*Record) *float64) column {
	value := func(r *Record) float64 {
		if f := *field(r); f > 0 && f < 1 {
			return f
		}
		return 1
	}
	return column{Column{name, "DOUBLE"},
		func(r *Record) any { return value(r) },
		func(r *Record, v any) bool {
			f, ok := v.(float64)
			if ok || v == nil {
				*field(r) = f
				return true
			}
			return false
		},
		func(dst []byte, r *Record) []byte { return strconv.AppendFloat(dst, value(r), 'g', -1, 64) }}
}

func attempts(name string) column {
	return column{Column{name, "STRING"},
		func(r *Record) any {
			if r.Attempts == nil {
				return nil
			}
			return string(appendAttempts(nil, r.Attempts))
		},
		func(r *Record, v any) bool {
			s, ok := asText(v)
			if !ok {
				return false
			}
			r.Attempts = nil
			return s == "" || json.Unmarshal([]byte(s), &r.Attempts) == nil
		},
		func(dst []byte, r *Record) []byte {
			if r.Attempts == nil {
				return append(dst, "null"...)
			}
			return appendAttempts(dst, r.Attempts)
		}}
}

func draw(name string) column {
	return column{Column{name, "STRING"},
		func(r *Record) any {
			if !r.Drawn {
				return nil
			}
			return strconv.FormatUint(r.Draw, 10)
		},
		func(r *Record, v any) bool {
			s, ok := asText(v)
			if !ok {
				return false
			}
			r.Draw, r.Drawn = 0, false
			if s == "" {
				return true
			}
			n, err := strconv.ParseUint(s, 10, 64)
			if err != nil {
				return false
			}
			r.Draw, r.Drawn = n, true
			return true
		},
		func(dst []byte, r *Record) []byte {
			if !r.Drawn {
				return append(dst, "null"...)
			}
			dst = append(dst, '"')
			return append(strconv.AppendUint(dst, r.Draw, 10), '"')
		}}
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

func asInt(v any) (NullInt, bool) {
	switch v := v.(type) {
	case nil:
		return NullInt{}, true
	case int64:
		return Known(v), true
	case int:
		return Known(int64(v)), true
	}
	return NullInt{}, false
}
