package upstream_test

import (
	"fmt"

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
