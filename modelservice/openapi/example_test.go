package openapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/modelward/modelward/modelservice/openapi"
)

// A program reads from a server what an operation is called.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("GET /openapi.json", openapi.Handler())
	server := httptest.NewServer(mux)
	defer server.Close()

	answer, err := http.Get(server.URL + "/openapi.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	var document struct {
		Paths map[string]struct {
			Post struct{ OperationID string }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&document); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(document.Paths["/api/2.2/unity-catalog/model-services"].Post.OperationID)
	// Output: createFlatModelService
}
