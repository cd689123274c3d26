package rest

import (
	"errors"
	"iter"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
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
	schemas, err := r.pattern("schema_name_pattern")
	if err != nil {
		return nil, err
	}
	tables, err := r.pattern("table_name_pattern")
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
	page, next := cut(p, named(all, schemas, tables), func(o modelservice.Object) string { return o.Name.String() })
	return struct {
		Tables        []tableSummary `json:"tables"`
		NextPageToken string         `json:"next_page_token,omitempty"`
	}{each(page, func(o modelservice.Object) tableSummary { return tableSummary{o.Name.String(), tableType} }), next}, nil
}

// named are the tables whose schema and whose name are like patterns.
func named(all iter.Seq[modelservice.Object], schemas, tables string) iter.Seq[modelservice.Object] {
	return func(yield func(modelservice.Object) bool) {
		for o := range all {
			if like(o.Name.Schema, schemas) && like(o.Name.Object, tables) && !yield(o) {
				return
			}
		}
	}
}

// maxPattern is how long a pattern may be, in bytes. Matching takes time by the
// product of the lengths.
const maxPattern = 1 << 10

// pattern reads a query parameter that is a pattern of names, without which any
// name will do.
func (r *request) pattern(param string) (string, error) {
	text, err := r.param(param)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "%", nil
	case len(text) > maxPattern:
		return "", invalid(param, "Query parameter %s is longer than %d bytes.", param, maxPattern)
	}
	return strings.ToLower(text), nil
}

// like reports whether a text is like a pattern of SQL, in which % is any text
// and _ any character.
func like(text, pattern string) bool {
	t, p := []rune(text), []rune(pattern)
	i, j := 0, 0
	star, from := -1, 0 // the last %, and what of the text comes after what it stands for
	for i < len(t) {
		switch {
		case j < len(p) && p[j] == '%':
			star, from = j, i
			j++
		case j < len(p) && (p[j] == '_' || p[j] == t[i]):
			i, j = i+1, j+1
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(string(p[j:]), "%") == ""
}
