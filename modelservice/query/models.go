package query

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/modelward/modelward/modelservice"
)

// modelList is OpenAI's list of models; the models are services here.
type modelList struct {
	Object string       `json:"object"`
	Data   []modelEntry `json:"data"`
}

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"` // seconds since 1970
	OwnedBy string `json:"owned_by"`
}

// models lists the services that the caller may call, ordered by name.
func (h *handler) models(x *exchange) error {
	list := modelList{Object: "list", Data: []modelEntry{}}
	for name := range h.gateway.Services(x.caller) {
		service, err := h.metastore.Service(x.caller, name)
		if err != nil {
			continue // dropped, or taken from the caller, just now
		}
		list.Data = append(list.Data, modelEntry{name.String(), "model", service.CreatedAt.Unix(), service.Owner})
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	x.begun = true
	header := x.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header[modelservice.RequestIDHeader] = []string{x.id}
	x.w.WriteHeader(http.StatusOK)
	x.w.Write(body) // if the caller is gone, nobody is left to be told
	return nil
}
