// SPDX-License-Identifier: Apache-2.0

// Package ext stands for a module of Traefik that its own go.mod replaces by a folder of its repository, which no proxy of modules has.
package ext

type (
	HTTP   struct{}
	Router struct{}
)

func (h *HTTP) DeepCopyInto(out *HTTP) { *out = *h }

func (r *Router) DeepCopyInto(out *Router) { *out = *r }
