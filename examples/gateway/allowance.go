package main

import "net/http"

const threeAMinute = `{"catalog_name": "main", "schema_name": "default", "name": "three-a-minute",
  "destinations": [{ "name": "only", "model": "system.ai.databricks-gpt-5-2" }],
  "rate_limits": { "qpm": 3 }}`

const tokensForEach = `{"config": {"rate_limits": [
  { "key": "RATE_LIMIT_KEY_USER_DEFAULT", "renewal_period": "RATE_LIMIT_RENEWAL_PERIOD_MINUTE", "tokens": 10 }]}}`

// allowance is the chapter of the tour in which a limit is met, raised and
// replaced while the service runs.
func allowance() []exchange {
	const name = "main.default.three-a-minute"
	ask := func(says string) exchange { return chat(says, "$ALICE", name, false) }
	usage := func(says string) exchange {
		return request(says, "$ALICE", http.MethodGet, unityCatalog+"/rate-limit-usage/"+name, "")
	}
	return []exchange{
		post("A second service, for three requests a minute", "$ALICE", modelServices, threeAMinute).
			shown().expect(status(200), is("rate_limits.qpm", "3")),
		ask("The first request").shown().expect(answeredBy(fallbackModel)),
		ask("The second").expect(answeredBy(fallbackModel)),
		ask("The third").expect(answeredBy(fallbackModel)),
		ask("The fourth is one too many").
			expect(status(429), is("error_code", "REQUEST_LIMIT_EXCEEDED"), is("error.type", "rate_limit_error"), waits()),
		request("alice allows one more", "$ALICE", http.MethodPatch, modelServices+"/"+name, `{"rate_limits": {"qpm": 4}}`).
			expect(status(200), is("rate_limits.qpm", "4")),
		ask("It holds from the next request on …").expect(answeredBy(fallbackModel)),
		ask("… and what was counted is counted still").expect(status(429), is("error_code", "REQUEST_LIMIT_EXCEEDED")),
		usage("How the limits stand").
			shown().expect(status(200), is("rate_limits.0.limit", "4"), is("rate_limits.0.used", "4"), is("rate_limits.0.remaining", "0")),
		request("Now everybody has ten tokens a minute instead", "$ALICE", http.MethodPatch,
			unityCatalog+"/model-services/"+name+"?update_mask=config.rate_limits", tokensForEach).
			expect(status(200), is("config.rate_limits.0.tokens", "10")),
		ask("An answer of seven fits").expect(answeredBy(fallbackModel)),
		ask("Another does not").
			expect(status(429), mentions("message", "Tokens-per-minute (TPM) rate limit exceeded for user"), waits()),
	}
}
