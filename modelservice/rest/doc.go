// Package rest does not know how rights are decided, how a caller logged in, or
// what a model answers: it is the management API over HTTP, in front of
// [modelservice.Metastore]. It turns requests into calls under the rights of
// whoever sent them, and answers into JSON.
//
// [New] returns a handler for these paths, below /api/:
//
//	2.1/unity-catalog/catalogs                                       list, create
//	2.1/unity-catalog/catalogs/{name}                                get, update, delete
//	2.1/unity-catalog/schemas                                        list, create
//	2.1/unity-catalog/schemas/{name}                                 get, update, delete
//	2.1/unity-catalog/tables                                         list
//	2.1/unity-catalog/tables/{name}                                  get, update (the owner), delete
//	2.1/unity-catalog/tables/{name}/exists                           get
//	2.1/unity-catalog/table-summaries                                list
//	2.1/unity-catalog/models                                         list
//	2.1/unity-catalog/models/{name}                                  get
//	2.1/unity-catalog/model-services                                 list, create (GA shape, spec §3.1, §3.2)
//	2.1/unity-catalog/model-services/{name}                          get, update, delete
//	2.2/unity-catalog/model-services                                 list, create (the seed page's shape, spec §3.3)
//	2.2/unity-catalog/model-services/{name}                          get, update, delete
//	2.1/unity-catalog/permissions/{type}/{name}                      get, update (spec §12.7, ruling R38)
//	2.1/unity-catalog/effective-permissions/{type}/{name}            get
//	2.1/unity-catalog/privilege-assignments/{type}/{name}            list
//	2.1/unity-catalog/effective-privilege-assignments/{type}/{name}  list
//	2.1/unity-catalog/metastores                                     list
//	2.1/unity-catalog/metastores/{id}                                get
//	2.1/unity-catalog/metastore_summary                              get
//	2.1/unity-catalog/current-metastore-assignment                   get
//	2.1/unity-catalog/principals                                     list, create
//	2.1/unity-catalog/principals/{name}                              get, update, delete
//	2.1/unity-catalog/history                                        list
//	2.1/unity-catalog/destination-health                             list, if [Config].Health is given
//	2.1/unity-catalog/rate-limit-usage/{name}                        get, if [Config].Limits is given
//	2.0/sql/statements                                               execute (package statement)
//	2.0/sql/statements/{id}                                          get: always 404, no statement is kept
//	2.0/sql/statements/{id}/cancel                                   cancel: likewise
//	2.0/sql/statements/{id}/result/chunks/{index}                    get: likewise
//	2.0/preview/scim/v2/Me                                           get: who asks
//
// List and get are GET, and HEAD, create, execute and cancel POST, update PATCH.
// Names are full names. What the two shapes are is in DESIGN.md under References.
//
// # The order of things
//
// Who asks comes first: without valid credentials every path answers 401, and so
// it does for a name that is no user or service principal of the catalog. Then
// the shape: an unknown path is 404 ENDPOINT_NOT_FOUND, a wrong method 405, a
// body that is too long 413, and whatever is wrong in it 400. Only then is
// anything looked up, and what the caller may not see is answered exactly as if
// it did not exist (rulings R9, R17).
//
// A path is decoded once and has one spelling; no redirect leads to another.
// What is looked up is the canonical name, so that the object whose rights are
// checked is the object that is served.
//
// A query parameter that is empty is as good as absent. One that the path takes may
// be there once. Those that would say the same to the other shape are refused, and
// others are not looked at.
//
// # Bodies
//
// A body comes as it is, in pieces or whole: one with a Content-Encoding other
// than identity is 415, one that does not arrive in time 408. It is JSON whatever
// its Content-Type says, which is not looked at. Of names in messages and pointers
// that are very long only the beginning is shown.
//
// Bodies are read strictly (ruling R14): a member that is unknown or given
// twice, a number that is none or does not fit, a value of another kind or text
// behind the object is 400 INVALID_PARAMETER_VALUE, with the JSON pointer of the
// place in the message and in the details, and nothing has changed.
// Members that only answers have are taken and ignored (ruling R36). Enumerations
// are names, never numbers (ruling R26). null is as good as absent, but the value
// of one of an object's properties is a text.
//
// A list that is too long is refused before anything is made of its entries. Those
// of a service are as long as any service has them; a change of permissions has at
// most 1,000 changes, of each of which add and remove have at most 100 privileges;
// add_members and remove_members are 10,000 names. No object has more than 10,000
// members. Comments and properties are as long as [catalog.Draft] says, so that a
// catalog or schema is shown in less than 300 KiB.
//
// The field's catalogs and schemas have members about what does not exist here.
// They are taken where they say nothing (null, "", 0, false, {} or []) and refused
// by name where they ask for something:
//
//	storage_root, connection_name, provider_name, share_name, options    nothing
//	custom_max_retention_hours, managed_encryption_settings              nothing
//	isolation_mode                                                       OPEN
//	enable_predictive_optimization                                       INHERIT
//
// # Changing a service
//
// In the GA shape the parameter update_mask says what is changed: paths with
// commas between them (spec §3.1). They are comment, config, and below config
// routing.destinations, routing.fallback.destinations,
// routing.first_token_timeout, routing.routing_strategy (the traffic_splitting
// mark), rate_limits and inference_table; * is comment and config (ruling R12);
// and owner, which Databricks' Terraform provider always names: it changes where
// the body has one, and stays where it has not.
// There are at most 32 paths in at most 1,024 bytes; one more than once is as good
// as once.
// What a path names and the body does not have is cleared; what no path names
// stays, whatever the body has. An inference table can be given to a service
// that has none, paused, resumed and taken away, which leaves the table where it
// is; which table it is does not change (spec §6.1).
//
// Members of config.inference_table beyond the field's are durability (FAST, or
// JOURNAL where the log has a journal), payloads (ALL; OPTIONAL, when a call may
// ask to leave them out; NONE) and omit_refused, which leaves out the rows of calls
// refused with 403 and 429. Answers have them where they are not the first. A
// change of a table that is there leaves those that are absent or null as they
// are: clients that do not know them send the others back without them.
// logging_status and logging_status_reason, in answers alone, say why no rows are
// written: PAUSED, DELETED or STOPPED, which is when the owner's rights to
// write there were lost (see [modelservice.Logging]). It is resumed when it is
// asked for: by update_mask naming config.inference_table, without disabled in
// it, or in the seed page's shape by inference_table as the only member. With *,
// config or other members it stays stopped, whatever rights the owner has.
//
// In the seed page's shape the members given are replaced, and there is no mask
// (ruling R36). Limits, timeouts, fallbacks behind a split and what of an inference
// table is not its name, which it has no words for, stay; rate_limits {} means none that it has words for (ruling R26).
// New numbers are a limit of their own, and where there are 20 that stay, part of
// the first of those for the service by the minute.
// Destinations without routes, and routes without destinations, go with those
// that there are. A table is taken away in the other shape.
//
// In both the parameter etag, which the GA shape answers, makes the change
// depend on the service being as it was then; else the answer is 409 ABORTED. A
// change that changes nothing is answered like any other, and leaves the etag.
// Rights are those of [modelservice.Metastore.UpdateService].
//
// # Lists
//
// A page is full as long as there is something that the caller may see to fill
// it with; the last page has no next_page_token. A token is bound to what is
// listed (path, container, filters, view), not to the size of the page, and
// holds nothing but the name it continues after. Lists of objects have 100 on a
// page, by default and at most (spec §3.4).
//
// Models and services are listed in a schema, in a catalog, or everywhere; tables
// in a schema, without their columns, properties or names of principals where
// omit_columns, omit_properties or omit_username is true. table-summaries has the
// names of a catalog's tables whose schema and whose own name are like
// schema_name_pattern and table_name_pattern, in which % stands for any text and _
// for any character.
//
// Of a table the owner can be changed here, and a comment in the body must be what
// it is: COMMENT ON TABLE changes it.
//
// Catalogs are made empty, where the field puts a schema called default into each,
// which its Terraform provider then drops. So dropping that from a catalog that is
// empty succeeds, for who may manage the catalog, and does nothing.
//
// # Grants
//
// type is any kind of object that the catalog has, in any case of its letters, and
// function means model. permissions are the grants placed on an object itself. effective-permissions
// are also those that it inherits, each with the container that it comes from in
// inherited_from_type (CATALOG or SCHEMA) and inherited_from_name. Who may
// manage an object sees all grants on it, anyone else those to himself and his
// groups; principal selects one assignment. Both come all at once unless
// max_results asks for pages, by the number of principals: 0 is the default, 150;
// fewer are refused, and there are at most 1,000 (spec §12.7). The two
// privilege-assignments are the same lists, always in pages; there the parameter
// is page_size, and the effective list is called
// effective_privilege_assignments.
//
// # Principals
//
// The field keeps users and groups elsewhere; these paths are our own. A
// principal has a name, a type (user, service_principal, group), member_of, the
// groups it was put into itself, and if it is a group members, by name. {name}
// is one escaped segment of the path: "a/b" is a%2Fb. (Only a principal called
// "/" has no path.) Metastore admins see everybody and they alone change
// anything; anyone else sees himself and the groups he is in, and all others are
// missing (PRINCIPAL_DOES_NOT_EXIST).
//
// POST takes name and type. PATCH takes either new_name, which takes nothing from
// who is renamed, or add_members and remove_members, all or none of them, of which
// either may be empty; in one request with both it would be two changes, and is
// refused. DELETE takes the
// grants and memberships along (ruling R21). Built-in principals keep their
// names (403), and nothing takes the last user or service principal away from
// the metastore admins (INVALID_STATE). The list takes type, max_results and
// page_token.
//
// # Who asks
//
// Clients of the field ask for Me first, to see whether their credentials are
// good: name and groups of who asks, in the words of SCIM. The number of a
// principal in it is made of the name. The metastore, which everybody may know of,
// is there because they ask for it too; it has one workspace, whose number is 1.
//
// # History
//
// This path is our own too, and for metastore admins alone; anyone else gets
// 403. It lists who changed what and when, a commit an event, oldest first, after
// the version in the parameter after (default 0: from the first), at most
// max_results of them (default and most: 100). When there are more, next_after
// is the value of after for them; who follows the history goes on after the
// version of the last event.
//
//	{"events": [{"version": 12, "at": 1767225600000, "actor": "alice", "changes": [
//	  {"kind": "grant_added", "privilege": "EXECUTE",
//	   "securable": {"id": 31, "type": "MODEL_SERVICE", "full_name": "main.default.chat"},
//	   "principal": {"id": 7, "type": "group", "name": "ai_team"}}]}],
//	 "next_after": 12}
//
// at is in milliseconds since 1970. restored, in the event of a restore, is the
// version of the backup that was brought back. kind is one of [catalog.EventKind]
// and says which members there are: securable of everything about one, with owner
// where it was created, changed or restored; principal of everything about one,
// and for the holder of a grant and the member of a group; group. Names are those
// of [modelservice.Metastore.History]; where nothing names an object there is only
// its id, which no other object ever has. A history that no longer reaches back
// to after is 400, and the message says from where on there is one.
//
// # The health of destinations
//
// This path is our own as well and for metastore admins alone. It lists, ordered
// by name and all at once, how the models fare as destinations of the one
// gateway that was asked:
//
//	{"destinations": [{"model": "system.ai.gpt", "state": "OPEN", "consecutive_failures": 5,
//	  "cooling_until": "2026-01-01T00:00:05Z", "probing": false}]}
//
// state is one of routing.State. cooling_until (RFC 3339) is there while plans
// leave the model out; probing says that one attempt is finding out whether they
// still need to.
//
// # How limits stand
//
// This path is our own too. It answers how the limits of a service stand for
// who asks, or for another principal for who may manage the service, and what
// they would say to a call that reserves one token; nothing is taken. principal
// and request_tags are parameters, the latter the tags of the call exactly as the
// header of package query may have them ([modelservice.ParseTags]):
//
//	{"model_service": "main.default.chat", "principal": "bob", "admitted": false,
//	 "refusal": {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "message": "…", "retry_after_seconds": 17},
//	 "rate_limits": [
//	   {"key": "RATE_LIMIT_KEY_SERVICE", "renewal_period": "RATE_LIMIT_RENEWAL_PERIOD_MINUTE",
//	    "dimension": "requests", "limit": 1000, "used": 1000, "remaining": 0}]}
//
// dimension is the member of a limit that the numbers are about. principal,
// request_tag_key and request_tag_value say whose limit it is, where it is not the
// service's. Limits with shadow refuse nothing; shadow_refusal is what they
// would have refused.
//
// # SQL
//
// A statement that was understood as a request answers with status 200, whether
// it SUCCEEDED or FAILED. Results are in the answer, always: of the members that
// the statement API documents, only statement, catalog, schema and row_limit
// have a meaning here.
//
// # Answers
//
// Every answer is JSON and has the header X-Databricks-Request-Id, whose value
// is in the details of errors too (spec §3.4, ruling R35). A panic is answered
// with 500. That, and any other fault of the server's own, is one line in the log,
// with the same id.
package rest
