// Tests that count tensors run alone.
using XClassFlow.Conformance;

namespace Acme.Tests;

[CollectionDefinition(NativeTensors.Collection, DisableParallelization = true)]
public sealed class RunAlone;
