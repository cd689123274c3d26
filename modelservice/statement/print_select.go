package statement

import (
	"strconv"
	"strings"
)

// String prints SELECT … FROM … [WHERE …] [ORDER BY …] [LIMIT n] [OFFSET n].
func (s Select) String() string {
	columns := "*"
	if s.Count {
		columns = "COUNT(*)"
	} else if s.Columns != nil {
		columns = listed(s.Columns, Quote)
	}
	text := "SELECT " + columns + " FROM " + QuoteName(s.From)
	if s.Where != nil {
		text += " WHERE " + s.Where.String()
	}
	if s.OrderBy != nil {
		text += " ORDER BY " + listed(s.OrderBy, Order.String)
	}
	if s.Limit != nil {
		text += " LIMIT " + strconv.FormatInt(*s.Limit, 10)
	}
	if s.Offset != 0 {
		text += " OFFSET " + strconv.FormatInt(s.Offset, 10)
	}
	return text
}

// String prints column [DESC].
func (o Order) String() string {
	if o.Descending {
		return Quote(o.Column) + " DESC"
	}
	return Quote(o.Column)
}

func listed[T any](list []T, print func(T) string) string {
	printed := make([]string, len(list))
	for i, v := range list {
		printed[i] = print(v)
	}
	return strings.Join(printed, ", ")
}

// String prints the conditions with AND between them.
func (c And) String() string { return joined(c, " AND ") }

// String prints the conditions with OR between them.
func (c Or) String() string { return joined(c, " OR ") }

// String prints NOT ….
func (c Not) String() string { return "NOT " + enclosed(c.Of) }

// String prints left op right.
func (c Comparison) String() string { return c.Left.String() + " " + c.Op + " " + c.Right.String() }

// String prints … IS [NOT] NULL.
func (c IsNull) String() string { return c.Of.String() + " IS " + negated(c.Not) + "NULL" }

// String prints … [NOT] IN (…).
func (c In) String() string {
	return c.Of.String() + " " + negated(c.Not) + "IN (" + listed(c.Values, Operand.String) + ")"
}

// String prints … [NOT] BETWEEN … AND ….
func (c Between) String() string {
	return c.Of.String() + " " + negated(c.Not) + "BETWEEN " + c.Low.String() + " AND " + c.High.String()
}

// String prints … [NOT] LIKE '…' [ESCAPE '…'].
func (c Like) String() string {
	text := c.Of.String() + " " + negated(c.Not) + "LIKE " + quoteText(c.Pattern)
	if c.Escape != "" {
		text += " ESCAPE " + quoteText(c.Escape)
	}
	return text
}

// String prints ARRAY_CONTAINS(…, '…').
func (c Contains) String() string {
	return "ARRAY_CONTAINS(" + Quote(c.Column) + ", " + quoteText(c.Value) + ")"
}

// String prints the column, with its key in brackets.
func (o Field) String() string {
	if o.Key == nil {
		return Quote(o.Column)
	}
	return Quote(o.Column) + "[" + quoteText(*o.Key) + "]"
}

// String prints the constant as it is written in a statement.
func (o Literal) String() string {
	switch o.Type {
	case "STRING":
		return quoteText(o.Text)
	case "TIMESTAMP":
		return "TIMESTAMP " + quoteText(o.Text)
	case "NULL":
		return "NULL"
	}
	return o.Text
}

// String prints CURRENT_TIMESTAMP() [- INTERVAL n unit].
func (o Now) String() string {
	if o.Unit == "" {
		return "CURRENT_TIMESTAMP()"
	}
	return "CURRENT_TIMESTAMP() - INTERVAL " + strconv.FormatInt(o.Ago, 10) + " " + o.Unit
}

// joined prints conditions with a word between them, each in parentheses that
// would be read apart otherwise.
func joined(list []Condition, word string) string {
	printed := make([]string, len(list))
	for i, c := range list {
		if _, and := c.(And); and && word == " OR " {
			printed[i] = c.String() // AND binds closer
			continue
		}
		printed[i] = enclosed(c)
	}
	return strings.Join(printed, word)
}

func enclosed(c Condition) string {
	switch c.(type) {
	case And, Or:
		return "(" + c.String() + ")"
	}
	return c.String()
}

func negated(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}
