// A message of another type, for wrong wiring and for answers.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

public sealed record Other(long Step, int MicroBatch) : Message(Step, MicroBatch);
