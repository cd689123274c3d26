package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// The shapes of Databricks' API, written down from its documentation and not from
// the code that answers them.

type wireError struct {
	ErrorCode string `json:"error_code"`
	Message   string `json:"message"`
	Details   []struct {
		Type       string         `json:"@type"`
		RequestID  string         `json:"request_id"`
		Serving    string         `json:"serving_data"`
		Metadata   map[string]any `json:"metadata"`
		Violations []struct {
			Field       string `json:"field"`
			Description string `json:"description"`
		} `json:"field_violations"`
	} `json:"details"`
}

type wireService struct {
	Name              string     `json:"name"`
	Comment           string     `json:"comment"`
	Config            wireConfig `json:"config"`
	EffectiveOwner    string     `json:"effective_owner"`
	SupportedAPITypes []string   `json:"supported_api_types"`
	CreateTime        time.Time  `json:"create_time"` // decodes RFC 3339 alone
	UpdateTime        time.Time  `json:"update_time"`
	CreatedBy         string     `json:"created_by"`
	UpdatedBy         string     `json:"updated_by"`
	Etag              string     `json:"etag"`
	MetastoreID       string     `json:"metastore_id"`
}

type wireConfig struct {
	Routing        *wireRouting `json:"routing"`
	RateLimits     []wireLimit  `json:"rate_limits"`
	InferenceTable *wireTable   `json:"inference_table"`
}

type wireRouting struct {
	Destinations []wireDestination `json:"destinations"`
	Fallback     *struct {
		Destinations []wireDestination `json:"destinations"`
	} `json:"fallback"`
	FirstTokenTimeout *wireDuration `json:"first_token_timeout"`
	TrafficSplitting  *struct{}     `json:"traffic_splitting"`
}

type wireDestination struct {
	Name        string              `json:"name"`
	Type        wireDestinationType `json:"destination_type"`
	PayPerToken *struct {
		Model string `json:"model"`
	} `json:"pay_per_token_config"`
	Percentage *int `json:"traffic_percentage"`
	IsDeleted  bool `json:"is_deleted"`
}

type wireLimit struct {
	Key       wireLimitKey `json:"key"`
	Principal string       `json:"principal"`
	Renewal   wireRenewal  `json:"renewal_period"`
	Requests  *int64       `json:"requests"`
	Tokens    *int64       `json:"tokens"`
}

// wireTable has the members of the field, and those that say why nothing is
// logged, which are our own.
type wireTable struct {
	Parent    string `json:"parent"`
	Prefix    string `json:"table_name_prefix"`
	Table     string `json:"table"`
	Disabled  bool   `json:"disabled"`
	IsDeleted bool   `json:"is_deleted"`
	Status    string `json:"logging_status"`
	Reason    string `json:"logging_status_reason"`
}

