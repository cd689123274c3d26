curl https://<workspace-url>/api/2.2/unity-catalog/model-services \
-X POST \
-H "Content-Type: application/json" \
-H "Authorization: Bearer $DATABRICKS_TOKEN" \
-H "x-databricks-workspace-id: <workspace-id>" \
-d '{
"catalog_name": "main",
"schema_name": "default",
"name": "team-chat",
"comment": "Shared chat endpoint with fallback.",
"destinations": [
{ "name": "primary", "model": "system.ai.databricks-claude-opus-4-6" },
{ "name": "fallback", "model": "system.ai.databricks-gpt-5-2" }
],
"routes": {
"strategy": "fallback",
"destinations": ["primary", "fallback"]
},
"inference_table": "main.logging.team_chat_payload",
"rate_limits": {
"tpm": 10000,
"qpm": 1000
}
}'
