package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The rows that go-memdb holds. go-memdb keeps the pointer it is given, so a
// row is never changed after it was inserted and never handed out.

type securableRow struct {
	Securable
	papers   *Papers
	compiled any // what Kind.Compile made of the Spec
}

type principalRow struct {
	Principal
	folded string // the name as compared
}

type memberRow struct {
	group, member PrincipalID
}

type grantRow struct {
	Grant
}

// storedSecurable and storedPrincipal are the JSON forms in the store.
// Members and grants are all key.
type storedSecurable struct {
	Type       SecurableType     `json:"type"`
	Parent     ID                `json:"parent,omitempty"`
	Name       string            `json:"name"`
	Owner      PrincipalID       `json:"owner"`
	Comment    string            `json:"comment,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
	Spec       json.RawMessage   `json:"spec,omitempty"`
	System     bool              `json:"system,omitempty"`
	CreatedAt  time.Time         `json:"created_at"`
	CreatedBy  string            `json:"created_by,omitempty"`
	UpdatedAt  time.Time         `json:"updated_at"`
	UpdatedBy  string            `json:"updated_by,omitempty"`
	Revision   uint64            `json:"revision"`
}

type storedPrincipal struct {
	Type      PrincipalType `json:"type"`
	Name      string        `json:"name"`
	CreatedAt time.Time     `json:"created_at"`
	CreatedBy string        `json:"created_by,omitempty"`
}

var emptyObject = json.RawMessage("{}")

// rowKey returns the key under which a store keeps a row.
func rowKey(row any) RowKey {
	switch r := row.(type) {
	case *securableRow:
		return RowKey{RowSecurable, joinKey(uint64(r.ID))}
	case *principalRow:
		return RowKey{RowPrincipal, joinKey(uint64(r.ID))}
	case *memberRow:
		return RowKey{RowMember, joinKey(uint64(r.group), uint64(r.member))}
	case *grantRow:
		return RowKey{RowGrant, joinKey(uint64(r.On), uint64(r.To)) + "/" + string(r.Privilege)}
	}
	return RowKey{}
}

// encode returns the stored form of a row.
func encode(row any) (json.RawMessage, error) {
	switch r := row.(type) {
	case *securableRow:
		stored := storedSecurable{
			Type: r.Type, Parent: r.Parent, Name: r.Name, Owner: r.Owner,
			Comment: r.Comment, Properties: r.Properties, System: r.System,
			CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy,
			UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, Revision: r.Revision,
		}
		if r.Spec != nil {
			spec, err := json.Marshal(r.Spec)
			if err != nil {
				return nil, fmt.Errorf("catalog: encode spec of %s %q: %w", r.Type, r.Name, err)
			}
			stored.Spec = spec
		}
		return json.Marshal(stored)
	case *principalRow:
		return json.Marshal(storedPrincipal{r.Type, r.Name, r.CreatedAt, r.CreatedBy})
	case *memberRow, *grantRow:
		return emptyObject, nil
	}
	return nil, fmt.Errorf("catalog: unknown row %T", row)
}

// decode is the inverse of encode; kinds read the specs.
func decode(kinds *Kinds, key RowKey, value []byte) (any, error) {
	row, err := decodeRow(kinds, key, value)
	if err == nil && rowKey(row) != key {
		err = errors.New("malformed key") // "05" is not 5
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: stored %s %s: %w", key.Kind, key.Key, err)
	}
	return row, nil
}

func decodeRow(kinds *Kinds, key RowKey, value []byte) (any, error) {
	switch key.Kind {
	case RowSecurable:
		ids, _, err := splitKey(key.Key, 1)
		if err != nil {
			return nil, err
		}
		var s storedSecurable
		if err := json.Unmarshal(value, &s); err != nil {
			return nil, err
		}
		papers, ok := kinds.Papers(s.Type)
		if !ok {
			return nil, fmt.Errorf("kind %q is not among those given to Open", s.Type)
		}
		sec := Securable{
			ID: ID(ids[0]), Type: s.Type, Parent: s.Parent, Name: s.Name, Owner: s.Owner,
			Comment: s.Comment, Properties: s.Properties, System: s.System,
			CreatedAt: s.CreatedAt, CreatedBy: s.CreatedBy,
			UpdatedAt: s.UpdatedAt, UpdatedBy: s.UpdatedBy, Revision: s.Revision,
		}
		if len(s.Spec) > 0 && !bytes.Equal(s.Spec, []byte("null")) {
			if papers.Decode == nil {
				return nil, fmt.Errorf("kind %q has no content, yet there is some", s.Type)
			}
			if sec.Spec, err = papers.Decode(s.Spec); err != nil {
				return nil, err
			}
		}
		return newSecurableRow(papers, sec)
	case RowPrincipal:
		ids, _, err := splitKey(key.Key, 1)
		if err != nil {
			return nil, err
		}
		var p storedPrincipal
		if err := json.Unmarshal(value, &p); err != nil {
			return nil, err
		}
		return newPrincipalRow(Principal{PrincipalID(ids[0]), p.Type, p.Name, p.CreatedAt, p.CreatedBy})
	case RowMember:
		ids, _, err := splitKey(key.Key, 2)
		if err != nil {
			return nil, err
		}
		return &memberRow{PrincipalID(ids[0]), PrincipalID(ids[1])}, nil
	case RowGrant:
		ids, rest, err := splitKey(key.Key, 2)
		if err != nil {
			return nil, err
		}
		if rest == "" {
			return nil, errors.New("no privilege in the key")
		}
		return &grantRow{Grant{ID(ids[0]), PrincipalID(ids[1]), Privilege(rest)}}, nil
	}
	return nil, errors.New("unknown kind of row")
}

func newSecurableRow(papers *Papers, s Securable) (*securableRow, error) {
	row := &securableRow{Securable: s, papers: papers}
	if papers.Compile != nil && s.Spec != nil {
		var err error
		if row.compiled, err = papers.Compile(s.ID, s.Spec.Clone()); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func newPrincipalRow(p Principal) (*principalRow, error) {
	folded, err := foldPrincipal(p.Name)
	if err != nil {
		return nil, err
	}
	return &principalRow{p, folded}, nil
}

// table names a row's table in go-memdb.
func (k RowKind) table() string { return string(k) }

func joinKey(ids ...uint64) string {
	b := make([]byte, 0, 24)
	for i, id := range ids {
		if i > 0 {
			b = append(b, '/')
		}
		b = strconv.AppendUint(b, id, 10)
	}
	return string(b)
}

// splitKey reads n leading ids of a key and returns what follows them.
func splitKey(key string, n int) (ids [2]uint64, rest string, err error) {
	rest = key
	for i := range n {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if ids[i], err = strconv.ParseUint(part, 10, 64); err != nil {
			return ids, "", errors.New("malformed key")
		}
	}
	return ids, rest, nil
}
