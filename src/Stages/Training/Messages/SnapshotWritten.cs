// Tells the stages that their state is on disk and theirs again.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>The checkpoint of a step is complete.</summary>
public sealed record SnapshotWritten(long Step, int MicroBatch, string Path) : Message(Step, MicroBatch);
