// A message for a stage under test, and where it goes.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Conformance;

/// <summary>A message that a test puts at an inlet.</summary>
/// <param name="Message">The message; handed over to the stage.</param>
/// <param name="Inlet">The inlet.</param>
/// <param name="From">Which instance sends it; of meaning for gathering inlets.</param>
/// <param name="Destination">Which instance its sender named as receiver; -1 for all.</param>
public sealed record Sample(Message Message, string Inlet = "in", int From = 0, int Destination = -1);
