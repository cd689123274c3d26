package rest_test

import (
	"testing"

	"github.com/modelward/modelward/modelservice"
)

// What a service can be called with is what all that may answer speak, under
// the names of the field, sorted; in both views.
func TestSupportedAPITypes(t *testing.T) {
	const chat, embeddings, responses, messages = modelservice.ChatCompletions, modelservice.Embeddings, modelservice.Responses, modelservice.Messages
	for _, test := range []struct {
		primary, fallback []modelservice.API
		want              string
	}{
		{[]modelservice.API{chat}, []modelservice.API{chat}, `["mlflow/v1/chat/completions","openai/v1/chat/completions"]`},
		{[]modelservice.API{embeddings}, []modelservice.API{chat, embeddings}, `["mlflow/v1/embeddings","openai/v1/embeddings"]`},
		{[]modelservice.API{messages}, []modelservice.API{messages}, `["anthropic/v1/messages"]`},
		{[]modelservice.API{messages}, []modelservice.API{chat, embeddings, responses}, `[]`},
		{[]modelservice.API{}, []modelservice.API{chat}, `[]`},
		{nil, nil, `[]`},
		{[]modelservice.API{chat, responses, messages, embeddings}, []modelservice.API{embeddings, messages, responses, chat},
			`["anthropic/v1/messages","mlflow/v1/chat/completions","mlflow/v1/embeddings","mlflow/v1/responses",` +
				`"openai/v1/chat/completions","openai/v1/embeddings","openai/v1/responses"]`},
	} {
		w := newService(t)
		w.speaks = map[string][]modelservice.API{"system.ai.databricks-claude-opus-4-6": test.primary, "system.ai.databricks-gpt-5-2": test.fallback}
		for what, got := range map[string]any{
			"get":  w.ok(admin, "GET", gaPath+"/main.default.team-chat", "")["supported_api_types"],
			"list": dig(w.ok(admin, "GET", gaPath, ""), "model_services", 0, "supported_api_types"),
			"full": dig(w.ok(admin, "GET", gaPath+"?view=FULL", ""), "model_services", 0, "supported_api_types"),
		} {
			if compact(got) != test.want {
				t.Errorf("%s of %v and %v: got %s; want %s", what, test.primary, test.fallback, compact(got), test.want)
			}
		}
	}
}
