// The management surface, driven by Databricks' own SDK for JavaScript.
import assert from 'node:assert/strict';
import http from 'node:http';
import { ApiError, WorkspaceClient } from '@databricks/sdk-experimental';
import { all, answer, gateway, refused, token } from './check.mjs';

const seen = []; // the requests that the SDK has made
const agent = new http.Agent({ keepAlive: true });
const addRequest = agent.addRequest;
agent.addRequest = function (request, ...rest) {
  seen.push(request);
  return addRequest.call(this, request, ...rest);
};
const client = caller => new WorkspaceClient({ host: gateway, token: token(caller), authType: 'pat' }, { agent, product: 'modelward-e2e', productVersion: '1.0.0' });
const [admin, alice, bob] = ['admin', 'alice', 'bob'].map(client);
const names = list => list.map(o => o.full_name ?? o.name);
const sql = (statement, more) => answer(statement, () =>
  admin.statementExecution.executeStatement({ statement, warehouse_id: 'any', ...more }), r => r.status);

// Who is asking, and where.
const me = await answer('currentUser.me', () => admin.currentUser.me());
assert.deepEqual([me.userName, me.active], ['admin', true]);
assert.deepEqual((await answer('currentUser.me, alice', () => alice.currentUser.me())).groups.map(g => g.display), ['ai_team']);
await refused('currentUser.me, nobody', () => client('nobody').currentUser.me(), ApiError, { statusCode: 401, errorCode: 'UNAUTHENTICATED' });
const { metastore_id } = await answer('metastores.current', () => admin.metastores.current());
assert.equal((await answer('metastores.summary', () => admin.metastores.summary())).metastore_id, metastore_id);
assert.deepEqual((await answer('metastores.list', () => all(admin.metastores.list({})))).map(m => m.metastore_id), [metastore_id]);
assert.equal((await answer('metastores.get', () => admin.metastores.get({ id: metastore_id }))).metastore_id, metastore_id);

// Catalogs.
const made = await answer('catalogs.create', () => admin.catalogs.create({ name: 'Npm', comment: 'From npm.', properties: { team: 'web' } }));
assert.equal(made.name, 'npm');
assert.equal(made.owner, 'admin');
assert.ok(Math.abs(made.created_at - Date.now()) < 60_000, 'created_at is in milliseconds');
assert.deepEqual(made.properties, { team: 'web' });
assert.equal(made.securable_type, 'CATALOG');
assert.equal(made.metastore_id, metastore_id);
assert.deepEqual(await answer('catalogs.get', () => admin.catalogs.get({ name: 'npm', include_browse: true })), made);
await refused('catalogs.create, again', () => admin.catalogs.create({ name: 'npm' }), ApiError, { statusCode: 409, errorCode: 'ALREADY_EXISTS', message: "Catalog 'npm' already exists." });
await refused('catalogs.create, a bad name', () => admin.catalogs.create({ name: 'n p m' }), ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /\/name/ });
await refused('catalogs.create, a number for a name', () => admin.catalogs.create({ name: 7 }), ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /\/name must be a string/ });
await refused('catalogs.create, by bob', () => bob.catalogs.create({ name: 'bobs' }), ApiError, { statusCode: 403, errorCode: 'PERMISSION_DENIED' });
await refused('catalogs.get, nothing', () => admin.catalogs.get({ name: 'nothing' }), ApiError, { statusCode: 404, message: "Catalog 'nothing' does not exist." });
const hidden = await refused('catalogs.get, by bob', () => bob.catalogs.get({ name: 'npm' }), ApiError, { statusCode: 404, message: "Catalog 'npm' does not exist." });
assert.match(hidden.response.details[0].request_id, /^[0-9a-f-]{36}$/);
await refused('catalogs.get, by nobody', () => client('nobody').catalogs.get({ name: 'npm' }), ApiError, { statusCode: 401, errorCode: 'UNAUTHENTICATED' });
for (const request of [{}, { max_results: 0 }, { max_results: 1 }, { max_results: 5000, include_browse: true, include_unbound: true }]) {
  assert.deepEqual(names(await answer(`catalogs.list ${JSON.stringify(request)}`, () => all(admin.catalogs.list(request)), names)), ['main', 'npm', 'system']);
}
await refused('catalogs.list, -1 a page', () => all(admin.catalogs.list({ max_results: -1 })), ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /max_results/ });
await refused('catalogs.list, another token', () => all(admin.catalogs.list({ page_token: 'x' })), ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /page_token/ });

