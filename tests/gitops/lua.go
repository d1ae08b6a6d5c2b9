// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

// luaCheck judges McpServers by a script, in a machine as bare as that of Argo CD: of the libraries it has only the basic
// functions and those of tables, and a second of time.
type luaCheck struct{ script string }

func (c luaCheck) GetResourceHealth(object *unstructured.Unstructured) (*health.HealthStatus, error) {
	if c.script == "" || object.GroupVersionKind().Group != "mooring.dev" || object.GetKind() != "McpServer" {
		return nil, nil
	}
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	libraries := map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable}
	for _, library := range []string{lua.LoadLibName, lua.BaseLibName, lua.TabLibName} {
		call := lua.P{Fn: machine.NewFunction(libraries[library]), Protect: true}
		if err := machine.CallByParam(call, lua.LString(library)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	machine.SetContext(ctx)
	text, err := object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	value, err := luajson.Decode(machine, text)
	if err != nil {
		return nil, err
	}
	machine.SetGlobal("obj", value)
	if err := machine.DoString(c.script); err != nil {
		return nil, err
	}
	returned, ok := machine.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("the script returned a %s instead of a table", machine.Get(-1).Type())
	}
	encoded, err := luajson.Encode(returned)
	if err != nil {
		return nil, err
	}
	found := &health.HealthStatus{}
	return found, json.Unmarshal(encoded, found)
}
