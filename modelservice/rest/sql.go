package rest

import (
	"strings"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
	"go.uber.org/zap"
)

// statementBody is a request to execute a statement. Statements are executed at
// once and answered inline, so most of what can be asked means nothing here.
type statementBody struct {
	Statement string `json:"statement"`
	RowLimit  *int64 `json:"row_limit"`
	Catalog   string `json:"catalog"` // for names that leave it out, as schema is
	Schema    string `json:"schema"`

	WarehouseID   ignored `json:"warehouse_id"`
	Parameters    ignored `json:"parameters"`
	ByteLimit     ignored `json:"byte_limit"`
	Disposition   ignored `json:"disposition"`
	Format        ignored `json:"format"`
	WaitTimeout   ignored `json:"wait_timeout"`
	OnWaitTimeout ignored `json:"on_wait_timeout"`
	QueryTags     ignored `json:"query_tags"`
}

// ignored is a member of a request that is taken and not looked at.
type ignored = outputOnly

type statementAnswer struct {
	StatementID string             `json:"statement_id"`
	Status      statementStatus    `json:"status"`
	Manifest    *statementManifest `json:"manifest,omitempty"`
	Result      *statementResult   `json:"result,omitempty"`
}

type statementStatus struct {
	State string          `json:"state"`
	Error *statementError `json:"error,omitempty"`
}

type statementError struct {
	ErrorCode modelservice.Code `json:"error_code"`
	Message   string            `json:"message"`
}

type statementManifest struct {
	Format          string           `json:"format"`
	Schema          statementSchema  `json:"schema"`
	TotalChunkCount int              `json:"total_chunk_count"`
	Chunks          []statementChunk `json:"chunks"`
	TotalRowCount   int              `json:"total_row_count"`
	Truncated       bool             `json:"truncated"`
}

type statementSchema struct {
	ColumnCount int               `json:"column_count"`
	Columns     []statementColumn `json:"columns"`
}

type statementColumn struct {
	Name     string `json:"name"`
	Position int    `json:"position"`
	TypeName string `json:"type_name"`
	TypeText string `json:"type_text"`
}

type statementChunk struct {
	ChunkIndex int `json:"chunk_index"`
	RowOffset  int `json:"row_offset"`
	RowCount   int `json:"row_count"`
}

type statementResult struct {
	statementChunk
	DataArray [][]*string `json:"data_array"`
}

// executeStatement executes one statement. A request that was understood is
// answered with 200, whatever became of the statement.
func (h *handler) executeStatement(r *request) (any, error) {
	var body statementBody
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if strings.TrimSpace(body.Statement) == "" {
		return nil, invalid("/statement", "A statement is required.")
	}
	if body.RowLimit != nil && *body.RowLimit < 1 {
		return nil, invalid("/row_limit", "A row limit is at least 1.")
	}
	answer := statementAnswer{StatementID: r.id}
	result, err := statement.Execute(r.Context(), h.ms, r.caller, body.Statement,
		&statement.Options{Catalog: body.Catalog, Schema: body.Schema})
	if err != nil {
		e := modelservice.AsError(err)
		if e.Code == modelservice.CodeInternal {
			h.log.Error("statement failed", zap.String("request_id", r.id), zap.Error(err))
		}
		answer.Status = statementStatus{"FAILED", &statementError{e.Code, e.ShortMessage()}}
		return answer, nil
	}
	if body.RowLimit != nil && int64(len(result.Rows)) > *body.RowLimit {
		result.Rows, result.Truncated = result.Rows[:*body.RowLimit], true
	}
	answer.Status.State = "SUCCEEDED"
	answer.Manifest, answer.Result = inline(result)
	return answer, nil
}

// inline is a result in one chunk.
func inline(result *statement.Result) (*statementManifest, *statementResult) {
	whole := statementChunk{RowCount: len(result.Rows)}
	columns := make([]statementColumn, len(result.Columns))
	for i, c := range result.Columns {
		columns[i] = statementColumn{c.Name, i, typeName(c.Type), c.Type}
	}
	rows := result.Rows
	if rows == nil {
		rows = [][]*string{}
	}
	return &statementManifest{
		Format: "JSON_ARRAY", Schema: statementSchema{len(columns), columns},
		TotalChunkCount: 1, Chunks: []statementChunk{whole}, TotalRowCount: len(rows), Truncated: result.Truncated,
	}, &statementResult{whole, rows}
}

// statement answers who asks for a statement later: none is kept.
func (h *handler) statement(*request) (any, error) {
	return nil, &modelservice.Error{Code: modelservice.CodeDoesNotExist,
		Message: "The statement does not exist: statements are answered at once and not kept."}
}
