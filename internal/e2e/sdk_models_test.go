package e2e

import (
	"slices"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
)

// Both SDKs list the services that the caller may call, and find one by its
// name.
func TestSDKModels(t *testing.T) {
	s, _ := opened(t)
	want := []string{claudeService, gptService}
	ways(t, s, func(t *testing.T, c *program) {
		var ids []string
		list, err := c.openai.Models.List(t.Context())
		must(t, err)
		for _, m := range list.Data {
			ids = append(ids, m.ID)
			if m.Created == 0 || m.OwnedBy != admin {
				t.Errorf("entry %s", m.RawJSON())
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("OpenAI's SDK sees %v", ids)
		}
		one, err := c.openai.Models.Get(t.Context(), gptService)
		must(t, err)
		if one.ID != gptService || one.OwnedBy != admin {
			t.Errorf("found %s", one.RawJSON())
		}
		_, err = c.openai.Models.Get(t.Context(), "main.default.nothing")
		if e := (call{}).refusedBy(t, err); e.status != 404 || e.code != "not_found" {
			t.Errorf("of no service it is told %+v", e)
		}

		// A page holds one.
		pages := c.anthropic.Models.ListAutoPaging(t.Context(), anthropic.ModelListParams{Limit: anthropic.Int(1)})
		for ids = nil; pages.Next(); {
			m := pages.Current()
			ids = append(ids, m.ID)
			if m.CreatedAt.IsZero() || m.DisplayName == "" || m.Type != "model" {
				t.Errorf("entry %s", m.RawJSON())
			}
		}
		must(t, pages.Err())
		if !slices.Equal(ids, want) {
			t.Errorf("Anthropic's SDK sees %v", ids)
		}
		model, err := c.anthropic.Models.Get(t.Context(), claudeService, anthropic.ModelGetParams{})
		must(t, err)
		if model.ID != claudeService {
			t.Errorf("found %s", model.RawJSON())
		}
		_, err = c.anthropic.Models.Get(t.Context(), "main.default.nothing", anthropic.ModelGetParams{})
		if e := (call{claude: true}).refusedBy(t, err); e.status != 404 || e.kind != string(anthropic.ErrorTypeNotFoundError) {
			t.Errorf("of no service it is told %+v", e)
		}
	})
}
