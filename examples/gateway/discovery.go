package main

import (
	"encoding/json"
	"net/http"

	"github.com/modelward/modelward/modelservice"
)

// discoveryPath is where the official SDKs and the CLI ask first of all, without
// credentials, what kind of host they have been pointed at. Of a host that has
// nothing there, or no oidc_endpoint, they warn each time.
const discoveryPath = "/.well-known/databricks-config"

type discoveryBody struct {
	OIDCEndpoint string `json:"oidc_endpoint"` // there is nothing at it: callers log in with tokens
	HostType     string `json:"host_type"`
	WorkspaceID  string `json:"workspace_id"`
}

// discoveryOf is the answer of a server at a URL. It is the server's own URL and
// not that of a request's Host header, which whoever asks may choose.
func discoveryOf(url string) []byte {
	// Three texts can always be encoded.
	body, _ := json.Marshal(discoveryBody{OIDCEndpoint: url + "/oidc", HostType: "WORKSPACE_HOST", WorkspaceID: "1"})
	return body
}

func (s *surfaces) discover(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header()[modelservice.RequestIDHeader] = []string{modelservice.NewRequestID()}
	w.Write(s.discovery)
}
