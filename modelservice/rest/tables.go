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

// tableType is what the field calls a table whose rows the server keeps.
const tableType = "MANAGED"

type tableColumn struct {
	Name     string `json:"name"`
	TypeName string `json:"type_name"`
	TypeText string `json:"type_text"`
	Position int    `json:"position"`
	Nullable bool   `json:"nullable"`
}

func (h *handler) tableAnswer(o modelservice.Object) tableAnswer {
	t := tableAnswer{o.Name.Object, o.Name.Catalog, o.Name.Schema, o.Name.String(), tableType, "DELTA", "TABLE",
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
	omit, err := r.omissions()
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
	}{each(page, func(o modelservice.Object) tableAnswer { return omit.of(h.tableAnswer(o)) }), next}, nil
}

// omissions are what a list of tables leaves out where it is asked to.
type omissions struct {
	columns, properties, names bool
}

func (r *request) omissions() (o omissions, err error) {
	if o.columns, err = r.flag("omit_columns"); err != nil {
		return o, err
	}
	if o.properties, err = r.flag("omit_properties"); err != nil {
		return o, err
	}
	o.names, err = r.flag("omit_username")
	return o, err
}

func (o omissions) of(t tableAnswer) tableAnswer {
	if o.columns {
		t.Columns = nil
	}
	if o.properties {
		t.Properties = nil
	}
	if o.names {
		t.Owner, t.CreatedBy, t.UpdatedBy = "", "", ""
	}
	return t
}

func (h *handler) table(r *request) (any, error) {
	o, err := h.object(r, catalog.TypeTable)
	if err != nil {
		return nil, err
	}
	return h.tableAnswer(o), nil
}

// tableChange is what can be changed of a table: who owns it. All else is that
// of the service that writes it, or SQL's to change.
type tableChange struct {
	Owner   string  `json:"owner"`
	Comment *string `json:"comment"` // must be what it is

	Name             outputOnly `json:"name"`
	CatalogName      outputOnly `json:"catalog_name"`
	SchemaName       outputOnly `json:"schema_name"`
	FullName         outputOnly `json:"full_name"`
	TableType        outputOnly `json:"table_type"`
	DataSourceFormat outputOnly `json:"data_source_format"`
	SecurableType    outputOnly `json:"securable_type"`
	Columns          outputOnly `json:"columns"`
	MetastoreID      outputOnly `json:"metastore_id"`
	CreatedAt        outputOnly `json:"created_at"`
	CreatedBy        outputOnly `json:"created_by"`
	UpdatedAt        outputOnly `json:"updated_at"`
	UpdatedBy        outputOnly `json:"updated_by"`
}

func (h *handler) updateTable(r *request) (any, error) {
	name, err := r.pathName(parts[catalog.TypeTable])
	if err != nil {
		return nil, err
	}
	var body tableChange
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if body.Owner == "" {
		return nil, invalid("/owner", "An owner is required.")
	}
	if body.Comment != nil {
		is, err := h.ms.Get(r.caller, catalog.TypeTable, name)
		if err != nil {
			return nil, err
		}
		if *body.Comment != is.Comment {
			return nil, invalid("/comment", "The comment of a table is changed by COMMENT ON TABLE.")
		}
	}
	changed, err := h.ms.Update(r.Context(), r.caller, catalog.TypeTable, name, modelservice.Change{Owner: &body.Owner})
	if err != nil {
		return nil, inBody(err)
	}
	return h.tableAnswer(changed), nil
}

func (h *handler) deleteTable(r *request) (any, error) { return h.drop(r, catalog.TypeTable) }
