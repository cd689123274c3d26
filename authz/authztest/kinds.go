package authztest

import "github.com/modelward/modelward/catalog"

// TypeService is the kind that stands for model services in generated worlds
// and scenarios. CreateService is what creates one.
const (
	TypeService   catalog.SecurableType = "model_service"
	CreateService catalog.Privilege     = "CREATE_SERVICE"
)

// Kinds returns the kinds that a catalog of this package has besides the
// built-in ones: model services, with the privileges of spec §12.1 and no
// content.
func Kinds() []catalog.Kind {
	return []catalog.Kind{{
		Type: TypeService, Label: "Model Service", Parent: catalog.TypeSchema,
		Create: CreateService,
		Privileges: []catalog.Privilege{catalog.Execute, catalog.ReadMetadata,
			catalog.ApplyTag, catalog.Manage, catalog.AllPrivileges},
		Reveals: []catalog.Privilege{catalog.Execute, catalog.ReadMetadata},
		Space:   "service",
	}}
}
