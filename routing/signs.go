package routing

// Signs returns the signs that every Router knows, in the order in which they
// are asked. Where none fits, [CauseOfStatus] decides. The refusals of package
// routingtest show them at work. Those that look for words anywhere in a message
// mean what is told to the caller, who may have put them there.
func Signs() []Sign {
	return []Sign{
		// Our account is used up. Anthropic says so in a 400.
		{Code: "insufficient_quota", Cause: CauseQuota},
		{Type: "insufficient_quota", Cause: CauseQuota},
		{Code: "billing_hard_limit_reached", Cause: CauseQuota},
		{Status: 400, Prefix: "Your credit balance is too low", Cause: CauseQuota},

		// Groq's 413 is about one request that is more than a minute's worth.
		{Status: 413, Code: "rate_limit_exceeded", Cause: CauseContextTooLong},

		// Too fast. Bedrock's names come with 429 or with 400, the others also
		// inside answers that began well.
		{Code: "ThrottlingException", Cause: CauseRateLimited},
		{Type: "ThrottlingException", Cause: CauseRateLimited},
		{Code: "ServiceQuotaExceededException", Cause: CauseRateLimited},
		{Type: "ServiceQuotaExceededException", Cause: CauseRateLimited},
		{Code: "rate_limit_exceeded", Cause: CauseRateLimited},
		{Type: "rate_limit_error", Cause: CauseRateLimited},

		// No room for anybody.
		{Status: 529, Cause: CauseOverloaded},
		{Status: 503, Cause: CauseOverloaded},
		{Type: "overloaded_error", Cause: CauseOverloaded},
		{Type: "engine_overloaded_error", Cause: CauseOverloaded},
		{Type: "overloaded", Cause: CauseOverloaded},
		{Code: "server_is_overloaded", Cause: CauseOverloaded},
		{Status: 500, Type: "api_error", Prefix: "overloaded", Cause: CauseOverloaded},

		// The provider waited in vain, or its model failed.
		{Status: 408, Cause: CauseTimeoutAttempt},
		{Status: 424, Type: "ModelErrorException", Cause: CauseServerError},
		{Status: 424, Code: "ModelErrorException", Cause: CauseServerError},

		// A 400 that is about our key or our model name all the same: of
		// Gemini, xAI and Bedrock.
		{Status: 400, Prefix: "API key not valid", Cause: CauseProviderAuth},
		{Status: 400, Prefix: "Incorrect API key provided", Cause: CauseProviderAuth},
		{Status: 400, Prefix: "The provided model identifier is invalid", Cause: CauseProviderNotFound},
		{Status: 400, Prefix: "Invocation of model ID", Message: "with on-demand throughput", Cause: CauseProviderNotFound},

		// More than the model takes: OpenAI and those like it, llama.cpp,
		// vLLM, Anthropic, Bedrock, Gemini, TGI.
		{Status: 400, Code: "context_length_exceeded", Cause: CauseContextTooLong},
		{Status: 400, Type: "exceed_context_size_error", Cause: CauseContextTooLong},
		{Status: 400, Message: "maximum context length", Cause: CauseContextTooLong},
		{Status: 400, Message: "prompt is too long", Cause: CauseContextTooLong},
		{Status: 400, Message: "input is too long for requested model", Cause: CauseContextTooLong},
		{Status: 400, Message: "input token count", Cause: CauseContextTooLong},
		{Status: 400, Message: "input length exceeds the context length", Cause: CauseContextTooLong},
		{Status: 422, Message: "`inputs` tokens + `max_new_tokens` must be", Cause: CauseContextTooLong},

		// A filter objects: Azure, OpenAI, Anthropic.
		{Status: 400, Code: "content_filter", Cause: CauseContentPolicy},
		{Status: 400, Code: "content_policy_violation", Cause: CauseContentPolicy},
		{Status: 400, Code: "moderation_blocked", Cause: CauseContentPolicy},
		{Status: 400, Code: "invalid_prompt", Cause: CauseContentPolicy},
		{Status: 400, Message: "blocked by content filtering policy", Cause: CauseContentPolicy},
	}
}
