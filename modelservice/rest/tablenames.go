package rest

import (
	"errors"
	"iter"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// tableExists answers whether the caller would be shown a table of this name.
func (h *handler) tableExists(r *request) (any, error) {
	_, err := h.object(r, catalog.TypeTable)
	var e *modelservice.Error
	if errors.As(err, &e) && e.Code != modelservice.CodeDoesNotExist || err != nil && e == nil {
		return nil, err
	}
	return struct {
		Exists bool `json:"table_exists"`
	}{err == nil}, nil
}

// tableSummary is a table by its name.
type tableSummary struct {
	FullName  string `json:"full_name"`
	TableType string `json:"table_type"`
}

// listTableSummaries lists the tables of a catalog whose schema and whose name
// are like patterns.
func (h *handler) listTableSummaries(r *request) (any, error) {
	in, err := r.container("catalog_name")
	if err != nil {
		return nil, err
	}
	schemas, inSchema, err := r.pattern("schema_name_pattern")
	if err != nil {
		return nil, err
	}
	tables, isTable, err := r.pattern("table_name_pattern")
	if err != nil {
		return nil, err
	}
	p, err := r.window("max_results", "table-summaries", in.String(), schemas, tables)
	if err != nil {
		return nil, err
	}
	after, err := p.afterName()
	if err != nil {
		return nil, err
	}
	all, err := h.ms.List(r.caller, catalog.TypeTable, in, after)
	if err != nil {
		return nil, err
	}
	page, next := cut(p, named(all, inSchema, isTable), func(o modelservice.Object) string { return o.Name.String() })
	return struct {
		Tables        []tableSummary `json:"tables"`
		NextPageToken string         `json:"next_page_token,omitempty"`
	}{each(page, func(o modelservice.Object) tableSummary { return tableSummary{o.Name.String(), tableType} }), next}, nil
}

// named are the tables whose schema and whose name are like patterns.
func named(all iter.Seq[modelservice.Object], schemas, tables func(string) bool) iter.Seq[modelservice.Object] {
	return func(yield func(modelservice.Object) bool) {
		for o := range all {
			if schemas(o.Name.Schema) && tables(o.Name.Object) && !yield(o) {
				return
			}
		}
	}
}

// maxPattern is how long a pattern may be, in bytes: longer than any name.
const maxPattern = 1 << 10

// pattern reads a query parameter that is a pattern of names, without which any
// name will do.
func (r *request) pattern(param string) (text string, fits func(string) bool, err error) {
	text, err = r.param(param)
	switch {
	case err != nil:
		return "", nil, err
	case text == "":
		text = "%"
	case len(text) > maxPattern:
		return "", nil, invalid(param, "Query parameter %s is longer than %d bytes.", param, maxPattern)
	}
	text = strings.ToLower(text)
	if fits, err = statement.MatchLike(text); err != nil {
		return "", nil, invalid(param, "Query parameter %s is no pattern: %s", param, modelservice.AsError(err).Message)
	}
	return text, fits, nil
}
