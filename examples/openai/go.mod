module github.com/modelward/modelward/examples/openai

go 1.25.0

replace github.com/modelward/modelward => ../..
