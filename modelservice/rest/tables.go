package rest

import (
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// tableAnswer is an inference table, the only kind of table there is here.
type tableAnswer struct {
	Name             string            `json:"name"`
	CatalogName      string            `json:"catalog_name"`
	SchemaName       string            `json:"schema_name"`
	FullName         string            `json:"full_name"`
	TableType        string            `json:"table_type"`
	DataSourceFormat string            `json:"data_source_format"`
	SecurableType    string            `json:"securable_type"`
	Columns          []tableColumn     `json:"columns,omitempty"`
	Comment          string            `json:"comment,omitempty"`
	Properties       map[string]string `json:"properties,omitempty"`
	origin
}

type tableColumn struct {
	Name     string `json:"name"`
	TypeName string `json:"type_name"`
	TypeText string `json:"type_text"`
	Position int    `json:"position"`
	Nullable bool   `json:"nullable"`
}

func (h *handler) tableAnswer(o modelservice.Object) tableAnswer {
	t := tableAnswer{o.Name.Object, o.Name.Catalog, o.Name.Schema, o.Name.String(), "MANAGED", "DELTA", "TABLE",
		nil, o.Comment, o.Properties, h.origin(o)}
	for i, c := range o.Layout.Columns() {
		t.Columns = append(t.Columns, tableColumn{c.Name, typeName(c.Type), strings.ToLower(c.Type), i, true})
	}
	return t
}

// typeName is the field's enumeration of column types: the type without its
// parameters, and LONG for BIGINT.
func typeName(t string) string {
	t, _, _ = strings.Cut(t, "<")
	if t == "BIGINT" {
		return "LONG"
	}
	return t
}

func (h *handler) listTables(r *request) (any, error) {
	in, err := r.container("catalog_name", "schema_name")
	if err != nil {
		return nil, err
	}
	page, next, err := h.list(r, catalog.TypeTable, in)
	if err != nil {
		return nil, err
	}
	return struct {
		Tables        []tableAnswer `json:"tables"`
		NextPageToken string        `json:"next_page_token,omitempty"`
	}{each(page, h.tableAnswer), next}, nil
}

func (h *handler) table(r *request) (any, error) {
	o, err := h.object(r, catalog.TypeTable)
	if err != nil {
		return nil, err
	}
	return h.tableAnswer(o), nil
}

func (h *handler) deleteTable(r *request) (any, error) { return h.drop(r, catalog.TypeTable) }
