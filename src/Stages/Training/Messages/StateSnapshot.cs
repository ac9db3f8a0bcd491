// A stage's state, lent to the checkpoint writer of its node.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// State of one stage instance after a step. The tensors share the stage's own memory: the stage writes nothing into them until
/// <see cref="SnapshotWritten"/> comes back, so a checkpoint needs no second copy of the weights.
/// </summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="File">File of the checkpoint.</param>
/// <param name="Metadata">Text values that belong to the tensors.</param>
/// <param name="Names">Name of each tensor.</param>
/// <param name="Tensors">The tensors, contiguous.</param>
public sealed record StateSnapshot(
    long Step, int MicroBatch, string File, Dictionary<string, string> Metadata, string[] Names, Tensor[] Tensors) : Message(Step, MicroBatch);
