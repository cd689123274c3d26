package e2e

import (
	"testing"

	"github.com/openai/openai-go/v3"
)

// Vectors arrive with the numbers that the provider wrote; what is embedded may
// be texts or tokens.
func TestSDKEmbeddings(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		for name, input := range map[string]openai.EmbeddingNewParamsInputUnion{
			"text":   {OfString: openai.String("one")},
			"texts":  {OfArrayOfStrings: []string{"one", "zwölf"}},
			"tokens": {OfArrayOfTokenArrays: [][]int64{{1, 2}, {3}}},
		} {
			request := vectors(gptService)
			request.Input, request.Dimensions = input, openai.Int(3)
			answer, err := c.openai.Embeddings.New(t.Context(), request)
			must(t, err)
			if len(answer.Data) != 2 || answer.Data[1].Index != 1 || answer.Data[0].Embedding[2] != 1e-7 || answer.Usage.TotalTokens != 8 {
				t.Errorf("%s: answered %s", name, answer.RawJSON())
			}
		}
	})
}
