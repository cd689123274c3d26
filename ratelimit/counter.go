package ratelimit

// TokenCounter counts the tokens of a text as a model does. Package
// ratelimit/tiktoken has one. A counter may be used by many goroutines at once.
type TokenCounter interface {
	// CountTokens returns how many tokens model reads text as, and whether it
	// knows the model. The text is valid UTF-8 and must not be kept.
	CountTokens(model string, text []byte) (n int64, known bool)
}
