package tiktoken

import "strings"

// encoding returns the encoding of a model, nil for a model it does not know.
func (c *Counter) encoding(model string) *encoding {
	model = plain(model)
	for _, f := range families {
		if f.has(model) {
			if f.cl100k {
				return &c.cl100k
			}
			return &c.o200k
		}
	}
	return nil
}

// family is models that begin alike and count alike.
type family struct {
	prefix string
	cl100k bool // otherwise o200k_base
}

// families are looked at in this order.
var families = [...]family{
	{prefix: "gpt-5"},
	{prefix: "gpt-4o"},
	{prefix: "gpt-4."},
	{prefix: "gpt-4-1"}, // as Databricks writes versions
	{prefix: "gpt-4-5"},
	{prefix: "gpt-oss"},
	{prefix: "chatgpt-4o"},
	{prefix: "codex-mini"},
	{prefix: "o1"},
	{prefix: "o3"},
	{prefix: "o4"},
	{prefix: "gpt-4", cl100k: true},
	{prefix: "gpt-3.5", cl100k: true},
	{prefix: "gpt-35", cl100k: true}, // as Azure writes it
	{prefix: "text-embedding-3", cl100k: true},
	{prefix: "text-embedding-ada-002", cl100k: true},
	{prefix: "davinci-002", cl100k: true},
	{prefix: "babbage-002", cl100k: true},
}

// has reports whether model is of f: its name ends where the prefix does, or
// goes on with something that begins a new word.
func (f family) has(model string) bool {
	rest, ok := strings.CutPrefix(model, f.prefix)
	return ok && (rest == "" || strings.HasSuffix(f.prefix, ".") || strings.IndexByte("-.:@_", rest[0]) >= 0)
}

// plain strips from a model's name what says where it is served: the folders of
// a path, Databricks' names of its own models, and the vendor. A fine-tuned
// model counts as the model it was made of.
func plain(model string) string {
	model = strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	for _, prefix := range [...]string{"system.ai.", "databricks-", "openai.", "openai-", "ft:"} {
		model = strings.TrimPrefix(model, prefix)
	}
	return model
}
