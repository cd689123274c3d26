package main

const audited = `{"config": {
  "routing": {"destinations": [{"name": "only", "destination_type": "DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL",
    "pay_per_token_config": {"model": "models/system.ai.databricks-gpt-5-2"}}]},
  "inference_table": {"parent": "schemas/main.logging", "durability": "JOURNAL", "payloads": "OPTIONAL"}}}`

// records is the chapter of the tour about inference tables: what they keep, who reads what of it, and what everybody
// has used. Its table is there at the end, for [readFiles].
func records() []exchange {
	const (
		name  = "main.default.audited"
		table = "main.logging.audited_payload"
	)
	unsaid := chat("bob asks that his words are not kept: the owner lets callers choose", "$BOB", name, false)
	unsaid.more = "X-Gateway-Omit-Payloads: true"
	return []exchange{
		post("A service whose rows are in a journal on the disk before anything else is done with them", "$ALICE",
			unityCatalog+"/model-services?parent=schemas/main.default&model_service_id=audited", audited).
			expect(status(200), is("config.inference_table.durability", "JOURNAL"), is("config.inference_table.table", "tables/"+table)),
		sql("bob's group may call it", "$ALICE", "GRANT EXECUTE ON MODEL SERVICE "+name+" TO ai_team").expect(succeeded()),
		chat("alice calls it", "$ALICE", name, false).expect(answeredBy(fallbackModel)),
		chat("… and bob does", "$BOB", name, true).expect(streamedBy(fallbackModel)),
		unsaid.expect(answeredBy(fallbackModel)),
		sql("Rows are asked for with conditions", "$ALICE",
			"SELECT requester, outcome, total_tokens, request FROM "+table+" WHERE requester = 'bob' AND event_time > '2020-01-01' ORDER BY event_time").
			eventually(succeeded(), says("requester, outcome", "bob, ok", "bob, ok")),
		sql("… and his words are not in the one", "$ALICE", "SELECT request, response, logging_error_codes FROM "+table+" WHERE request IS NULL").
			expect(succeeded(), says("logging_error_codes", `["REQUEST_WITHHELD","RESPONSE_WITHHELD"]`)),
		sql("For bob the table does not exist", "$BOB", "SELECT * FROM "+table).expect(failed("does not exist")),
		sql("His group may read its own rows …", "$ALICE", "GRANT SELECT OWN ROWS ON TABLE "+table+" TO ai_team").expect(succeeded()),
		sql("bob sees his", "$BOB", "SELECT requester FROM "+table).expect(succeeded(), says("requester", "bob", "bob")),
		sql("… and the rest without what was said", "$ALICE", "GRANT SELECT MASKED ON TABLE "+table+" TO ai_team").expect(succeeded()),
		sql("bob sees that alice called, and not what she asked", "$BOB", "SELECT requester, request FROM "+table+" WHERE requester = 'alice'").
			expect(succeeded(), says("requester, request", "alice, NULL")),
		sql("What everybody used is in a table of its own, for admins", "$ALICE",
			"SELECT service_name, requester, requester_type, total_tokens FROM system.ai_gateway.usage WHERE service_name = '"+name+"' ORDER BY event_time").
			eventually(succeeded(), says("service_name, requester, requester_type", name+", alice, USER", name+", bob, USER", name+", bob, USER")),
		sql("… and not for bob", "$BOB", "SELECT * FROM system.ai_gateway.usage").expect(failed("does not exist")),
	}
}
