package catalog

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// The rows that a catalog consists of. What keeps them keeps the pointer, so a
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

// rowKind returns the kind of a row.
func rowKind(row any) RowKind {
	switch row.(type) {
	case *securableRow:
		return RowSecurable
	case *principalRow:
		return RowPrincipal
	case *memberRow:
		return RowMember
	}
	return RowGrant
}

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

// decode reads one row, see [rowReader].
func decode(kinds *Kinds, key RowKey, value []byte) (any, error) {
	r := rowReader{kinds: kinds}
	return r.read(key, value)
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

// inTable reports whether rows of a kind are in a table of go-memdb.
func (k RowKind) inTable() bool { return k == RowPrincipal || k == RowMember }

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
