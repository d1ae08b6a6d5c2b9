// SPDX-License-Identifier: Apache-2.0

// Program walk is the walk of walk.mjs with the official Go client: walk URL legacy|modern
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const patience = 30 * time.Second

var versions = map[string]string{"legacy": "2025-11-25", "modern": "2026-07-28"}

// walk is one client and what it was told beside its answers.
type walk struct {
	url, version string
	session      *mcp.ClientSession
	progress     chan float64
	logged       chan any
}

func show(step string, found map[string]any) {
	line := map[string]any{"step": step}
	for key, value := range found {
		line[key] = value
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (w *walk) connect(ctx context.Context) *mcp.ClientSession {
	client := mcp.NewClient(&mcp.Implementation{Name: "mooring-walk", Version: "1.0.0"}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"username": "ada", "email": "ada@example.com"}}, nil
		},
		CreateMessageHandler: func(context.Context, *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			return &mcp.CreateMessageResult{Role: "assistant", Model: "walk", Content: &mcp.TextContent{Text: "Hello from the model"}}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, request *mcp.ProgressNotificationClientRequest) {
			w.progress <- request.Params.Progress
		},
		LoggingMessageHandler: func(_ context.Context, request *mcp.LoggingMessageRequest) { w.logged <- request.Params.Data },
	})
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: w.url}, &mcp.ClientSessionOptions{ProtocolVersion: w.version})
	check(err)
	return session
}

func call(ctx context.Context, session *mcp.ClientSession, params *mcp.CallToolParams) (string, error) {
	if params.Arguments == nil {
		params.Arguments = map[string]any{}
	}
	result, err := session.CallTool(ctx, params)
	if err != nil {
		return "", err
	}
	return result.Content[0].(*mcp.TextContent).Text, nil
}

func (w *walk) text(ctx context.Context, params *mcp.CallToolParams) string {
	text, err := call(ctx, w.session, params)
	check(err)
	return text
}

// took is what has come by now; an answer may be handled before the notices that came ahead of it, so some are waited for.
func took[T any](told chan T, expected int) []T {
	found := []T{}
	timeout := time.After(patience)
	for len(found) < expected {
		select {
		case one := <-told:
			found = append(found, one)
		case <-timeout:
			return found
		}
	}
	return found
}

func (w *walk) lists(ctx context.Context) {
	tools, resources, templates, prompts := []string{}, []string{}, []string{}, []string{}
	for one, err := range w.session.Tools(ctx, nil) {
		check(err)
		tools = append(tools, one.Name)
	}
	for one, err := range w.session.Resources(ctx, nil) {
		check(err)
		resources = append(resources, one.Name)
	}
	for one, err := range w.session.ResourceTemplates(ctx, nil) {
		check(err)
		templates = append(templates, one.Name)
	}
	for one, err := range w.session.Prompts(ctx, nil) {
		check(err)
		prompts = append(prompts, one.Name)
	}
	show("list", map[string]any{"tools": tools, "resources": resources, "templates": templates, "prompts": prompts})
}

func (w *walk) steps(ctx context.Context) {
	params := &mcp.CallToolParams{Name: "test_tool_with_progress"}
	params.SetProgressToken("walk")
	text := w.text(ctx, params)
	show("progress", map[string]any{"told": took(w.progress, 3), "text": text})

	static, err := w.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "test://static-text"})
	check(err)
	filled, err := w.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "test://template/7/data"})
	check(err)
	var data struct{ ID string }
	check(json.Unmarshal([]byte(filled.Contents[0].Text), &data))
	show("read", map[string]any{"text": static.Contents[0].Text, "id": data.ID})

	prompt, err := w.session.GetPrompt(ctx, &mcp.GetPromptParams{
		Name: "test_prompt_with_arguments", Arguments: map[string]string{"arg1": "a", "arg2": "b"},
	})
	check(err)
	show("prompt", map[string]any{"text": prompt.Messages[0].Content.(*mcp.TextContent).Text})

	completion, err := w.session.Complete(ctx, &mcp.CompleteParams{
		Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: "test_prompt_with_arguments"},
		Argument: mcp.CompleteParamsArgument{Name: "arg1", Value: "par"},
	})
	check(err)
	show("complete", map[string]any{"values": completion.Completion.Values})

	show("elicit", map[string]any{"text": w.text(ctx, &mcp.CallToolParams{
		Name: "test_elicitation", Arguments: map[string]any{"message": "Who are you?"},
	})})
	show("sample", map[string]any{"text": w.text(ctx, &mcp.CallToolParams{
		Name: "test_sampling", Arguments: map[string]any{"prompt": "Say hello"},
	})})
	w.log(ctx)
}

func (w *walk) log(ctx context.Context) {
	params := &mcp.CallToolParams{Name: "test_tool_with_logging"}
	if w.version == versions["modern"] {
		params.Meta = mcp.Meta{"io.modelcontextprotocol/logLevel": "info"}
	} else {
		check(w.session.SetLoggingLevel(ctx, &mcp.SetLoggingLevelParams{Level: "info"}))
	}
	for len(w.logged) > 0 {
		<-w.logged
	}
	w.text(ctx, params)
	show("log", map[string]any{"data": took(w.logged, 3)})
}

// The call is given up as soon as it is known to run; then the server has to hear of it.
func (w *walk) cancel(ctx context.Context) {
	count := func() int {
		number, err := strconv.Atoi(w.text(ctx, &mcp.CallToolParams{Name: "test_wait_cancelled"}))
		check(err)
		return number
	}
	before := count()
	params := &mcp.CallToolParams{Name: "test_wait", Arguments: map[string]any{"milliseconds": 60_000}}
	params.SetProgressToken("cancelled")
	given, giveUp := context.WithCancel(ctx)
	go func() {
		<-w.progress
		giveUp()
	}()
	_, err := call(given, w.session, params)
	heard := 0
	for end := time.Now().Add(patience); heard == 0 && time.Now().Before(end); {
		heard = count() - before
	}
	show("cancel", map[string]any{"failed": err != nil, "heard": heard})
}

// Waits for the word that the server has been started anew. A session of before may be gone: then a new one is made.
func (w *walk) restart(ctx context.Context) {
	show("ready", nil)
	_, err := bufio.NewReader(os.Stdin).ReadString('\n')
	check(err)
	text, err := call(ctx, w.session, &mcp.CallToolParams{Name: "test_simple_text"})
	if err != nil {
		w.session = w.connect(ctx)
		text = w.text(ctx, &mcp.CallToolParams{Name: "test_simple_text"})
	}
	show("restart", map[string]any{"text": text})
}

func main() {
	ctx := context.Background()
	w := &walk{url: os.Args[1], version: versions[os.Args[2]], progress: make(chan float64, 100), logged: make(chan any, 100)}
	w.session = w.connect(ctx)
	found := w.session.InitializeResult()
	show("connect", map[string]any{"version": found.ProtocolVersion, "server": found.ServerInfo.Name})
	w.lists(ctx)
	w.steps(ctx)
	w.cancel(ctx)
	w.restart(ctx)
}
