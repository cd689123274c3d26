package main

import (
	"strings"
	"testing"
)

const want = `GET /: 200 welcome
GET /api/orders: 200 no orders
GET /api/2.1/unity-catalog/model-services: 401 UNAUTHENTICATED
POST /login: 200
GET /api/2.1/unity-catalog/model-services: 200 model-services/main.default.chat
POST /ai-gateway/openai/v1/chat/completions: 200 Ahoy.
DELETE /api/2.1/unity-catalog/model-services/main.default.chat: 403 not from another site
GET /openapi.json: 200 OpenAPI 3.1.0
requests that the host saw: 8
`

func TestMount(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