// Schemas.
for (let i = 1; i <= 7; i++) {
  const schema = await answer('schemas.create', () => admin.schemas.create({ name: `s${i}`, catalog_name: 'npm', comment: 'One of seven.' }));
  assert.equal(schema.full_name, `npm.s${i}`);
}
assert.equal((await answer('schemas.get', () => admin.schemas.get({ full_name: 'npm.s1' }))).comment, 'One of seven.');
for (const max_results of [0, 1, 3, 7, 100]) {
  const before = seen.length;
  const list = await answer(`schemas.list, ${max_results} a page`, () => all(admin.schemas.list({ catalog_name: 'npm', max_results })), names);
  assert.deepEqual(names(list), [1, 2, 3, 4, 5, 6, 7].map(i => `npm.s${i}`));
  assert.equal(seen.length - before, Math.ceil(7 / (max_results || 100)), 'requests');
}
await refused('schemas.list, of no catalog', () => all(admin.schemas.list({})), ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /catalog_name/ });
assert.deepEqual(await answer('schemas.delete', () => admin.schemas.delete({ full_name: 'npm.s7' })), {});
assert.deepEqual(await answer('schemas.delete, with force', () => admin.schemas.delete({ full_name: 'npm.s6', force: true })), {});
await refused('schemas.delete, again', () => admin.schemas.delete({ full_name: 'npm.s7' }), ApiError, { statusCode: 404, message: "Schema 'npm.s7' does not exist." });

// This SDK leaves the body of a PATCH out. What would have changed nothing is
// not called done: a revocation might have been in it.
for (const [name, call] of [
  ['catalogs.update', () => admin.catalogs.update({ name: 'npm', comment: 'Lost.' })],
  ['schemas.update', () => admin.schemas.update({ full_name: 'npm.s1', comment: 'Lost.' })],
  ['tables.update', () => admin.tables.update({ full_name: 'main.logging.gpt', owner: 'alice' })],
  ['grants.update', () => admin.grants.update({ securable_type: 'catalog', full_name: 'npm', changes: [{ principal: 'ai_team', add: ['USE_CATALOG'] }] })],
]) {
  await refused(name, call, ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /empty/ });
}
assert.equal((await answer('catalogs.get', () => admin.catalogs.get({ name: 'npm' }))).comment, 'From npm.');

// Statements, and the grants that they make.
assert.equal((await sql('GRANT USE CATALOG ON CATALOG npm TO ai_team', {
  wait_timeout: '30s', on_wait_timeout: 'CANCEL', format: 'JSON_ARRAY', disposition: 'INLINE', catalog: 'npm', schema: 's1', row_limit: 100, byte_limit: 100_000,
})).status.state, 'SUCCEEDED');
assert.equal((await sql('GRANT USE SCHEMA, EXECUTE ON SCHEMA npm.s1 TO ai_team', { wait_timeout: '0s', on_wait_timeout: 'CONTINUE' })).status.state, 'SUCCEEDED');
const shown = await sql('SHOW GRANTS ON CATALOG npm');
assert.deepEqual(shown.manifest.schema.columns.map(c => [c.name, c.type_name, c.position]),
  ['Principal', 'ActionType', 'ObjectType', 'ObjectKey'].map((name, i) => [name, 'STRING', i]));
