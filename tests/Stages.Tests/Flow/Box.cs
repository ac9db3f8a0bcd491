// The message of the engine's tests: one tensor, and the way it took.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Flow;

/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Path">Instances it passed.</param>
/// <param name="Values">float32 [n].</param>
public sealed record Box(long Step, int MicroBatch, string Path, Tensor Values) : Message(Step, MicroBatch)
{
    public static Box Of(long step, string path = "", int microBatch = 0, int size = 4) => new(step, microBatch, path, full(size, (float)step));
}
