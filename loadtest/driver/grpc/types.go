package grpc

import (
	"context"
	"fmt"
	"strings"
	"sync"

	rpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// types are what is known of services and messages.
type types struct {
	mu    sync.Mutex
	known *protoregistry.Files // nil where the server is asked
}

// read takes a FileDescriptorSet, as protoc --include_imports --descriptor_set_out
// or buf build write it.
func (t *types) read(set []byte) error {
	var files descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(set, &files); err != nil || len(files.File) == 0 {
		return fmt.Errorf("grpc: the descriptors are no FileDescriptorSet; write one with protoc --include_imports --descriptor_set_out=FILE")
	}
	var err error
	if t.known, err = protodesc.NewFiles(&files); err != nil {
		return fmt.Errorf("grpc: the descriptors do not fit together (--include_imports writes all): %w", err)
	}
	return nil
}

// method finds package.Service/Method.
func (c *Client) method(ctx context.Context, name string) (protoreflect.MethodDescriptor, error) {
	service, method, ok := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if !ok || !protoreflect.FullName(service).IsValid() || !protoreflect.Name(method).IsValid() {
		return nil, fmt.Errorf("grpc: method %q; want package.Service/Method", name)
	}
	c.types.mu.Lock()
	defer c.types.mu.Unlock()
	files, from := c.types.known, "the descriptors have"
	if files == nil {
		from = "the server knows"
		var err error
		if files, err = c.reflect(ctx, service); err != nil {
			return nil, err
		}
	}
	found, err := files.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil, fmt.Errorf("grpc: %s no service %s", from, service)
	}
	s, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("grpc: %s is not a service", service)
	}
	if m := s.Methods().ByName(protoreflect.Name(method)); m != nil {
		return m, nil
	}
	var have []string
	for i := range s.Methods().Len() {
		have = append(have, string(s.Methods().Get(i).Name()))
	}
	return nil, fmt.Errorf("grpc: %s has no method %s; it has %s", service, method, strings.Join(have, ", "))
}

// maxFiles bounds what a server says of its types.
const maxFiles = 10000

// reflect asks the server for the file of a service and for all that it imports.
func (c *Client) reflect(ctx context.Context, service string) (*protoregistry.Files, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fail := func(err error) (*protoregistry.Files, error) {
		if why := c.lost.Load(); why != nil {
			err = *why
		}
		return nil, fmt.Errorf("grpc: asking %s for %s by reflection: %w; without reflection give descriptors: FILE", c.conns[0].Target()[len("passthrough:///"):], service, err)
	}
	// The server's codec is that of the library here, not ours.
	stream, err := rpb.NewServerReflectionClient(asLibrary{c.conns[0]}).ServerReflectionInfo(ctx)
	if err != nil {
		return fail(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	have, wanted := map[string]bool{}, []string{}
	ask := func(r *rpb.ServerReflectionRequest) error {
		if err := stream.Send(r); err != nil {
			return err
		}
		said, err := stream.Recv()
		if err != nil {
			return err
		}
		if e := said.GetErrorResponse(); e != nil {
			return fmt.Errorf("%s", e.GetErrorMessage())
		}
		for _, b := range said.GetFileDescriptorResponse().GetFileDescriptorProto() {
			one := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(b, one); err != nil {
				return err
			}
			if !have[one.GetName()] {
				have[one.GetName()] = true
				set.File = append(set.File, one)
				wanted = append(wanted, one.GetDependency()...)
			}
		}
		return nil
	}
	err = ask(&rpb.ServerReflectionRequest{MessageRequest: &rpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service}})
	for err == nil && len(wanted) > 0 && len(have) < maxFiles {
		next := wanted[0]
		if wanted = wanted[1:]; !have[next] {
			err = ask(&rpb.ServerReflectionRequest{MessageRequest: &rpb.ServerReflectionRequest_FileByFilename{FileByFilename: next}})
			if err == nil && !have[next] {
				err = fmt.Errorf("no file %s", next)
			}
		}
	}
	if err != nil {
		return fail(err)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return fail(err)
	}
	return files, nil
}