assert.deepEqual(shown.result.data_array, [['ai_team', 'USE CATALOG', 'CATALOG', 'npm']]);
assert.equal(shown.manifest.total_row_count, 1);
const failed = await sql('SELEC 1');
assert.equal(failed.status.state, 'FAILED');
assert.equal(failed.status.error.error_code, 'BAD_REQUEST');
assert.match(failed.status.error.message, /PARSE_SYNTAX_ERROR/);
await refused('statementExecution.executeStatement, without one', () => admin.statementExecution.executeStatement({ warehouse_id: 'any' }), ApiError, { statusCode: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: /statement/ });
const done = { statement_id: shown.statement_id }; // answered at once, and not kept
for (const [name, call] of [
  ['getStatement', () => admin.statementExecution.getStatement(done)],
  ['getStatementResultChunkN', () => admin.statementExecution.getStatementResultChunkN({ ...done, chunk_index: 0 })],
  ['cancelExecution', () => admin.statementExecution.cancelExecution(done)],
]) {
  await refused(`statementExecution.${name}`, call, ApiError, { statusCode: 404, errorCode: 'RESOURCE_DOES_NOT_EXIST' });
}

const get = (who, request) => answer(`grants.get ${JSON.stringify(request)}`, () => who.grants.get(request));
assert.deepEqual((await get(admin, { securable_type: 'catalog', full_name: 'npm' })).privilege_assignments, [{ principal: 'ai_team', privileges: ['USE_CATALOG'] }]);
assert.deepEqual((await get(admin, { securable_type: 'CATALOG', full_name: 'npm', principal: 'ai_team', max_results: 0 })).privilege_assignments, [{ principal: 'ai_team', privileges: ['USE_CATALOG'] }]);
assert.deepEqual((await get(admin, { securable_type: 'catalog', full_name: 'npm', principal: 'bob' })).privilege_assignments ?? [], []);
const effective = await answer('grants.getEffective', () => admin.grants.getEffective({ securable_type: 'schema', full_name: 'npm.s1', principal: 'ai_team' }));
assert.deepEqual(effective.privilege_assignments.map(a => [a.principal, a.privileges.map(p => p.privilege).sort()]), [['ai_team', ['EXECUTE', 'USE_SCHEMA']]]);
await refused('grants.get, by bob', () => bob.grants.get({ securable_type: 'catalog', full_name: 'npm' }), ApiError, { statusCode: 404 });
await refused('grants.get, of a kind there is not', () => admin.grants.get({ securable_type: 'spoon', full_name: 'npm' }), ApiError, { statusCode: 400 });
assert.deepEqual(names(await answer('catalogs.list, by alice', () => all(alice.catalogs.list({})), names)), ['main', 'npm', 'system']);
// The client takes an empty page for the last one, so none is empty before.
assert.equal((await sql('GRANT USE SCHEMA ON SCHEMA npm.s5 TO ai_team')).status.state, 'SUCCEEDED');
assert.deepEqual(names(await answer('schemas.list, by alice, 1 a page', () => all(alice.schemas.list({ catalog_name: 'npm', max_results: 1 })), names)), ['npm.s1', 'npm.s5']);
assert.equal((await sql('REVOKE USE CATALOG ON CATALOG npm FROM ai_team')).status.state, 'SUCCEEDED');
await refused('catalogs.get, by alice, after the revocation', () => alice.catalogs.get({ name: 'npm' }), ApiError, { statusCode: 404 });

// Tables: that of a service's log.
const tables = request => answer(`tables.list ${JSON.stringify(request)}`, () => all(admin.tables.list(request)), names);
const logs = ['claude', 'closed_ai', 'closed_claude', 'closed_gpt', 'gpt', 'small_ai', 'small_claude', 'small_gpt'].map(t => `main.logging.${t}`);
assert.deepEqual(names(await tables({ catalog_name: 'main', schema_name: 'logging' })), logs);
assert.deepEqual(names(await tables({ catalog_name: 'main', schema_name: 'logging', max_results: 3, omit_columns: true, omit_properties: true, omit_username: true, include_browse: true })), logs);
assert.deepEqual(await tables({ catalog_name: 'npm', schema_name: 's1' }), []);
const table = await answer('tables.get', () => admin.tables.get({ full_name: 'main.logging.gpt', include_delta_metadata: true }));
assert.deepEqual([table.catalog_name, table.schema_name, table.name, table.owner], ['main', 'logging', 'gpt', 'admin']);
assert.ok(table.columns.length > 10, 'a table shows its columns');
assert.deepEqual(await answer('tables.exists', () => admin.tables.exists({ full_name: 'main.logging.gpt' })), { table_exists: true });
assert.deepEqual((await answer('tables.listSummaries', () => all(admin.tables.listSummaries({ catalog_name: 'main', schema_name_pattern: 'logging', table_name_pattern: '%gpt', max_results: 2 })), names)).map(t => [t.full_name, t.table_type]),
  ['closed_gpt', 'gpt', 'small_gpt'].map(t => [`main.logging.${t}`, 'MANAGED']));
