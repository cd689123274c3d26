package rest

import (
	"slices"

	"github.com/modelward/modelward/modelservice"
)

// apiTypes names APIs as the field does: by the paths below which they are
// called (spec §3.2, §7.1), sorted.
func apiTypes(apis []modelservice.API) []string {
	types := []string{} // an empty list is a list too
	for _, api := range apis {
		switch api {
		case modelservice.ChatCompletions, modelservice.Embeddings, modelservice.Responses:
			types = append(types, "mlflow/v1/"+string(api), "openai/v1/"+string(api))
		case modelservice.Messages:
			types = append(types, "anthropic/v1/"+string(api))
		}
	}
	slices.Sort(types)
	return types
}
