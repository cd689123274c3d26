package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// rowReader reads rows in their stored form. It may keep what many of them have
// in common, and is used by one goroutine.
type rowReader struct {
	kinds *Kinds
	words map[string]string // texts that repeat; nil: none is kept
}

// read is the inverse of encode; kinds read the specs.
func (r *rowReader) read(key RowKey, value []byte) (any, error) {
	row, err := r.row(key, value)
	if err != nil {
		return nil, fmt.Errorf("catalog: stored %s %s: %w", key.Kind, key.Key, err)
	}
	return row, nil
}

func (r *rowReader) row(key RowKey, value []byte) (any, error) {
	row, err := key.bare()
	if err != nil {
		return nil, err
	}
	switch row := row.(type) {
	case *securableRow:
		return r.securable(row.ID, value)
	case *principalRow:
		var p storedPrincipal
		if err := json.Unmarshal(value, &p); err != nil {
			return nil, err
		}
		return newPrincipalRow(Principal{row.ID, p.Type, p.Name, p.CreatedAt, r.word([]byte(p.CreatedBy))})
	case *grantRow:
		if row.Privilege == "" {
			return nil, errors.New("no privilege in the key")
		}
		row.Privilege = Privilege(r.word([]byte(row.Privilege)))
	}
	return row, nil
}

func (r *rowReader) securable(id ID, value []byte) (*securableRow, error) {
	s, ok := r.plain(value)
	if !ok {
		s = storedSecurable{}
		if err := json.Unmarshal(value, &s); err != nil {
			return nil, err
		}
	}
	papers, ok := r.kinds.Papers(s.Type)
	if !ok {
		return nil, fmt.Errorf("kind %q is not among those given to Open", s.Type)
	}
	sec := Securable{
		ID: id, Type: papers.Type, Parent: s.Parent, Name: s.Name, Owner: s.Owner,
		Comment: s.Comment, Properties: s.Properties, System: s.System,
		CreatedAt: s.CreatedAt, CreatedBy: s.CreatedBy,
		UpdatedAt: s.UpdatedAt, UpdatedBy: s.UpdatedBy, Revision: s.Revision,
	}
	if len(s.Spec) > 0 && !bytes.Equal(s.Spec, []byte("null")) {
		if papers.Decode == nil {
			return nil, fmt.Errorf("kind %q has no content, yet there is some", s.Type)
		}
		var err error
		if sec.Spec, err = papers.Decode(s.Spec); err != nil {
			return nil, err
		}
	}
	return newSecurableRow(papers, sec)
}

func (r *rowReader) word(b []byte) string {
	if r.words == nil {
		return string(b)
	}
	w, ok := r.words[string(b)]
	if !ok {
		w = string(b)
		r.words[w] = w
	}
	return w
}

// plain reads a securable as encode writes nearly all of them, several times as
// fast as encoding/json. It leaves everything else to that: escapes, letters
// beyond ASCII, properties, and whatever encode would not write. What a spec says
// is left to its kind.
func (r *rowReader) plain(value []byte) (s storedSecurable, ok bool) {
	in := plainJSON{rest: value}
	in.want('{')
	for !in.bad {
		key := in.text()
		in.want(':')
		switch string(key) {
		case "type":
			s.Type = SecurableType(r.word(in.text()))
		case "parent":
			s.Parent = ID(in.number())
		case "name":
			s.Name = string(in.text())
		case "owner":
			s.Owner = PrincipalID(in.number())
		case "comment":
			s.Comment = string(in.text())
		case "spec":
			s.Spec = in.object()
		case "system":
			s.System = in.truth()
		case "created_at":
			s.CreatedAt = in.time()
		case "created_by":
			s.CreatedBy = r.word(in.text())
		case "updated_at":
			s.UpdatedAt = in.time()
		case "updated_by":
			s.UpdatedBy = r.word(in.text())
		case "revision":
			s.Revision = in.number()
		default:
			return s, false
		}
		if in.next() == '}' {
			return s, !in.bad && len(in.rest) == 0
		}
	}
	return s, false
}