await refused('tables.get, nothing', () => admin.tables.get({ full_name: 'npm.s1.nothing' }), ApiError, { statusCode: 404 });
await refused('tables.get, by bob', () => bob.tables.get({ full_name: 'main.logging.gpt' }), ApiError, { statusCode: 404 });
const rows = await sql('SELECT request_id, outcome FROM main.logging.gpt LIMIT 2');
assert.deepEqual(rows.manifest.schema.columns.map(c => c.name), ['request_id', 'outcome']);

// Models: those of the configuration.
const models = ['databricks-claude-haiku-4-5', 'databricks-claude-opus-4-6', 'databricks-claude-sonnet-4-6', 'databricks-gpt-5-2'].map(m => `system.ai.${m}`);
for (const request of [{}, { catalog_name: 'system', schema_name: 'ai' }, { catalog_name: 'system', schema_name: 'ai', max_results: 1 }]) {
  assert.deepEqual(names(await answer(`registeredModels.list ${JSON.stringify(request)}`, () => all(admin.registeredModels.list(request)), names)), models);
}
assert.equal((await answer('registeredModels.get', () => admin.registeredModels.get({ full_name: models[0] }))).full_name, models[0]);
await get(admin, { securable_type: 'function', full_name: models[0] });
const execute = await answer('grants.getEffective, of a model', () => admin.grants.getEffective({ securable_type: 'function', full_name: models[0], principal: 'account users' }), e => e.privilege_assignments);
assert.ok(execute.privilege_assignments[0].privileges.some(p => p.privilege === 'EXECUTE' && p.inherited_from_name === 'system.ai'), 'from the schema');

// Model services, for which this SDK has no names yet: its own transport does.
const services = (method, path, more) => answer(`apiClient.request ${method} model-services${path}`, () => admin.apiClient.request(
  { path: `/api/2.1/unity-catalog/model-services${path}`, method, headers: new Headers({ Accept: 'application/json', 'Content-Type': 'application/json' }), raw: false, ...more }));
const config = { routing: { destinations: [{ name: 'only', destination_type: 'DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL',
  pay_per_token_config: { model: 'models/system.ai.databricks-gpt-5-2' } }] } };
const service = await services('POST', '', { query: { parent: 'schemas/npm.s1', model_service_id: 'chat' }, payload: { comment: 'From npm.', config } });
assert.deepEqual([service.name, service.effective_owner, service.comment], ['model-services/npm.s1.chat', 'admin', 'From npm.']);
assert.deepEqual(await services('GET', '/npm.s1.chat'), service);
assert.deepEqual((await services('GET', '', { query: { parent: 'schemas/npm.s1', page_size: 1, view: 'FULL' } })).model_services, [service]);
assert.deepEqual(await services('DELETE', '/npm.s1.chat', { query: { etag: service.etag } }), {});

// What is full goes when it is told to, with all that is in it.
await refused('catalogs.delete, not empty', () => admin.catalogs.delete({ name: 'npm' }), ApiError, { statusCode: 400, errorCode: 'INVALID_STATE' });
assert.deepEqual(await answer('catalogs.delete, with force', () => admin.catalogs.delete({ name: 'npm', force: true })), {});
await refused('schemas.get, gone with its catalog', () => admin.schemas.get({ full_name: 'npm.s1' }), ApiError, { statusCode: 404 });

// What the SDK sends by itself, and that nothing was asked twice.
assert.match(seen[0].getHeader('user-agent'), /^modelward-e2e\/1\.0\.0 databricks-sdk-js\//);
for (const request of seen) assert.match(request.path, /^\/api\/2\.[01]\//, 'nothing else was asked for');
console.log(`${seen.length} requests`);
