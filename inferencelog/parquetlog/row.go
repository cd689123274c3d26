package parquetlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/modelward/modelward/inferencelog"
)

// A row in a spool is its columns in their order, each beginning with a length that is 0 for null:
//
//	text         length + 1, bytes
//	number       1, varint
//	double       1, 8 bytes
//	map, list    entries + 1, and for each (key and value, or element) length, bytes

// appendRow appends a row. Text that is not valid UTF-8 is mended, because Parquet has no other.
func (s *shape) appendRow(dst []byte, r *inferencelog.Record) []byte {
	for i := range s.columns {
		dst = s.columns[i].appendCell(dst, r)
	}
	return dst
}

func (c *column) appendCell(dst []byte, r *inferencelog.Record) []byte {
	switch {
	case c.body != nil:
		body := c.body(r)
		if body == nil {
			return append(dst, 0)
		}
		if !valid(body) {
			body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
		}
		return append(binary.AppendUvarint(dst, uint64(len(body))+1), body...)
	case c.text != nil:
		return appendNullable(dst, c.text(r))
	case c.number != nil:
		n := c.number(r)
		if !n.Valid {
			return append(dst, 0)
		}
		return binary.AppendVarint(append(dst, 1), n.Int)
	case c.kind == kindTime && !r.EventTime.IsZero():
		return binary.AppendVarint(append(dst, 1), r.EventTime.UnixMicro())
	}
	switch v := r.Value(c.Name).(type) {
	case string:
		return appendNullable(dst, v)
	case int64:
		return binary.AppendVarint(append(dst, 1), v)
	case float64:
		return binary.LittleEndian.AppendUint64(append(dst, 1), math.Float64bits(v))
	case map[string]string:
		v = mend(v)
		dst = binary.AppendUvarint(dst, uint64(len(v))+1)
		keys := make([]string, 0, 8)
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			dst = appendText(appendText(dst, key), v[key])
		}
		return dst
	case []string:
		dst = binary.AppendUvarint(dst, uint64(len(v))+1)
		for _, element := range v {
			dst = appendText(dst, element)
		}
		return dst
	}
	return append(dst, 0)
}

// appendNullable appends a text that is null when it is empty.
func appendNullable(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, 0)
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return append(binary.AppendUvarint(dst, uint64(len(s))+1), s...)
}

// valid is utf8.Valid, faster on what nearly all payloads are: ASCII for the most part.
func valid(b []byte) bool {
	const top = 0x8080808080808080
	for len(b) >= 32 {
		word := binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) |
			binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
		if word&top != 0 {
			break
		}
		b = b[32:]
	}
	return utf8.Valid(b)
}

// mend returns the map with valid keys: the same map when there is nothing to mend.
func mend(m map[string]string) map[string]string {
	for key := range m {
		if !utf8.ValidString(key) {
			mended := make(map[string]string, len(m))
			for key, value := range m {
				mended[strings.ToValidUTF8(key, "\uFFFD")] = value
			}
			return mended
		}
	}
	return m
}

func appendText(dst []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

var errRow = errors.New("parquetlog: damaged row")

// cell is one column of one row as a spool has it.
type cell struct {
	null  bool
	text  []byte // text, or the entries of a map or a list
	bits  uint64 // a number, or those of a double
	count int    // entries
}

// next returns the next cell of a row, and the rest of the row. The cell shares its memory.
func (k kind) next(row []byte) (c cell, rest []byte, err error) {
	head, row, err := uvarint(row)
	switch {
	case err != nil:
		return cell{}, nil, err
	case head == 0:
		return cell{null: true}, row, nil
	}
	switch k {
	case kindText, kindJSON:
		c.text, rest, err = take(row, head-1)
		return c, rest, err
	case kindDouble:
		b, rest, err := take(row, 8)
		if err != nil {
			return cell{}, nil, err
		}
		return cell{bits: binary.LittleEndian.Uint64(b)}, rest, nil
	case kindMap, kindList:
		return entries(k, row, head-1)
	}
	n, size := binary.Varint(row)
	if size <= 0 {
		return cell{}, nil, errRow
	}
	return cell{bits: uint64(n)}, row[size:], nil
}

func entries(k kind, row []byte, count uint64) (cell, []byte, error) {
	if count > uint64(len(row)) {
		return cell{}, nil, errRow
	}
	texts := int(count)
	if k == kindMap {
		texts *= 2
	}
	rest := row
	for range texts {
		var err error
		if _, rest, err = takeText(rest); err != nil {
			return cell{}, nil, err
		}
	}
	return cell{text: row[:len(row)-len(rest)], count: int(count)}, rest, nil
}

func uvarint(b []byte) (uint64, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, errRow
	}
	return n, b[size:], nil
}

func take(b []byte, n uint64) (part, rest []byte, err error) {
	if n > uint64(len(b)) {
		return nil, nil, errRow
	}
	return b[:n:n], b[n:], nil
}

func takeText(b []byte) (text, rest []byte, err error) {
	n, b, err := uvarint(b)
	if err != nil {
		return nil, nil, err
	}
	return take(b, n)
}

// put sets the column of the record to the cell. The record shares nothing with it.
func (c *column) put(r *inferencelog.Record, x cell) error {
	if x.null {
		return r.SetValue(c.Name, nil)
	}
	switch c.kind {
	case kindInt, kindBigint:
		return r.SetValue(c.Name, int64(x.bits))
	case kindDouble:
		return r.SetValue(c.Name, math.Float64frombits(x.bits))
	case kindTime:
		return r.SetValue(c.Name, time.UnixMicro(int64(x.bits)).UTC())
	case kindMap:
		m := make(map[string]string, x.count)
		for rest := x.text; len(rest) > 0; {
			var key, value []byte
			key, rest, _ = takeText(rest)
			value, rest, _ = takeText(rest)
			m[string(key)] = string(value)
		}
		return r.SetValue(c.Name, m)
	case kindList:
		l := make([]string, 0, x.count)
		for rest := x.text; len(rest) > 0; {
			var element []byte
			element, rest, _ = takeText(rest)
			l = append(l, string(element))
		}
		return r.SetValue(c.Name, l)
	}
	if c.body != nil {
		return r.SetValue(c.Name, append([]byte{}, x.text...))
	}
	return r.SetValue(c.Name, string(x.text))
}

// decode calls each for every cell of a row.
func (s *shape) decode(row []byte, each func(i int, x cell) error) error {
	for i := range s.columns {
		x, rest, err := s.columns[i].kind.next(row)
		if err == nil {
			err = each(i, x)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", s.columns[i].Name, err)
		}
		row = rest
	}
	if len(row) > 0 {
		return errRow
	}
	return nil
}

// key returns the id and the event time, in microseconds, of a row. The id shares the row's memory.
func (s *shape) key(row []byte) (id []byte, micros int64, err error) {
	micros = zeroTime
	err = s.decode(row, func(i int, x cell) error {
		switch {
		case i == s.id:
			id = x.text
		case i == s.time && !x.null:
			micros = int64(x.bits)
		}
		return nil
	})
	return id, micros, err
}

// zeroTime is the zero time in microseconds, for rows whose event time is null.
const zeroTime = -62135596800000000