// asked is a config as a request has it: without what only answers have.
func (c wireConfig) asked() string {
	if c.InferenceTable != nil {
		t := *c.InferenceTable
		t.Table, t.IsDeleted, t.Status, t.Reason = "", false, "", ""
		c.InferenceTable = &t
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

type (
	wireDestinationType string
	wireLimitKey        string
	wireRenewal         string
	wireDuration        string
)

func (v *wireDestinationType) UnmarshalText(text []byte) error {
	return oneOf((*string)(v), text, "DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL",
		"DESTINATION_TYPE_PROVISIONED_THROUGHPUT_FOUNDATION_MODEL", "DESTINATION_TYPE_EXTERNAL_FOUNDATION_MODEL")
}

func (v *wireLimitKey) UnmarshalText(text []byte) error {
	return oneOf((*string)(v), text, "RATE_LIMIT_KEY_SERVICE", "RATE_LIMIT_KEY_USER_DEFAULT", "RATE_LIMIT_KEY_USER",
		"RATE_LIMIT_KEY_USER_GROUP", "RATE_LIMIT_KEY_SERVICE_PRINCIPAL", "RATE_LIMIT_KEY_REQUEST_TAG")
}

func (v *wireRenewal) UnmarshalText(text []byte) error {
	return oneOf((*string)(v), text, "RATE_LIMIT_RENEWAL_PERIOD_MINUTE", "RATE_LIMIT_RENEWAL_PERIOD_HOUR")
}

var wireDurationForm = regexp.MustCompile(`^\d+(\.(\d{3}|\d{6}|\d{9}))?s$`)

func (v *wireDuration) UnmarshalText(text []byte) error {
	if !wireDurationForm.Match(text) {
		return fmt.Errorf("%q is no duration", text)
	}
	*v = wireDuration(text)
	return nil
}

func oneOf(v *string, text []byte, names ...string) error {
	*v = string(text)
	if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+*v+" ") {
		return fmt.Errorf("%q is none of %s", text, names)
	}
	return nil
}

type wireServices struct {
	Services []wireService `json:"model_services"`
	Next     string        `json:"next_page_token"`
}

// wireOrigin is what every classic object has.
type wireOrigin struct {
	Owner       string `json:"owner"`
	MetastoreID string `json:"metastore_id"`
	CreatedAt   int64  `json:"created_at"`
	CreatedBy   string `json:"created_by"`
	UpdatedAt   int64  `json:"updated_at"`
	UpdatedBy   string `json:"updated_by"`
}

type wireCatalog struct {
	Name          string            `json:"name"`
	FullName      string            `json:"full_name"`
	CatalogType   string            `json:"catalog_type"`
	SecurableType string            `json:"securable_type"`
	Isolation     string            `json:"isolation_mode"`
	Optimization  string            `json:"enable_predictive_optimization"`
	Comment       string            `json:"comment"`
	Properties    map[string]string `json:"properties"`
	wireOrigin
}

type wireCatalogs struct {
	Catalogs []wireCatalog `json:"catalogs"`
	Next     string        `json:"next_page_token"`
}

type wireSchema struct {
	Name          string            `json:"name"`
	CatalogName   string            `json:"catalog_name"`
	FullName      string            `json:"full_name"`
	CatalogType   string            `json:"catalog_type"`
	SecurableType string            `json:"securable_type"`
	Optimization  string            `json:"enable_predictive_optimization"`
	Comment       string            `json:"comment"`
	Properties    map[string]string `json:"properties"`
	wireOrigin
}

type wireSchemas struct {
	Schemas []wireSchema `json:"schemas"`
	Next    string       `json:"next_page_token"`
}

type wireTableInfo struct {
	Name          string            `json:"name"`
	CatalogName   string            `json:"catalog_name"`
	SchemaName    string            `json:"schema_name"`
	FullName      string            `json:"full_name"`
	TableType     string            `json:"table_type"`
	Format        string            `json:"data_source_format"`
	SecurableType string            `json:"securable_type"`
	Comment       string            `json:"comment"`
	Properties    map[string]string `json:"properties"`
	Columns       []struct {
		Name     string `json:"name"`
		TypeName string `json:"type_name"`
		TypeText string `json:"type_text"`
		Position int    `json:"position"`
		Nullable bool   `json:"nullable"`
	} `json:"columns"`
	wireOrigin
}

type wireTables struct {
	Tables []wireTableInfo `json:"tables"`
	Next   string          `json:"next_page_token"`
}

type wireModel struct {
	Name        string `json:"name"`
	CatalogName string `json:"catalog_name"`
	SchemaName  string `json:"schema_name"`
	FullName    string `json:"full_name"`
	Comment     string `json:"comment"`
	wireOrigin
}

type wireModels struct {
	Models []wireModel `json:"registered_models"`
	Next   string      `json:"next_page_token"`
}

type wireGrants struct {
	Assignments []struct {
		Principal  string   `json:"principal"`
		Privileges []string `json:"privileges"`
	} `json:"privilege_assignments"`
	Next string `json:"next_page_token"`
}

type wireEffective struct {
	Assignments []wireEffectiveAssignment `json:"privilege_assignments"`
	Next        string                    `json:"next_page_token"`
}

type wireEffectivePage struct {
	Assignments []wireEffectiveAssignment `json:"effective_privilege_assignments"`
	Next        string                    `json:"next_page_token"`
}

type wireEffectiveAssignment struct {
	Principal  string `json:"principal"`
	Privileges []struct {
		Privilege string `json:"privilege"`
		FromType  string `json:"inherited_from_type"`
		FromName  string `json:"inherited_from_name"`
	} `json:"privileges"`
}

type wireStatement struct {
	ID     string `json:"statement_id"`
	Status struct {
		State string `json:"state"`
		Error *struct {
			ErrorCode string `json:"error_code"`
			Message   string `json:"message"`
		} `json:"error"`
	} `json:"status"`
	Manifest *struct {
		Format string `json:"format"`
		Schema struct {
			Count   int `json:"column_count"`
			Columns []struct {
				Name     string `json:"name"`
				Position int    `json:"position"`
				TypeName string `json:"type_name"`
				TypeText string `json:"type_text"`
			} `json:"columns"`
		} `json:"schema"`
		Chunks    []wireChunk `json:"chunks"`
		ChunkSum  int         `json:"total_chunk_count"`
		RowSum    int         `json:"total_row_count"`
		Truncated bool        `json:"truncated"`
	} `json:"manifest"`
	Result *struct {
		wireChunk
		Data [][]*string `json:"data_array"`
	} `json:"result"`
}

type wireChunk struct {
	Index  int `json:"chunk_index"`
	Offset int `json:"row_offset"`
	Rows   int `json:"row_count"`
}

type wireMetastore struct {
	Name string `json:"name"`
	wireOrigin
}

type wireMetastores struct {
	Metastores []wireMetastore `json:"metastores"`
}

type wireAssignment struct {
	MetastoreID string `json:"metastore_id"`
	WorkspaceID int64  `json:"workspace_id"`
}

type wireExists struct {
	Exists *bool `json:"table_exists"`
}

type wireSummaries struct {
	Tables []struct {
		FullName  string `json:"full_name"`
		TableType string `json:"table_type"`
	} `json:"tables"`
	Next string `json:"next_page_token"`
}

type wireMe struct {
	Schemas  []string `json:"schemas"`
	ID       string   `json:"id"`
	UserName string   `json:"userName"`
	Display  string   `json:"displayName"`
	Active   bool     `json:"active"`
	Groups   []struct {
		Display string `json:"display"`
		Value   string `json:"value"`
		Type    string `json:"type"`
	} `json:"groups"`
}
