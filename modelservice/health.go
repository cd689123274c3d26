package modelservice

import (
	"cmp"
	"slices"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/routing"
)

// DestinationHealth is what a gateway's router knows of a model.
type DestinationHealth struct {
	Model catalog.FullName
	routing.Health
}

// Health returns how the models of the catalog fare as destinations, ordered
// by name: those that have failed since the gateway was started, and all others
// as never seen failing. Only a metastore admin may read it; the error is
// PERMISSION_DENIED.
func (g *Gateway) Health(caller catalog.PrincipalID) ([]DestinationHealth, error) {
	s := g.catalog.Snapshot()
	if _, err := g.metastore.asAdmin(s, caller, "read the health of destinations"); err != nil {
		return nil, err
	}
	var all []DestinationHealth
	for node := range s.All(catalog.TypeModel) {
		all = append(all, DestinationHealth{s.FullName(node.ID), g.router.Health(uint64(node.ID))})
	}
	slices.SortFunc(all, func(a, b DestinationHealth) int {
		return cmp.Or(cmp.Compare(a.Model.Catalog, b.Model.Catalog), cmp.Compare(a.Model.Schema, b.Model.Schema), cmp.Compare(a.Model.Object, b.Model.Object))
	})
	return all, nil
}
