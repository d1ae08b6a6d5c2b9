// SPDX-License-Identifier: Apache-2.0

// Program server is a stdio server on the official Go SDK, of both generations: what python/server.py has, by the same names.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A client may take what comes together in another order, so what is counted takes its time.
const step = 20 * time.Millisecond

type sum struct {
	A int `json:"a"`
	B int `json:"b"`
}

type limit struct {
	To int `json:"to"`
}

type nothing struct{}

func text(value string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: value}}}
}

func add(_ context.Context, _ *mcp.CallToolRequest, in sum) (*mcp.CallToolResult, any, error) {
	return text(fmt.Sprint(in.A + in.B)), nil, nil
}

func count(ctx context.Context, request *mcp.CallToolRequest, in limit) (*mcp.CallToolResult, any, error) {
	for number := 1; number <= in.To && request.Params.GetProgressToken() != nil; number++ {
		err := request.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
			ProgressToken: request.Params.GetProgressToken(), Progress: float64(number), Total: float64(in.To),
		})
		if err != nil {
			return nil, nil, err
		}
		time.Sleep(step)
	}
	return text(fmt.Sprintf("Counted to %d", in.To)), nil, nil
}

func greet(_ context.Context, request *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
	if given, ok := request.Params.InputResponses["name"].(*mcp.ElicitResult); ok && given.Action == "accept" {
		return text(fmt.Sprintf("Hello, %v!", given.Content["name"])), nil, nil
	}
	form := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{"name": {Type: "string"}}, Required: []string{"name"},
	}
	question := &mcp.ElicitParams{Message: "What is your name?", RequestedSchema: form}
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"name": question}}, nil, nil
}

func fail(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
	return nil, nil, errors.New("This tool fails") //nolint:staticcheck // it is shown as it stands
}

func read(_ context.Context, request *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	uri, value := request.Params.URI, "Hello from a note"
	if name, found := strings.CutPrefix(uri, "note://of/"); found {
		value = "The note of " + name
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: uri, MIMEType: "text/plain", Text: value}}}, nil
}

func introduce(_ context.Context, request *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	content := &mcp.TextContent{Text: fmt.Sprintf("This is %s.", request.Params.Arguments["name"])}
	return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: content}}}, nil
}

func complete(_ context.Context, request *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	values := []string{}
	for _, name := range []string{"ada", "adele", "grace"} {
		if strings.HasPrefix(name, request.Params.Argument.Value) {
			values = append(values, name)
		}
	}
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: values, Total: len(values)}}, nil
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "go", Version: "1.0.0"}, &mcp.ServerOptions{
		Instructions: "Counts and greets.", CompletionHandler: complete,
	})
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "Adds two numbers"}, add)
	mcp.AddTool(server, &mcp.Tool{Name: "count", Description: "Counts, and tells each number"}, count)
	mcp.AddTool(server, &mcp.Tool{Name: "greet", Description: "Asks for a name and greets"}, greet)
	mcp.AddTool(server, &mcp.Tool{Name: "fail", Description: "Fails"}, fail)
	server.AddResource(&mcp.Resource{
		Name: "hello", URI: "note://hello", Description: "A note that is always there", MIMEType: "text/plain",
	}, read)
	server.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "note_of", URITemplate: "note://of/{name}", Description: "A note of somebody", MIMEType: "text/plain",
	}, read)
	server.AddPrompt(&mcp.Prompt{
		Name: "introduce", Description: "Introduces somebody", Arguments: []*mcp.PromptArgument{{Name: "name", Required: true}},
	}, introduce)
	if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		log.Fatal(err)
	}
}
