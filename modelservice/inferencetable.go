package modelservice

import (
	"cmp"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// TableSuffix ends the name of every inference table that is named by a
// prefix (spec §6.1).
const TableSuffix = "_payload"

// InferenceTable says where a service logs, and what of it (spec §6.1). Rows are
// written with the rights of the service's owner, see [Logging].
type InferenceTable struct {
	// Parent is the full name of the schema. Required.
	Parent string
	// Prefix makes the table's name: prefix + "_payload". Empty: the name of
	// the service.
	Prefix string
	// Table is the table's own name where it is not made from a prefix (only
	// the seed page's shape can ask for that), and on reads always.
	Table string
	// Disabled pauses logging and keeps the table.
	Disabled bool

	// Durability says how surely a row is kept once its call has ended (ruling
	// R8). Default: inferencelog.Fast, which reads as the empty one.
	// inferencelog.Journaled takes a log with a journal
	// (INVALID_PARAMETER_VALUE); a service that has it keeps it where there is
	// none any more, and its rows are then as with Fast.
	Durability inferencelog.Durability
	// Payloads says whether requests and answers are in the rows. Default:
	// PayloadsAll, which reads as the empty one.
	Payloads PayloadPolicy
	// OmitRefused leaves out the rows of calls that were refused: by a limit (429,
	// 403), or because the owner lacks a right to a destination (403). Default
	// false: they are there (ruling R34).
	OmitRefused bool

	// Deleted is set on reads when the table was dropped: nothing is logged
	// and calls go on.
	Deleted bool
	// Logging is set on reads: whether rows are written, and if not, why.
	Logging Logging
}

// PayloadPolicy says whether the bodies of requests and answers are logged. Their
// sizes are, always.
type PayloadPolicy string

// The policies. The zero value stands for PayloadsAll.
const (
	PayloadsAll      PayloadPolicy = "all"
	PayloadsOptional PayloadPolicy = "optional" // unless the call asks to leave them out, see [Call].OmitPayloads
	PayloadsNone     PayloadPolicy = "none"     // never
)

// validate checks the shape, but for the place. Of nil there is nothing to check.
func (t *InferenceTable) validate() error {
	if t == nil {
		return nil
	}
	if !t.Durability.Valid() {
		return invalid("config.inference_table.durability", "There is no durability '%s'.", t.Durability)
	}
	switch t.Payloads {
	case "", PayloadsAll, PayloadsOptional, PayloadsNone:
		return nil
	}
	return invalid("config.inference_table.payloads", "There is no payload policy '%s'.", t.Payloads)
}

// tableName returns the full name of the table that a service asks for.
func (t *InferenceTable) tableName(service string) (name catalog.FullName, prefix string, err error) {
	parent, err := catalog.ParseFullName(t.Parent)
	if err != nil || parent.Parts() != 2 {
		return name, "", invalid("config.inference_table.parent", "'%s' is not the full name of a schema (catalog.schema).", t.Parent)
	}
	leaf := t.Table
	if leaf == "" {
		leaf = cmp.Or(t.Prefix, service) + TableSuffix
	}
	canon, err := catalog.CanonicalName(leaf)
	if err != nil {
		return name, "", invalid("config.inference_table.table_name_prefix", "'%s' cannot be the name of a table: %s.", leaf, reason(err))
	}
	if p, ok := strings.CutSuffix(canon, TableSuffix); ok {
		prefix = p
	}
	return parent.Child(canon), prefix, nil
}
