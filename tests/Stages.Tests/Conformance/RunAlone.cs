// Tests that count tensors run alone.
using XClassFlow.Conformance;

namespace XClassFlow.Stages.Tests.Conformance;

[CollectionDefinition(NativeTensors.Collection, DisableParallelization = true)]
public sealed class RunAlone;
