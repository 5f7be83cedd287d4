// Program admit judges requests by ValidatingAdmissionPolicies as a kube-apiserver of this version does: its own
// validation, type check and admission plugin, on objects from standard input, without a cluster.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	"k8s.io/kubernetes/pkg/apis/admissionregistration/validation"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

type request struct {
	Group       string              `json:"group"`
	Version     string              `json:"version"`
	Resource    string              `json:"resource"`
	Subresource string              `json:"subresource"`
	Operation   admission.Operation `json:"operation"`
	Object      json.RawMessage     `json:"object"`
	OldObject   json.RawMessage     `json:"oldObject"`
}

type input struct {
	Policy     v1.ValidatingAdmissionPolicy        `json:"policy"`
	Binding    v1.ValidatingAdmissionPolicyBinding `json:"binding"`
	Namespaces []string                            `json:"namespaces"`
	Requests   []request                           `json:"requests"`
}

type output struct {
	// What the API server would refuse in the policy and its binding.
	Faults []string `json:"faults"`
	// What its type check would write into the policy's status.
	Warnings []string `json:"warnings"`
	// One a request: empty where it is let in.
	Refusals []string `json:"refusals"`
}

func main() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		fail(err)
	}
	out := output{Faults: []string{}, Warnings: []string{}, Refusals: []string{}}
	legacyscheme.Scheme.Default(&in.Policy)
	legacyscheme.Scheme.Default(&in.Binding)
	for _, fault := range faultsOf(&in) {
		out.Faults = append(out.Faults, fault.Error())
	}
	checker := &validating.TypeChecker{
		SchemaResolver: resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, scheme.Scheme),
		RestMapper:     testrestmapper.TestOnlyStaticRESTMapper(scheme.Scheme),
	}
	for _, warning := range checker.Check(&in.Policy) {
		out.Warnings = append(out.Warnings, warning.FieldRef+": "+warning.Warning)
	}
	stop := make(chan struct{})
	defer close(stop)
	plugin := start(&in, stop)
	for _, one := range in.Requests {
		refusal := ""
		if err := judge(plugin, one); err != nil {
			refusal = err.Error()
		}
		out.Refusals = append(out.Refusals, refusal)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fail(err)
	}
}

func faultsOf(in *input) field.ErrorList {
	var policy admissionregistration.ValidatingAdmissionPolicy
	var binding admissionregistration.ValidatingAdmissionPolicyBinding
	if err := legacyscheme.Scheme.Convert(&in.Policy, &policy, nil); err != nil {
		fail(err)
	}
	if err := legacyscheme.Scheme.Convert(&in.Binding, &binding, nil); err != nil {
		fail(err)
	}
	faults := validation.ValidateValidatingAdmissionPolicy(&policy)
	return append(faults, validation.ValidateValidatingAdmissionPolicyBinding(&binding)...)
}

func start(in *input, stop chan struct{}) *validating.Plugin {
	objects := []runtime.Object{&in.Policy, &in.Binding}
	for _, name := range in.Namespaces {
		labels := map[string]string{corev1.LabelMetadataName: name}
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	client := fake.NewSimpleClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	plugin := validating.NewPlugin(nil)
	plugin.SetExternalKubeInformerFactory(factory)
	plugin.SetExternalKubeClientSet(client)
	plugin.SetRESTMapper(testrestmapper.TestOnlyStaticRESTMapper(scheme.Scheme))
	plugin.SetDynamicClient(dynamicfake.NewSimpleDynamicClient(scheme.Scheme))
	plugin.SetDrainedNotification(stop)
	plugin.SetAuthorizer(authorizerfactory.NewAlwaysAllowAuthorizer())
	if err := plugin.ValidateInitialization(); err != nil {
		fail(err)
	}
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	return plugin
}

func judge(plugin *validating.Plugin, one request) error {
	object, kind, err := decode(one.Object)
	if err != nil {
		return err
	}
	var old runtime.Object
	if len(one.OldObject) > 0 {
		if old, _, err = decode(one.OldObject); err != nil {
			return err
		}
	}
	meta := object.(metav1.Object)
	resource := schema.GroupVersionResource{Group: one.Group, Version: one.Version, Resource: one.Resource}
	attributes := admission.NewAttributesRecord(object, old, *kind, meta.GetNamespace(), meta.GetName(), resource,
		one.Subresource, one.Operation, nil, false, &user.DefaultInfo{Name: "somebody"})
	return plugin.Validate(context.Background(), attributes, admission.NewObjectInterfacesFromScheme(scheme.Scheme))
}

func decode(text []byte) (runtime.Object, *schema.GroupVersionKind, error) {
	return scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
