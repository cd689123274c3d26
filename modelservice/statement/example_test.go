package statement_test

import (
	"errors"
	"fmt"

	"github.com/modelward/modelward/modelservice/statement"
)

func Example() {
	for _, text := range []string{
		"grant execute on model service main.default.team_chat to ai_team;",
		"DROP MODEL SERVICE IF EXISTS main.default.`team-chat` -- by hand",
		"SELECT * FROM main.logging.team_chat_payload LIMIT 5",
		"DENY EXECUTE ON MODEL SERVICE main.default.team_chat TO ai_team",
	} {
		s, err := statement.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		switch s := s.(type) {
		case statement.Grant:
			fmt.Println("grant", s.Privileges, "to", s.To)
		case statement.Drop:
			fmt.Println("drop", s.On.Kind, s.On.Name)
		case statement.Unsupported:
			fmt.Println("not in Unity Catalog:", s.Words)
		default:
			fmt.Println(s)
		}
	}
	// Output:
	// grant [EXECUTE] to ai_team
	// drop MODEL SERVICE [main default team-chat]
	// SELECT * FROM main.logging.team_chat_payload LIMIT 5
	// not in Unity Catalog: DENY
}

func ExampleParse_hyphen() {
	_, err := statement.Parse("DROP MODEL SERVICE main.default.team-chat")
	fmt.Println(err)

	var syntax *statement.SyntaxError
	if errors.As(err, &syntax) {
		fmt.Println(syntax.Offset, syntax.Expected)
	}
	// Output:
	// statement: [INVALID_IDENTIFIER] the unquoted identifier team-chat is invalid and must be back-quoted as: main.default.`team-chat` (line 1, column 33, offset 32). SQLSTATE: 42602
	// 32 [main.default.`team-chat`]
}

func ExampleQuoteName() {
	fmt.Println(statement.QuoteName([]string{"main", "default", "team-chat"}))
	// Output: main.default.`team-chat`
}
