package query

import (
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// anthropicModel is a model in Anthropic's form.
type anthropicModel struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	CreatedAt   string `json:"created_at"`
}

func (m model) anthropic() anthropicModel {
	return anthropicModel{"model", m.name, m.name, m.created.UTC().Format(time.RFC3339)}
}

// anthropicModels is a page of them.
type anthropicModels struct {
	Data    []anthropicModel `json:"data"`
	HasMore bool             `json:"has_more"`
	FirstID *string          `json:"first_id"` // null: the page is empty
	LastID  *string          `json:"last_id"`
}

func newAnthropicModels(all iter.Seq[model], more bool) anthropicModels {
	page := anthropicModels{Data: []anthropicModel{}, HasMore: more}
	for m := range all {
		page.Data = append(page.Data, m.anthropic())
	}
	if n := len(page.Data); n > 0 {
		page.FirstID, page.LastID = &page.Data[0].ID, &page.Data[n-1].ID
	}
	return page
}

// The size of a page, as Anthropic has it.
const (
	defaultPage = 20
	maxPage     = 1000
)

// position is the part of a list that is asked for: what follows one name, or
// what comes before one; neither: the beginning. The names are places in the
// order. What had them may be gone.
type position struct {
	limit         int
	after, before *catalog.FullName
}

// readPosition reads limit, after_id and before_id. Other parameters are not
// looked at.
func readPosition(u *url.URL) (position, error) {
	query := u.Query()
	p := position{limit: defaultPage}
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || text[0] == '+' || n < 1 || n > maxPage {
			return p, badPosition("limit", fmt.Sprintf("it must be a number from 1 to %d", maxPage))
		}
		p.limit = n
	}
	for _, bound := range []struct {
		name string
		into **catalog.FullName
	}{{"after_id", &p.after}, {"before_id", &p.before}} {
		text := query.Get(bound.name)
		if text == "" {
			continue
		}
		name, err := catalog.ParseFullName(text)
		if err != nil || name.Parts() != 3 {
			return p, badPosition(bound.name, "it is not the id of a model")
		}
		*bound.into = &name
	}
	if p.after != nil && p.before != nil {
		return p, badPosition("before_id", "it excludes after_id")
	}
	return p, nil
}

func badPosition(param, reason string) error {
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: param,
		Message: fmt.Sprintf("Query parameter %s is invalid: %s.", param, reason)}
}

// page takes from a list what is asked for, and reports whether there is more
// in that direction.
func (p position) page(all iter.Seq[catalog.FullName]) (names iter.Seq[catalog.FullName], more bool) {
	var page []catalog.FullName
	for name := range all {
		if p.after != nil && !before(*p.after, name) {
			continue
		}
		if p.before != nil && !before(name, *p.before) {
			break
		}
		if len(page) < p.limit {
			page = append(page, name)
			continue
		}
		more = true
		if p.before == nil {
			break
		}
		page = append(page[1:], name) // the last ones count
	}
	return slices.Values(page), more
}
