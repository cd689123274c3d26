package rest

import (
	"context"
	"maps"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Patterns are the methods of all paths that there can be.
func Patterns() map[string][]string {
	h := &handler{
		health: func(catalog.PrincipalID) ([]modelservice.DestinationHealth, error) { return nil, nil },
		limits: func(context.Context, catalog.PrincipalID, catalog.FullName, string, map[string]string) (modelservice.LimitReport, error) {
			return modelservice.LimitReport{}, nil
		},
	}
	all := map[string][]string{}
	for pattern, actions := range h.routes() {
		for method := range maps.Keys(actions) {
			all[pattern] = append(all[pattern], method)
		}
	}
	return all
}
