package upstream_test

import (
	"fmt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice/upstream"
)

func ExampleNew() {
	backend, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{
		"system.ai.databricks-gpt-5-2": {
			BaseURL:       "https://api.example.com/v1",
			UpstreamModel: "gpt-5.2",
			APIKey:        inferencelog.NewSecret("sk-from-your-vault"),
		},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Close()

	// A table with something wrong in it changes nothing.
	err = backend.Replace(map[string]upstream.Model{
		"system.ai.databricks-gpt-5-2": {BaseURL: "https://user:secret@api.example.com/v1"},
	})
	fmt.Println(err)
	// Output:
	// upstream: model "system.ai.databricks-gpt-5-2": base_url has user information; a credential is configured on its own
}

// What a provider speaks decides which calls a service can answer.
func ExampleBackend_Speaks() {
	backend, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{
		"system.ai.databricks-gpt-5-2":         {BaseURL: "https://api.example.com/v1"},
		"system.ai.databricks-claude-opus-4-6": {BaseURL: "https://messages.example.com/v1", API: upstream.Anthropic},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Close()
	for _, model := range []string{"databricks-gpt-5-2", "databricks-claude-opus-4-6"} {
		fmt.Println(backend.Speaks(catalog.FullName{Catalog: "system", Schema: "ai", Object: model}))
	}
	// Output:
	// [chat/completions embeddings responses]
	// [messages]
}
