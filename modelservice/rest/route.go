package rest

// action answers one request with a value to be sent as JSON.
type action func(*request) (any, error)

const (
	uc21 = "/api/2.1/unity-catalog/"
	uc22 = "/api/2.2/unity-catalog/"
	sql  = "/api/2.0/sql/statements"
	scim = "/api/2.0/preview/scim/v2/"
)

// routes are all paths and methods there are. What is not here is refused.
func (h *handler) routes() map[string]map[string]action {
	all := map[string]map[string]action{
		uc21 + "catalogs":        {"GET": h.listCatalogs, "POST": h.createCatalog},
		uc21 + "catalogs/{name}": {"GET": h.catalog, "PATCH": h.updateCatalog, "DELETE": h.deleteCatalog},

		uc21 + "schemas":        {"GET": h.listSchemas, "POST": h.createSchema},
		uc21 + "schemas/{name}": {"GET": h.schema, "PATCH": h.updateSchema, "DELETE": h.deleteSchema},

		uc21 + "tables":               {"GET": h.listTables},
		uc21 + "tables/{name}":        {"GET": h.table, "PATCH": h.updateTable, "DELETE": h.deleteTable},
		uc21 + "tables/{name}/exists": {"GET": h.tableExists},
		uc21 + "table-summaries":      {"GET": h.listTableSummaries},

		uc21 + "models":        {"GET": h.listModels},
		uc21 + "models/{name}": {"GET": h.model},

		uc21 + "metastores":                   {"GET": h.listMetastores},
		uc21 + "metastores/{id}":              {"GET": h.metastore},
		uc21 + "metastore_summary":            {"GET": h.metastoreSummary},
		uc21 + "current-metastore-assignment": {"GET": h.metastoreAssignment},

		uc21 + "model-services":        {"GET": h.listServices, "POST": h.createService},
		uc21 + "model-services/{name}": {"GET": h.service, "PATCH": h.updateService, "DELETE": h.deleteService},

		uc22 + "model-services":        {"GET": h.listSeedServices, "POST": h.createSeedService},
		uc22 + "model-services/{name}": {"GET": h.seedService, "PATCH": h.updateSeedService, "DELETE": h.deleteService},

		uc21 + "permissions/{type}/{name}":                     {"GET": h.permissions, "PATCH": h.changePermissions},
		uc21 + "effective-permissions/{type}/{name}":           {"GET": h.effectivePermissions},
		uc21 + "privilege-assignments/{type}/{name}":           {"GET": h.privilegeAssignments},
		uc21 + "effective-privilege-assignments/{type}/{name}": {"GET": h.effectivePrivilegeAssignments},

		uc21 + "principals":        {"GET": h.listPrincipals, "POST": h.createPrincipal},
		uc21 + "principals/{name}": {"GET": h.principal, "PATCH": h.updatePrincipal, "DELETE": h.deletePrincipal},

		uc21 + "history": {"GET": h.history},

		sql:           {"POST": h.executeStatement},
		sql + "/{$}":  {"POST": h.executeStatement},
		sql + "/{id}": {"GET": h.statement},

		sql + "/{id}/cancel":                {"POST": h.statement},
		sql + "/{id}/result/chunks/{index}": {"GET": h.statement},

		scim + "Me": {"GET": h.me},
	}
	if h.health != nil {
		all[uc21+"destination-health"] = map[string]action{"GET": h.destinationHealth}
	}
	if h.limits != nil {
		all[uc21+"rate-limit-usage/{name}"] = map[string]action{"GET": h.limitUsage}
	}
	return all
}