// plainJSON reads JSON without spaces, from the front. What it does not
// understand is bad, and stays so.
type plainJSON struct {
	rest []byte
	bad  bool
}

// next takes the comma or brace after a value.
func (in *plainJSON) next() byte {
	if len(in.rest) == 0 || in.rest[0] != ',' && in.rest[0] != '}' {
		in.bad = true
		return '}'
	}
	c := in.rest[0]
	in.rest = in.rest[1:]
	return c
}

func (in *plainJSON) want(c byte) {
	if len(in.rest) == 0 || in.rest[0] != c {
		in.bad = true
		return
	}
	in.rest = in.rest[1:]
}

func (in *plainJSON) text() []byte {
	in.want('"')
	for i, c := range in.rest {
		if c == '"' && !in.bad {
			text := in.rest[:i]
			in.rest = in.rest[i+1:]
			return text
		}
		if c < ' ' || c >= 0x7f || c == '\\' {
			break
		}
	}
	in.bad = true
	return nil
}

// object takes an object whatever is in it.
func (in *plainJSON) object() json.RawMessage {
	depth, quoted := 0, false
	for i := 0; i < len(in.rest) && !in.bad; i++ {
		switch c := in.rest[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		if depth > 0 {
			continue
		}
		object := in.rest[:i+1]
		if object[0] != '{' || !json.Valid(object) {
			break
		}
		in.rest = in.rest[i+1:]
		return bytes.Clone(object)
	}
	in.bad = true
	return nil
}

func (in *plainJSON) number() (n uint64) {
	i := 0
	for ; i < len(in.rest) && '0' <= in.rest[i] && in.rest[i] <= '9'; i++ {
		if n > (math.MaxUint64-9)/10 {
			in.bad = true
			return 0
		}
		n = 10*n + uint64(in.rest[i]-'0')
	}
	in.bad = in.bad || i == 0 || i > 1 && in.rest[0] == '0'
	in.rest = in.rest[i:]
	return n
}

func (in *plainJSON) truth() bool {
	for _, word := range []string{"true", "false"} {
		if rest, ok := bytes.CutPrefix(in.rest, []byte(word)); ok {
			in.rest = rest
			return word == "true"
		}
	}
	in.bad = true
	return false
}

func (in *plainJSON) time() (t time.Time) {
	if text := in.text(); t.UnmarshalText(text) != nil {
		in.bad = true
	}
	return t
}

// bare returns a row that has the key and nothing else.
func (k RowKey) bare() (any, error) {
	parts := 1
	if k.Kind == RowMember || k.Kind == RowGrant {
		parts = 2
	}
	ids, rest, err := splitKey(k.Key, parts)
	if err != nil {
		return nil, err
	}
	switch {
	case k.Kind == RowGrant:
		return &grantRow{Grant{ID(ids[0]), PrincipalID(ids[1]), Privilege(rest)}}, nil
	case rest != "":
	case k.Kind == RowSecurable:
		return &securableRow{Securable: Securable{ID: ID(ids[0])}}, nil
	case k.Kind == RowPrincipal:
		return &principalRow{Principal: Principal{ID: PrincipalID(ids[0])}}, nil
	case k.Kind == RowMember:
		return &memberRow{PrincipalID(ids[0]), PrincipalID(ids[1])}, nil
	default:
		return nil, errors.New("unknown kind of row")
	}
	return nil, errMalformedKey
}

var errMalformedKey = errors.New("malformed key")

// splitKey reads n leading ids of a key and returns what follows them. There is
// one spelling of an id: "05" is not 5.
func splitKey(key string, n int) (ids [2]uint64, rest string, err error) {
	rest = key
	more := false
	for i := range n {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		if ids[i], err = strconv.ParseUint(part, 10, 64); err != nil || part[0] == '0' && part != "0" {
			return ids, "", errMalformedKey
		}
	}
	if more && rest == "" {
		return ids, "", errMalformedKey
	}
	return ids, rest, nil
}
