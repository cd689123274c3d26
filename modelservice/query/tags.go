package query

import (
	"net/http"

	"github.com/modelward/modelward/modelservice"
)

// TagsHeader carries the caller's own tags for the log and for limits, as a JSON
// object of strings (spec §7.1), see [modelservice.ParseTags].
const TagsHeader = "Databricks-Ai-Gateway-Request-Tags"

// requestTags reads the tags; nil when there are none.
func requestTags(h http.Header) (map[string]string, error) {
	switch values := h[TagsHeader]; len(values) {
	case 0:
		return nil, nil
	case 1:
		return modelservice.ParseTags(TagsHeader, values[0])
	}
	return nil, &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: TagsHeader,
		Message: "Header " + TagsHeader + " is given twice."}
}
